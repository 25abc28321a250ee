/**
 * A map of the page cache as one line: a file from its start to its end.
 * @module
 */
import type { CacheBucket } from '../../storage/index.js';

const shades = ['·', '░', '▒', '▓', '█'] as const;

/** One character a bucket: from `·` (nothing cached) to `█` (all), `?` where the kernel does not tell. */
export function cacheMap(map: readonly CacheBucket[]): string {
  return map
    .map(({ bytes, cachedBytes }) => {
      if (cachedBytes === null) return '?';
      // Nothing and all only where it is nothing and all.
      if (cachedBytes <= 0 || bytes === 0) return shades[0];
      if (cachedBytes >= bytes) return shades[4];
      return shades[1 + Math.min(2, Math.floor((3 * cachedBytes) / bytes))];
    })
    .join('');
}
