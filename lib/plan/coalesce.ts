/**
 * Which whole chunks of one file are read together: neighbours in the file, so that many small chunks cost few reads.
 * @module
 */
import type { TableLocations } from './locations.js';
import type { Coalescing } from './spans.js';

/** Chunks in reading order and the groups that are read at once. */
export interface ChunkGroups {
  /** Table entries in the order of file and offset; absent chunks come last, each a group of its own. */
  readonly order: Uint32Array;
  /** Group g holds `order[starts[g]] .. order[starts[g + 1] - 1]`; one more entry than groups. */
  readonly starts: Uint32Array;
}

/**
 * Groups neighbouring chunks, or null when no two chunks would be read together and the table is already in file order.
 * Chunks that overlap in the file (deduplicated storage) may share a group.
 */
export function groupChunks(table: TableLocations, coalescing: Coalescing): ChunkGroups | null {
  const n = table.offsets.length;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const { offsets, lengths, fileIndex } = table;
  const sorted = isSorted(table);
  if (!sorted) {
    const rank = (i: number): number => ((offsets[i] ?? -1) < 0 ? Number.MAX_SAFE_INTEGER : (fileIndex?.[i] ?? 0));
    order.sort((a, b) => rank(a) - rank(b) || (offsets[a] ?? 0) - (offsets[b] ?? 0) || a - b);
  }
  const starts = new Uint32Array(n + 1);
  let groups = 0;
  let begin = 0;
  let end = 0;
  let file = -1;
  for (let k = 0; k < n; k++) {
    const i = order[k] ?? 0;
    const offset = offsets[i] ?? -1;
    const stop = offset + (lengths[i] ?? 0);
    const chunkFile = offset < 0 ? -1 : (fileIndex?.[i] ?? 0);
    const joins =
      k > 0 &&
      offset >= 0 &&
      chunkFile === file &&
      offset - end <= coalescing.gapBytes &&
      Math.max(stop, end) - begin <= coalescing.maxBytes;
    if (!joins) {
      starts[groups++] = k;
      begin = offset;
      end = stop;
      file = chunkFile;
    } else if (stop > end) {
      end = stop;
    }
  }
  starts[groups] = n;
  if (groups === n && sorted) return null;
  return { order, starts: starts.subarray(0, groups + 1) };
}

function isSorted({ offsets, fileIndex }: TableLocations): boolean {
  for (let i = 1; i < offsets.length; i++) {
    const before = fileIndex?.[i - 1] ?? 0;
    const file = fileIndex?.[i] ?? 0;
    if (file < before || (file === before && (offsets[i] ?? 0) < (offsets[i - 1] ?? 0))) return false;
  }
  return true;
}
