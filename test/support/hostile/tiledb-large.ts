/**
 * Creates valid TileDB arrays in memory that have much metadata.
 * @module
 */
import { openDescriptor } from '../../../lib/formats/registry.js';
import type { Io } from '../../../lib/io/io.js';
import { tiledbFiles } from '../tiledb-bytes.js';

/** An array with many entries of one kind, and a query that visits them. */
export interface LargeArray {
  readonly name: string;
  readonly count: number;
  files(count: number): Readonly<Record<string, Uint8Array | string>>;
  /** Returns a parser that visits the entries. The function that the parser returns gives their number. */
  ask(count: number): () => Io<() => number>;
}

const root = '/a';
const request = { format: null, options: {}, array: 'v' };

/** Returns the files of an array with one dimension and tiles of one cell. */
function array(count: number, fragments: readonly { time: number; lo: number[]; hi: number[] }[]): LargeArray['files'] {
  const made = tiledbFiles({
    version: 22,
    dimensions: [{ name: 'x', lo: 0, hi: count - 1, extent: 1 }],
    attributes: [{ name: 'v' }],
    tileOrder: 'row',
    cellOrder: 'row',
    fragments,
  });
  return () => Object.fromEntries(Object.entries(made).map(([name, bytes]) => [`${root}/${name}`, bytes]));
}

/** Arrays with many fragments or with the offsets of many tiles. */
export const largeArrays: readonly LargeArray[] = [
  {
    name: 'TileDB fragments',
    count: 3000,
    files: (count) =>
      array(
        count,
        Array.from({ length: count }, (_, i) => ({ time: i + 1, lo: [i], hi: [i] })),
      )(count),
    ask: () =>
      function* () {
        const described = yield* openDescriptor(root, request);
        const layers = yield* described.layers([0], described.shape);
        return () => layers.length;
      },
  },
  {
    name: 'TileDB tile offsets',
    count: 100_000,
    files: (count) => array(count, [{ time: 1, lo: [0], hi: [count - 1] }])(count),
    ask: (count) => {
      const all = Array.from({ length: count }, (_, i) => i);
      return function* () {
        const described = yield* openDescriptor(root, request);
        const [layer] = yield* described.layers([0], described.shape);
        const found = layer === undefined ? null : yield* layer.index.locate([all]);
        return () => (found?.kind === 'table' ? found.offsets.length : 0);
      };
    },
  },
];
