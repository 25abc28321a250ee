/**
 * Shows which parts of the file of an array are in the page cache.
 * @module
 */
import type { Routes } from '../api/routes.js';
import { formatBytes } from '../plot/format-number.js';

/** A bar with one cell per part of the file. The more of a part is in the page cache, the darker is its cell. */
export function CacheBar({ facts }: { readonly facts: Routes['residency']['json'] }) {
  const { bytes, cachedBytes, map } = facts;
  if (bytes === null) return <p className="hint">The page cache of stores of many files is not shown.</p>;
  const text =
    cachedBytes === null
      ? 'The kernel does not report the page cache of this file'
      : `${formatBytes(cachedBytes)} of ${formatBytes(bytes)} in the page cache`;
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
