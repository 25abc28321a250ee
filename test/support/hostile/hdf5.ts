/**
 * Creates hostile HDF5 files. They use the oldest versions of structures, which have no checksums.
 * @module
 */
import { ByteWriter } from '../byte-writer.js';
import { growingBytes, type HostileCase, type HostileFiles, repeated } from './case.js';

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

/** Returns messages of about `each` bytes with a total size of about `size` bytes. */
const entries = (size: number, each: number, entry: (i: number) => Message): Message[] =>
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
];
