/**
 * Creates hostile MATLAB files of version 7.3: HDF5 files after a header of 512 bytes.
 * @module
 */
import { ByteWriter } from '../byte-writer.js';
import { growingBytes, type HostileCase, type HostileFiles, repeated } from './case.js';
import {
  dataset,
  endOfHeader,
  entries,
  fileBytes,
  header,
  link,
  type Message,
  messages,
  textAttribute,
} from './hdf5-bytes.js';

const path = '/a.mat';
const headBytes = 512;
const float64 = new ByteWriter().u8(0x11, 0x20, 63, 0).u32(8).u16(0, 64).u8(52, 11, 0, 52).u32(1023).align(8).done();
const uint16 = new ByteWriter().u8(0x10, 0, 0, 0).u32(2).u16(0, 16).align(8).done();
const uint64 = new ByteWriter().u8(0x10, 0, 0, 0).u32(8).u16(0, 64).align(8).done();
const reference = new ByteWriter().u8(0x17, 0, 0, 0).u32(8).done();

/** Returns a MATLAB file whose root group has the messages `list`; `rest` follows its object header. */
function mat(list: readonly Message[], rest: Uint8Array): HostileFiles {
  const head = new ByteWriter().text('MATLAB 7.3 MAT-file, Platform: GLNXA64').padTo(headBytes);
  return { [path]: head.bytes(fileBytes(list, rest)).done() };
}

const scalar = (kind: string): Uint8Array =>
  header([...dataset(1, float64, 8, -1), textAttribute('MATLAB_class', kind)]);

/** Returns a file with `names` for one variable, which is the object `object`. */
function named(names: readonly string[], object: Uint8Array): HostileFiles {
  const at = endOfHeader(messages(names.map((name) => link(name, 0))).length);
  return mat(
    names.map((name) => link(name, at)),
    object,
  );
}

/**
 * Returns a file with an array `v` of `count` cells. `object` returns the address of cell `i`, given that of `#refs#`.
 */
function cells(count: number, refs: readonly Message[], object: (i: number, refsAt: number) => number): HostileFiles {
  const at = endOfHeader(messages([link('v', 0), link('#refs#', 0)]).length);
  const cellsOf = (data: number): Uint8Array =>
    header([...dataset(count, reference, 8, data), textAttribute('MATLAB_class', 'cell')]);
  const data = at + cellsOf(0).length;
  const refsAt = data + count * 8;
  const writer = new ByteWriter().bytes(cellsOf(data));
  for (let i = 0; i < count; i += 1) writer.i64(object(i, refsAt));
  return mat([link('v', at), link('#refs#', refsAt)], writer.bytes(header(refs)).done());
}

const grown = (name: string, make: (size: number) => HostileFiles, array: string | null = null): HostileCase =>
  growingBytes(name, path, make, array);
const text = (hostile: HostileCase): HostileCase => ({ ...hostile, reads: 'text' });

/** Returns an empty array `v` of `count` dimensions. */
function empty(count: number): HostileFiles {
  const at = endOfHeader(messages([link('v', 0)]).length);
  const one = new ByteWriter()
    .u8(1, 0)
    .u16(13, 12, 8)
    .text('MATLAB_empty')
    .u8(0)
    .align(8)
    .bytes(new ByteWriter().u8(0x10, 0, 0, 0).u32(4).u16(0, 32).align(8).done())
    .bytes(new ByteWriter().u8(1, 0, 0, 0).zeros(4).done())
    .i32(1)
    .done();
  const object = (data: number): Uint8Array =>
    header([...dataset(count, uint64, 8, data), textAttribute('MATLAB_class', 'double'), [0x0c, one]]);
  const data = at + object(0).length;
  return mat(
    [link('v', at)],
    new ByteWriter()
      .bytes(object(data))
      .zeros(count * 8)
      .done(),
  );
}

/** Returns a struct `v` whose attribute MATLAB_fields has `count` names, all of them the same object of a heap. */
function fields(count: number, bytes: number): HostileFiles {
  const at = endOfHeader(messages([link('v', 0)]).length);
  const size = Math.ceil(bytes / 8) * 8;
  const characters = new ByteWriter().u8(0x19, 0, 0, 0).u32(16).u8(0x13, 0, 0, 0).u32(1).align(8).done();
  const object = (heap: number): Uint8Array => {
    const writer = new ByteWriter().u8(1, 0).u16(14, characters.length, 16).text('MATLAB_fields').u8(0).align(8);
    writer.bytes(characters).u8(1, 1, 0).zeros(5).i64(count);
    for (let i = 0; i < count; i += 1) writer.u32(bytes).i64(heap).u32(1);
    return header([textAttribute('MATLAB_class', 'struct'), [0x0c, writer.done()], [0x06, link('a', at)[1]]]);
  };
  const heap = at + object(0).length;
  const collection = new ByteWriter()
    .text('GCOL')
    .u8(1, 0, 0, 0)
    .i64(32 + size)
    .u16(1, 1)
    .u32(0)
    .i64(bytes);
  collection.text(repeated('n', bytes)).padTo(32 + size);
  return mat([link('v', at)], new ByteWriter().bytes(object(heap)).bytes(collection.done()).done());
}

/** Hostile cases of MATLAB files. */
export const matlabCases: readonly HostileCase[] = [
  grown('names of one variable', (size) =>
    named(
      entries(size, 40, (i) => `v${i}`),
      scalar('double'),
    ),
  ),
  grown('names of a variable of a long class', (size) =>
    named(
      entries(size, 40, (i) => `v${i}`),
      scalar(repeated('c', Math.min(size, 60_000))),
    ),
  ),
  grown('names of a variable with many attributes', (size) => {
    const attributes = entries(size / 2, 64, (i) => textAttribute(`a${i}`, 'x'));
    const object = header([...dataset(1, float64, 8, -1), ...attributes]);
    return named(
      entries(size / 2, 40, (i) => `v${i}`),
      object,
    );
  }),
  grown('variables', (size) => {
    const object = scalar('double');
    const names = entries(size, 40 + object.length, (i) => `v${i}`);
    const at = endOfHeader(messages(names.map((name) => link(name, 0))).length);
    const rest = new ByteWriter();
    for (const _ of names) rest.bytes(object);
    return mat(
      names.map((name, i) => link(name, at + i * object.length)),
      rest.done(),
    );
  }),
  text(grown('cells that are one object', (size) => cells(size >> 3, [], (_, refsAt) => refsAt), 'v')),
  text(
    grown(
      'cells that are one object with a long name',
      (size) => cells(size >> 3, [link(repeated('n', Math.min(60_000, size)), 96)], (_, refsAt) => refsAt),
      'v',
    ),
  ),
  text(grown('cells that are no objects', (size) => cells(size >> 3, [], (i) => 96 + i), 'v')),
  text(
    grown(
      'names of a cell',
      (size) =>
        cells(
          64,
          entries(size, 40, (i) => link(`c${i}`, 96)),
          (i) => 96 + i,
        ),
      'v',
    ),
  ),
  text(
    grown(
      'characters',
      (size) => {
        const at = endOfHeader(messages([link('v', 0)]).length);
        const object = (data: number): Uint8Array =>
          header([...dataset(size >> 1, uint16, 2, data), textAttribute('MATLAB_class', 'char')]);
        const data = at + object(0).length;
        return mat([link('v', at)], new ByteWriter().bytes(object(data)).zeros(size).done());
      },
      'v',
    ),
  ),
  grown('dimensions of an empty array', (size) => empty(size >> 3), 'v'),
  grown('names of fields of a struct', (size) => fields(Math.min(3000, size >> 4), 8)),
  grown('the names of fields of a struct', (size) => fields(Math.min(3000, size >> 4), size)),
];
