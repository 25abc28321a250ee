/**
 * Draws the page-cache residency of a file as one line, from its start to its end.
 * @module
 */
import type { CacheBucket } from '../../storage/index.js';

const shades = ['·', '░', '▒', '▓', '█'] as const;

/**
 * Draws one character per bucket: from `·` (nothing cached) to `█` (all cached); `?` if unknown.
 */
export function cacheMap(map: readonly CacheBucket[]): string {
  return map
    .map(({ bytes, cachedBytes }) => {
      if (cachedBytes === null) return '?';
      // The first shade means that nothing is cached, and the last that everything is.
      if (cachedBytes <= 0 || bytes === 0) return shades[0];
      if (cachedBytes >= bytes) return shades[4];
      return shades[1 + Math.min(2, Math.floor((3 * cachedBytes) / bytes))];
    })
    .join('');
}
