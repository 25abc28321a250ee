/**
 * Creates hostile virtual datasets of HDF5.
 * @module
 */
import { lookup3 } from '../../../lib/formats/hdf5/lookup3.js';
import { ByteWriter } from '../byte-writer.js';
import { growingBytes, growingValue, type HostileCase, type HostileFiles, repeated, variant } from './case.js';
import {
  aligned,
  endOfHeader,
  entries,
  file,
  link,
  type Message,
  messages,
  none,
  path,
  superblockBytes,
} from './hdf5-bytes.js';

/** Returns a selection of intervals of one dimension; bounds are inclusive. */
function intervals(list: readonly (readonly [number, number])[]): Uint8Array {
  const writer = new ByteWriter().u32(2, 1, 0, 8 + list.length * 8, 1, list.length);
  for (const bounds of list) writer.u32(...bounds);
  return writer.done();
}

/** Returns a regular selection of one dimension: `count` blocks of `block` elements, which begin `stride` apart. */
function regular(start: number, stride: number, count: number, block: number): Uint8Array {
  return new ByteWriter().u32(2, 2).u8(1).u32(36, 1).i64(start, stride, count, block).done();
}

/** Encodes a mapping of a virtual dataset. */
function mapping(dataset: string, source: Uint8Array, virtual: Uint8Array, sourceFile = '.'): Uint8Array {
  return new ByteWriter().text(sourceFile).u8(0).text(dataset).u8(0).bytes(source).bytes(virtual).done();
}

/**
 * Returns a file with a virtual dataset `v` of `extent` elements of one byte, and its source `s` of as many elements,
 * which has no storage. The root group also has the links `more`.
 */
function virtual(
  extent: number,
  list: readonly Uint8Array[],
  maximum = extent,
  more: readonly Message[] = [],
): HostileFiles {
  const links = [link('v', 0), link('s', 0), ...more];
  const first = endOfHeader(messages(links).length);
  const uint8 = new ByteWriter().u8(0x10, 0, 0, 0).u32(1).u16(0, 8).align(8).done();
  const space = new ByteWriter().u8(1, 1, 1).zeros(5).i64(extent, maximum).done();
  const header = (layout: Uint8Array): Uint8Array => {
    const body = messages([
      [0x01, space],
      [0x03, uint8],
      [0x08, layout],
    ]);
    return new ByteWriter().u8(1, 0).u16(3).u32(1, body.length, 0).bytes(body).done();
  };
  const layoutOf = (heapAt: number): Uint8Array => header(new ByteWriter().u8(4, 3).i64(heapAt).u32(1).done());
  const source = header(new ByteWriter().u8(3, 1).i64(none, extent).done());
  const second = first + layoutOf(0).length;
  const block = new ByteWriter().u8(0).i64(list.length);
  for (const one of list) block.bytes(one);
  const mappings = block.done();
  const sum = new ByteWriter().bytes(mappings).u32(lookup3(mappings)).done();
  const heap = new ByteWriter()
    .text('GCOL')
    .u8(1, 0, 0, 0)
    .i64(32 + aligned(sum.length));
  heap.u16(1, 1).u32(0).i64(sum.length).bytes(sum).align(8);
  const rest = new ByteWriter()
    .bytes(layoutOf(second + source.length))
    .bytes(source)
    .bytes(heap.done())
    .done();
  return file([link('v', first), link('s', second), ...more], rest);
}

const cases: readonly HostileCase[] = [
  growingBytes('mappings of a virtual dataset', path, (size) =>
    virtual(
      size,
      entries(size, 76, (i) => mapping('s', regular(i, 1, 1, 1), regular(i, 1, 1, 1))),
    ),
  ),
  growingBytes('names of missing datasets', path, (size) =>
    virtual(
      size,
      entries(size, 80, (i) => mapping(`x${i}`, regular(i, 1, 1, 1), regular(i, 1, 1, 1))),
      size,
      entries(size, 40, (i) => link(`l${i}`, superblockBytes)),
    ),
  ),
  growingBytes('one long name of a source', path, (size) =>
    virtual(size, [mapping(repeated('s/', size), regular(0, 1, 1, 1), regular(0, 1, 1, 1), repeated('x/', 4000))]),
  ),
  growingBytes('mappings that overlap', path, (size) =>
    virtual(
      size,
      entries(size, 76, (i) => mapping('s', regular(0, 1, 1, size - i), regular(i, 1, 1, size - i))),
    ),
  ),
  growingBytes('missing sources', path, (size) =>
    virtual(
      size,
      entries(size, 80, (i) => mapping(`s${i}`, regular(i, 1, 1, 1), regular(i, 1, 1, 1), `f${i}`)),
    ),
  ),
  growingBytes('intervals of a selection', path, (size) => {
    const list = entries(size, 8, (i) => [2 * i + (i % 3 === 0 ? 1 : 0), 2 * i + 1] as const);
    const selection = intervals(list);
    return virtual(size, [mapping('s', selection, selection)]);
  }),
  growingBytes('interleaved mappings', path, (size) => {
    const count = Math.ceil(size / 76);
    return virtual(
      count * 4,
      entries(size, 76, (i) => mapping('s', regular(0, 1, 1, 4), regular(i, count, 4, 1))),
    );
  }),
  growingValue('blocks of a selection', path, (size) =>
    virtual(size * 4, [mapping('s', regular(0, 1, 1, size * 2), regular(0, 4, size, 2))]),
  ),
  growingValue('numbered sources', path, (size) =>
    virtual(size, [mapping('././s', regular(0, 1, 1, 1), regular(0, 1, none, 1), './x%b/../a.h5')], none),
  ),
  growingBytes('a virtual dataset that contains itself', path, (size) =>
    virtual(
      size,
      entries(size, 76, () => mapping('v', regular(0, 1, 1, size), regular(0, 1, 1, size))),
    ),
  ),
];

/** Hostile virtual datasets. */
export const virtualCases: readonly HostileCase[] = cases.map((one) => variant({ ...one, array: 'v' }));
