/**
 * Creates hostile TileDB arrays.
 * @module
 */
import { ByteWriter } from '../byte-writer.js';
import { type ArraySpec, genericTile, schemaContent, tiledbFiles } from '../tiledb-bytes.js';
import { growingBytes, growingValue, type HostileCase, type HostileFiles, repeated } from './case.js';

const spec: ArraySpec = {
  version: 22,
  dimensions: [{ name: 'y', lo: 0, hi: 7, extent: 4 }],
  attributes: [{ name: 'v' }],
  tileOrder: 'row',
  cellOrder: 'row',
  fragments: [{ time: 1, lo: [0], hi: [7] }],
};
const files = tiledbFiles(spec);
const schemaPath = Object.keys(files).find((name) => name.startsWith('__schema/')) ?? '';
const uuid = (n: number): string => n.toString(16).padStart(32, '0');

/** Returns the array with additional or replaced files. */
function array(more: Readonly<Record<string, Uint8Array | string>>): HostileFiles {
  return Object.fromEntries(Object.entries({ ...files, ...more }).map(([name, bytes]) => [`/a/${name}`, bytes]));
}

const bytes = (name: string, more: (size: number) => Readonly<Record<string, Uint8Array | string>>): HostileCase =>
  growingBytes(name, '/a', (size) => array(more(size)), 'v');

const schema = (changes: Partial<ArraySpec>): Record<string, Uint8Array> => ({
  [schemaPath]: genericTile(schemaContent({ ...spec, ...changes }), spec.version),
});

/** Returns a file of at least `size` bytes of user metadata. Each call of `write` appends entry `i`. */
function metadata(size: number, write: (writer: ByteWriter, i: number) => void): Record<string, Uint8Array> {
  const writer = new ByteWriter();
  for (let i = 0; writer.length < size; i += 1) write(writer, i);
  return { [`__meta/__1_1_${uuid(1)}`]: genericTile(writer.done(), spec.version) };
}

const lines = (size: number, line: string): string => repeated(`${line}\n`, size);

/** Returns an array of `count` texts in one tile. `startOf` returns the start of text `i`. */
function texts(count: number, startOf: (i: number) => number, bytes: number): HostileFiles {
  const cells = Math.max(1, Math.floor(count));
  const starts = new ByteWriter();
  for (let i = 0; i < cells; i += 1) starts.i64(startOf(i));
  const made = tiledbFiles({
    ...spec,
    dimensions: [{ name: 'y', lo: 0, hi: cells - 1, extent: cells }],
    attributes: [{ name: 'v', texts: { starts: starts.done(), bytes: new Uint8Array(bytes).fill(97) } }],
    fragments: [{ time: 1, lo: [0], hi: [cells - 1] }],
  });
  return Object.fromEntries(Object.entries(made).map(([name, content]) => [`/a/${name}`, content]));
}

const read = (hostile: HostileCase): HostileCase => ({ ...hostile, reads: 'text' });
const grownTexts = (name: string, make: (size: number) => HostileFiles): HostileCase =>
  read(growingBytes(name, '/a', make, 'v'));

const textCases: readonly HostileCase[] = [
  grownTexts('texts', (size) => texts(size / 16, (i) => i * 8, Math.floor(size / 16) * 8)),
  grownTexts('empty texts', (size) => texts(size / 8, () => 0, 0)),
  grownTexts('a long text', (size) => texts(1, () => 0, size)),
  grownTexts('texts that start at the end', (size) => texts(size / 16, (i) => (i === 0 ? 0 : size >> 1), size >> 1)),
  grownTexts('texts that overlap', (size) => texts(size / 16, (i) => i % 2, size >> 1)),
  read(growingValue('the start of a text', '/a', (size) => texts(4, (i) => i * size * 1e8, 64), 'v')),
];

/** Hostile cases of TileDB. */
export const tiledbCases: readonly HostileCase[] = [
  bytes('lines of a list of commits', (size) => ({ [`__commits/__1_1_${uuid(2)}_22.con`]: lines(size, 'x') })),
  bytes('one line of a list of commits', (size) => ({ [`__commits/__1_1_${uuid(2)}_22.con`]: repeated('x', size) })),
  bytes('spaces in a list of commits', (size) => ({ [`__commits/__1_1_${uuid(2)}_22.con`]: lines(size, '   ') })),
  bytes('conditions in a list of commits', (size) => ({
    [`__commits/__1_1_${uuid(2)}_22.con`]: repeated(`x.del\n${'\0'.repeat(8)}`, size),
  })),
  bytes('lines of a list to vacuum', (size) => ({ [`__commits/__1_1_${uuid(2)}_22.vac`]: lines(size, 'y/x') })),
  bytes('names of commits', (size) =>
    Object.fromEntries(
      Array.from({ length: Math.min(size / 1000, 3000) }, (_, i) => [
        `__commits/__${i + 2}_${i + 2}_${uuid(i + 5)}_22.wrt`,
        '',
      ]),
    ),
  ),
  bytes('attributes', (size) =>
    schema({ attributes: Array.from({ length: size / 30 }, (_, i) => ({ name: i === 0 ? 'v' : `a${i}` })) }),
  ),
  bytes('the name of an attribute', (size) => schema({ attributes: [{ name: 'v' }, { name: repeated('n', size) }] })),
  bytes('dimensions', (size) =>
    schema({ dimensions: Array.from({ length: size / 40 }, (_, i) => ({ name: `d${i}`, lo: 0, hi: 7, extent: 4 })) }),
  ),
  bytes('the name of a dimension', (size) =>
    schema({ dimensions: [{ name: repeated('n', size), lo: 0, hi: 7, extent: 4 }] }),
  ),
  bytes('keys of user metadata', (size) =>
    metadata(size, (writer, i) => {
      const key = `k${i}`;
      writer.u32(key.length).text(key).u8(0, 0).u32(1).i32(i);
    }),
  ),
  bytes('numbers in one value of user metadata', (size) =>
    metadata(1, (writer) => writer.u32(1).text('k').u8(0, 5).u32(size).zeros(size)),
  ),
  bytes('text in user metadata', (size) =>
    metadata(1, (writer) => writer.u32(1).text('k').u8(0, 12).u32(size).text(repeated('x', size))),
  ),
  bytes('deleted keys of user metadata', (size) => metadata(size, (writer) => writer.u32(1).text('k').u8(1))),
  growingValue(
    'bounds of a dimension',
    '/a',
    (size) => array(schema({ dimensions: [{ name: 'y', lo: 0, hi: Math.min(size * 200, 2 ** 31 - 10), extent: 1 }] })),
    'v',
  ),
  ...textCases,
];
