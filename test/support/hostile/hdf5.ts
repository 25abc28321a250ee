/**
 * Creates hostile HDF5 files.
 * @module
 */
import { ByteWriter } from '../byte-writer.js';
import { growingBytes, type HostileCase, type HostileFiles, repeated } from './case.js';
import {
  attribute,
  endOfHeader,
  entries,
  file,
  link,
  type Message,
  messages,
  none,
  path,
  softLink,
  superblockBytes,
} from './hdf5-bytes.js';
import { linkCases } from './hdf5-links.js';
import { valueCases } from './hdf5-values.js';
import { virtualCases } from './hdf5-virtual.js';

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
  ...linkCases,
  ...valueCases,
  ...virtualCases,
];
