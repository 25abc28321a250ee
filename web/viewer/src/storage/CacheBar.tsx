/**
 * Shows which parts of the file of an array are in the page cache.
 * @module
 */
import type { Routes } from '../api/routes.js';
import { formatBytes } from '../plot/format-number.js';

/** A bar with one cell per part of the file, or of the files that the slice needs. The more of a part is in the page cache, the darker is its cell. */
export function CacheBar({ facts }: { readonly facts: Routes['residency']['json'] }) {
  const { bytes, cachedBytes, files, hasMore, map } = facts;
  if (bytes === null || files === null) return null;
  if (files === 0) return <p className="hint">No file contains elements of this slice.</p>;
  const isStore = files > 1 || hasMore;
  const slice = isStore ? ` (${hasMore ? 'the first ' : ''}${files} files of this slice)` : '';
  const text =
    cachedBytes === null
      ? 'The kernel does not report the page cache of this file'
      : `${formatBytes(cachedBytes)} of ${formatBytes(bytes)} in the page cache${slice}`;
  return (
    <>
      <svg
        className="bar cache"
        viewBox={`0 0 ${Math.max(1, map.length)} 10`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {map.map(({ bytes: size, cachedBytes: cached }, i) => {
          const part = cached === null || size === 0 ? 0 : cached / size;
          // biome-ignore lint/suspicious/noArrayIndexKey: the cells have no identity but their position.
          return <rect key={i} x={i} y={0} width={1} height={10} fillOpacity={part} />;
        })}
      </svg>
      <p className="hint">{text}</p>
    </>
  );
}
