/**
 * Creates hostile HDF5 files. Most of their structures have the oldest version, which has no checksum.
 * @module
 */
import { lookup3 } from '../../../lib/formats/hdf5/lookup3.js';
import { ByteWriter } from '../byte-writer.js';
import { growingBytes, growingValue, type HostileCase, type HostileFiles, repeated, variant } from './case.js';

const path = '/a.h5';
const superblockBytes = 96;
const none = -1;

/** A message of an object header of version 1. */
type Message = readonly [type: number, body: Uint8Array];

const aligned = (length: number): number => Math.ceil(length / 8) * 8;

function messages(list: readonly Message[]): Uint8Array {
  const writer = new ByteWriter();
  for (const [type, body] of list) {
    writer.u16(type, aligned(body.length)).u8(0, 0, 0, 0).bytes(body).align(8);
  }
  return writer.done();
}

/**
 * Returns a file whose root group has the messages `list`. `rest` follows its object header, at {@link endOfHeader}.
 */
function file(list: readonly Message[], rest: Uint8Array = new Uint8Array(0)): HostileFiles {
  const body = messages(list);
  const end = superblockBytes + 16 + body.length + rest.length;
  const writer = new ByteWriter().u8(0x89).text('HDF\r\n').u8(0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0).u16(4, 16).u32(0);
  writer.i64(0, none, end, none).i64(0, superblockBytes).u32(0, 0).zeros(16);
  writer
    .u8(1, 0)
    .u16(list.length & 0xffff)
    .u32(1, body.length, 0)
    .bytes(body)
    .bytes(rest);
  return { [path]: writer.done() };
}

/** Returns the offset after the object header of the root group, if its messages have `messageBytes` bytes. */
const endOfHeader = (messageBytes: number): number => superblockBytes + 16 + messageBytes;

const int32 = new ByteWriter().u8(0x10, 8, 0, 0).u32(4).u16(0, 32).align(8).done();
const scalar = new ByteWriter().u8(1, 0, 0, 0).zeros(4).done();

function attribute(name: string): Message {
  const writer = new ByteWriter()
    .u8(1, 0)
    .u16(name.length + 1, 12, 8)
    .text(name)
    .u8(0)
    .align(8);
  return [0x0c, writer.bytes(int32).bytes(scalar).i32(7).done()];
}

function link(name: string, address: number): Message {
  return [0x06, new ByteWriter().u8(1, 1).u16(name.length).text(name).i64(address).done()];
}

function softLink(name: string, target: string): Message {
  const writer = new ByteWriter().u8(1, 0x08, 1).u8(name.length).text(name).u16(target.length).text(target);
  return [0x06, writer.done()];
}

/** Returns entries of about `each` bytes with a total size of about `size` bytes. */
const entries = <T>(size: number, each: number, entry: (i: number) => T): T[] =>
  Array.from({ length: Math.ceil(size / each) }, (_, i) => entry(i));

/**
 * Returns an old-style group of `count` links. All their names end at the end of a heap of `heapBytes` bytes, so they
 * overlap.
 */
function overlappingNames(count: number, heapBytes: number): HostileFiles {
  const start = endOfHeader(24);
  const perNode = 8;
  const nodes = Math.min(32, Math.ceil(count / perNode));
  const treeBytes = 24 + 65 * 8;
  const nodeBytes = 8 + perNode * 40;
  const heapAt = start + treeBytes;
  const nodesAt = heapAt + 32;
  const writer = new ByteWriter().text('TREE').u8(0, 0).u16(nodes).i64(none, none).i64(0);
  for (let i = 0; i < nodes; i += 1) writer.i64(nodesAt + i * nodeBytes, 0);
  writer.padTo(treeBytes);
  writer
    .text('HEAP')
    .u8(0, 0, 0, 0)
    .i64(heapBytes, none, nodesAt + nodes * nodeBytes);
  for (let i = 0; i < nodes; i += 1) {
    writer.text('SNOD').u8(1, 0).u16(perNode);
    for (let k = 0; k < perNode; k += 1)
      writer
        .i64(i * perNode + k, superblockBytes)
        .u32(0, 0)
        .zeros(16);
  }
  writer.text(repeated('n', heapBytes - 1)).u8(0);
  return file([[0x11, new ByteWriter().i64(start, heapAt).done()]], writer.done());
}

/** Returns a chain of message blocks, in which each block contains the address of the next. */
function continued(count: number): HostileFiles {
  const start = endOfHeader(24);
  const writer = new ByteWriter();
  const next = (i: number): Uint8Array => new ByteWriter().i64(start + i * 24, i === count ? 0 : 24).done();
  for (let i = 1; i <= count; i += 1) writer.bytes(messages([i === count ? [0, new Uint8Array(16)] : [0x10, next(i)]]));
  return file([[0x10, next(0)]], writer.done());
}

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
 * which has no storage.
 */
function virtual(extent: number, list: readonly Uint8Array[], maximum = extent): HostileFiles {
  const links = [link('v', 0), link('s', 0)];
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
  return file([link('v', first), link('s', second)], rest);
}

const virtualCases: readonly HostileCase[] = [
  growingBytes('mappings of a virtual dataset', path, (size) =>
    virtual(
      size,
      entries(size, 76, (i) => mapping('s', regular(i, 1, 1, 1), regular(i, 1, 1, 1))),
    ),
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

const objectReference = new ByteWriter().u8(0x17, 0, 0, 0).u32(8).done();

/** Returns the datatype of records of `count` references. All of them have the same bytes. */
function referenceRecord(count: number): Uint8Array {
  const writer = new ByteWriter().u8(0x36).u16(count).u8(0).u32(8);
  for (let i = 0; i < count; i += 1) writer.text(`f${i}`).u8(0).u8(0).bytes(objectReference);
  return writer.done();
}

/**
 * Returns a file with `rest`, and with a dataset `r` of references without storage. `objects` returns the links of the
 * root and the bytes of objects, given the address of the first object.
 */
function withReferences(
  objects: (first: number) => { links: Message[]; rest: Uint8Array },
  reference: Uint8Array = objectReference,
): HostileFiles {
  const space = new ByteWriter().u8(1, 1, 0).zeros(5).i64(64).done();
  const body = messages([
    [0x01, space],
    [0x03, reference],
    [0x08, new ByteWriter().u8(3, 1).i64(none, 512).done()],
  ]);
  const dataset = new ByteWriter().u8(1, 0).u16(3).u32(1, body.length, 0).bytes(body).done();
  const headBytes = messages([link('r', 0), ...objects(0).links]).length;
  const start = endOfHeader(headBytes);
  const { links, rest } = objects(start + dataset.length);
  return file([link('r', start), ...links], new ByteWriter().bytes(dataset).bytes(rest).done());
}

/** Returns `count` groups. Each contains the next one. */
function nestedGroups(count: number): HostileFiles {
  const group = (address: number): Uint8Array => {
    const body = messages([link('g', address)]);
    return new ByteWriter().u8(1, 0).u16(1).u32(1, body.length, 0).bytes(body).done();
  };
  const each = group(0).length;
  return withReferences((first) => {
    const writer = new ByteWriter();
    for (let i = 1; i <= count; i += 1) writer.bytes(group(i === count ? superblockBytes : first + i * each));
    return { links: [link('g', first)], rest: writer.done() };
  });
}

/** Hostile cases of HDF5. */
export const hdf5Cases: readonly HostileCase[] = [
  growingBytes('attributes', path, (size) =>
    file([link('g', superblockBytes), ...entries(size, 64, (i) => attribute(`a${i}`))]),
  ),
  growingBytes('the name of an attribute', path, (size) =>
    file([link('g', superblockBytes), attribute('n'.repeat(Math.min(size, 60_000)))]),
  ),
  growingBytes('links', path, (size) => file(entries(size, 40, (i) => link(`l${i}`, superblockBytes)))),
  growingBytes('links of the same name', path, (size) => file(entries(size, 40, () => link('l', superblockBytes)))),
  growingBytes('soft links to the root', path, (size) => file(entries(size, 40, (i) => softLink(`l${i}`, '/')))),
  growingBytes('soft links to a sibling', path, (size) =>
    file([link('a', superblockBytes), ...entries(size, 40, (i) => softLink(`l${i}`, '/a/a/a/a'))]),
  ),
  growingBytes('names that overlap in a heap', path, (size) => overlappingNames(256, size)),
  growingBytes('blocks of a header', path, (size) => continued(Math.ceil(size / 240))),
  { ...growingBytes('groups in groups', path, (size) => nestedGroups(Math.ceil(size / 48))), array: 'r' },
  {
    ...growingBytes('links next to references', path, (size) =>
      withReferences(() => ({
        links: entries(size, 40, (i) => link(`l${i}`, superblockBytes + i)),
        rest: new Uint8Array(0),
      })),
    ),
    array: 'r',
  },
  {
    ...growingBytes('fields of references', path, (size) =>
      withReferences(() => ({ links: [], rest: new Uint8Array(0) }), referenceRecord(Math.min(4000, size >> 4))),
    ),
    array: 'r',
  },
  ...virtualCases.map((one) => variant({ ...one, array: 'v' })),
];
