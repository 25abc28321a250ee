/**
 * Reads as a program without a library would: `FileHandle.read` (or `fs.readSync`) for each contiguous run of a C-order
 * array in one file. All runs of a box are read concurrently, long runs in parts of 16 MiB. The offset of the data is
 * known.
 */
import { openSync, readSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';

const piece = 16 << 20;
const itemSize = 4;

/** Returns the contiguous runs `[position, bytes]` of a box, and its number of elements. */
function runsOf(selection, shape, offset) {
  const from = [];
  const count = [];
  selection.forEach((entry, d) => {
    from.push(entry === null ? 0 : Array.isArray(entry) ? entry[0] : entry);
    count.push(entry === null ? shape[d] : Array.isArray(entry) ? entry[1] - entry[0] : 1);
  });
  // Trailing dimensions that are selected completely extend the run.
  let inner = shape.length - 1;
  while (inner > 0 && count[inner] === shape[inner]) inner--;
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  const run = count.slice(inner).reduce((a, b) => a * b, 1) * itemSize;
  let starts = [offset + from.reduce((sum, f, d) => sum + f * strides[d], 0) * itemSize];
  for (let d = 0; d < inner; d++) {
    starts = starts.flatMap((s) => Array.from({ length: count[d] }, (_, i) => s + i * strides[d] * itemSize));
  }
  const runs = [];
  for (const start of starts) {
    for (let at = 0; at < run; at += piece) runs.push([start + at, Math.min(piece, run - at)]);
  }
  return { runs, elements: count.reduce((a, b) => a * b, 1) };
}

export async function open(config) {
  const handle = await openFile(config.path, 'r');
  const fd = openSync(config.path, 'r');
  return {
    prepare: (selection) => runsOf(selection, config.shape, config.offset ?? 128),
    read: async ({ runs, elements }, target) => {
      const data = target ?? new Float32Array(elements);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      let at = 0;
      const reads = runs.map(async ([position, length]) => {
        const to = at;
        at += length;
        const { bytesRead } = await handle.read(bytes, to, length, position);
        if (bytesRead !== length) throw new Error(`Expected ${length} bytes, received ${bytesRead}`);
      });
      await Promise.all(reads);
      return data;
    },
    readSync: ({ runs, elements }) => {
      const data = new Float32Array(elements);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      let at = 0;
      for (const [position, length] of runs) {
        if (readSync(fd, bytes, at, length, position) !== length) throw new Error('A short read');
        at += length;
      }
      return data;
    },
    close: () => handle.close(),
  };
}
