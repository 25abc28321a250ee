/**
 * Creates hostile texts and sequences of variable length of HDF5. The elements of a dataset refer to objects in global
 * heaps.
 * @module
 */
import { ByteWriter } from '../byte-writer.js';
import { growingBytes, growingValue, type HostileCase, type HostileFiles } from './case.js';
import { aligned, dataset, endOfHeader, file, header, int32, link, messages, path } from './hdf5-bytes.js';

const referenceBytes = 16;

/** An element: its length, the offset of a collection after the dataset, and the number of an object. */
type Element = readonly [length: number, collection: number, object: number];

const text = new ByteWriter().u8(0x19, 1, 0, 0).u32(referenceBytes).u8(0x10, 0, 0, 0).u32(1).u16(0, 8).done();
const integers = new ByteWriter().u8(0x19, 0, 0, 0).u32(referenceBytes).bytes(int32).done();

/** Returns the type of sequences of records of `count` integers, whose names are numbers. */
function sequencesOfRecords(count: number): Uint8Array {
  const record = new ByteWriter().u8(0x36).u16(count).u8(0).u32(4);
  for (let i = 0; i < count; i += 1) record.text(`f${i}`).u8(0).u8(0).bytes(int32.subarray(0, 12));
  return new ByteWriter().u8(0x19, 0, 0, 0).u32(referenceBytes).bytes(record.done()).done();
}

/** Returns a file with a dataset `v` of `elements`; `heap` follows it. */
function values(type: Uint8Array, elements: readonly Element[], heap: Uint8Array): HostileFiles {
  const count = elements.length;
  const at = endOfHeader(messages([link('v', 0)]).length);
  const data = at + header(dataset(count, type, referenceBytes, 0)).length;
  const heapAt = data + count * referenceBytes;
  const writer = new ByteWriter().bytes(header(dataset(count, type, referenceBytes, data)));
  for (const [length, collection, object] of elements)
    writer
      .u32(length)
      .i64(heapAt + collection)
      .u32(object);
  return file([link('v', at)], writer.bytes(heap).done());
}

/** Returns a collection of objects, which are numbered from 1. */
function collection(objects: readonly Uint8Array[], bytes?: number): Uint8Array {
  const size = objects.reduce((sum, { length }) => sum + 16 + aligned(length), 16);
  const writer = new ByteWriter()
    .text('GCOL')
    .u8(1, 0, 0, 0)
    .i64(bytes ?? size);
  for (const [i, object] of objects.entries())
    writer
      .u16(i + 1, 1)
      .u32(0)
      .i64(object.length)
      .bytes(object)
      .align(8);
  return writer.done();
}

const word = new ByteWriter().text('abcdefgh').done();
const filled = (length: number): Uint8Array => new Uint8Array(length).fill(97);
const repeat = <T>(count: number, item: (i: number) => T): T[] =>
  Array.from({ length: Math.ceil(count) }, (_, i) => item(i));

const grown = (kind: 'text' | 'sequences', name: string, make: (size: number) => HostileFiles): HostileCase => ({
  ...growingBytes(name, path, make, 'v'),
  reads: kind,
});

/** Returns elements in collections of 100 words. */
function words(size: number, type: Uint8Array, length: number): HostileFiles {
  const each = collection(repeat(100, () => word));
  const heap = new ByteWriter();
  const elements: Element[] = [];
  for (let c = 0; c < size / 4000; c += 1) {
    for (let i = 1; i <= 100; i += 1) elements.push([length, c * each.length, i]);
    heap.bytes(each);
  }
  return values(type, elements, heap.done());
}

/** Returns collections that begin every 16 bytes and all end at the end of the file. */
function overlapping(size: number, type: Uint8Array): HostileFiles {
  const count = Math.ceil(size / 32);
  const heap = new ByteWriter();
  for (let i = 0; i < count; i += 1)
    heap
      .text('GCOL')
      .u8(1, 0, 0, 0)
      .i64((count - i) * 16);
  return values(
    type,
    repeat(count, (i) => [1, i * 16, 0x4347]),
    heap.done(),
  );
}

/** Hostile values of variable length. */
export const valueCases: readonly HostileCase[] = [
  grown('text', 'texts', (size) => words(size, text, 8)),
  grown('sequences', 'sequences', (size) => words(size, integers, 2)),
  grown('text', 'a long text', (size) => values(text, [[size, 0, 1]], collection([filled(size)]))),
  grown('sequences', 'a long sequence', (size) => values(integers, [[size >> 2, 0, 1]], collection([filled(size)]))),
  grown('text', 'elements that refer to one long text', (size) =>
    values(
      text,
      repeat(size / 32, () => [size >> 1, 0, 1]),
      collection([filled(size >> 1)]),
    ),
  ),
  grown('sequences', 'elements that refer to one long sequence', (size) =>
    values(
      integers,
      repeat(size / 32, () => [size >> 3, 0, 1]),
      collection([filled(size >> 1)]),
    ),
  ),
  grown('text', 'texts that begin with NUL', (size) =>
    values(
      text,
      repeat(size / 32, () => [size >> 1, 0, 1]),
      collection([new Uint8Array(size >> 1)]),
    ),
  ),
  grown('text', 'elements of one collection each', (size) => {
    const each = collection([word]);
    const heap = new ByteWriter();
    const count = size / (referenceBytes + each.length);
    for (let i = 0; i < count; i += 1) heap.bytes(each);
    return values(
      text,
      repeat(count, (i) => [8, i * each.length, 1]),
      heap.done(),
    );
  }),
  grown('text', 'elements in reverse order', (size) => {
    const each = collection([word]);
    const heap = new ByteWriter();
    const count = Math.ceil(size / (referenceBytes + each.length));
    for (let i = 0; i < count; i += 1) heap.bytes(each);
    return values(
      text,
      repeat(count, (i) => [8, (count - 1 - i) * each.length, 1]),
      heap.done(),
    );
  }),
  grown('text', 'collections that overlap', (size) => overlapping(size, text)),
  grown('sequences', 'collections of sequences that overlap', (size) => overlapping(size, integers)),
  grown('text', 'objects of the same number', (size) => {
    const heap = new ByteWriter().text('GCOL').u8(1, 0, 0, 0).i64(aligned(size));
    for (let at = 16; at + 24 <= size; at += 24) heap.u16(1, 1).u32(0).i64(8).bytes(word);
    return values(text, [[8, 0, 1]], heap.padTo(aligned(size)).done());
  }),
  grown('text', 'objects without bytes', (size) => {
    const heap = new ByteWriter().text('GCOL').u8(1, 0, 0, 0).i64(aligned(size));
    for (let at = 16; at + 16 <= size; at += 16)
      heap
        .u16(1 + ((at / 16) % 65_535), 1)
        .u32(0)
        .i64(0);
    return values(text, [[8, 0, 1]], heap.padTo(aligned(size)).done());
  }),
  grown('text', 'elements outside of the file', (size) =>
    values(
      text,
      repeat(size / 16, (i) => [8, 2 ** 40 + i, 1]),
      collection([word]),
    ),
  ),
  grown('sequences', 'fields of sequences of records', (size) =>
    values(
      sequencesOfRecords(Math.min(3000, size >> 4)),
      repeat(size / 16, () => [1, 0, 1]),
      collection([word]),
    ),
  ),
  {
    ...growingValue(
      'the length of a text',
      path,
      (size) => values(text, [[size * 800, 0, 1]], collection([word])),
      'v',
    ),
    reads: 'text',
  },
  {
    ...growingValue(
      'the length of a sequence',
      path,
      (size) => values(integers, [[size * 800, 0, 1]], collection([word])),
      'v',
    ),
    reads: 'sequences',
  },
  {
    ...growingValue(
      'the size of a collection',
      path,
      (size) => values(text, [[8, 0, 1]], collection([word], size * 1e9)),
      'v',
    ),
    reads: 'text',
  },
];
