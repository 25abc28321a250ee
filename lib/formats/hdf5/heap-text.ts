/**
 * Reads variable-length text of datasets. Each element of such a dataset has a length and the location of an object in
 * a global heap.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import type { Utf8Text } from '../../core/utf8-text.js';
import { type Io, Pace } from '../../io/io.js';
import { undefinedAddress } from './cursor.js';
import type { Hdf5File } from './file.js';
import { GlobalHeap, type GlobalHeapId } from './heaps/global-heap.js';
import { readAddress, readUnsigned } from './references.js';

/** Maximum number of elements whose heap collections are in memory at the same time. */
export const groupElements = 16_384;

/** Bytes by which a result may be larger than the file, because a selection may contain an element several times. */
export const repeatedBytes = 256 * 2 ** 20;

/** An element: the length of its text, and the location of the text in a global heap; no location for an empty text. */
interface Element {
  readonly length: number;
  readonly id: GlobalHeapId | null;
}

/**
 * Returns the texts of the elements in `references`. If a text contains a NUL, it ends before the first one.
 * @throws {FormatError} if a reference or a heap is damaged, or if the texts are much larger than the file. Damaged
 * references may name the same object many times, which would otherwise need unlimited memory.
 */
export function* resolveText(file: Hdf5File, references: Uint8Array): Io<Utf8Text> {
  const elementBytes = referenceBytes(file);
  const count = references.length / elementBytes;
  const offsets = new Float64Array(count + 1);
  const parts: Uint8Array[] = [];
  const pace = new Pace(file.path);
  let total = 0;
  for (let first = 0; first < count; first += groupElements) {
    const group: Element[] = [];
    const wanted = new Set<number>();
    for (let i = first; i < Math.min(count, first + groupElements); i++) {
      if (pace.isDue()) yield* pace.pause();
      const element = elementAt(file, references, i * elementBytes);
      if (element.id !== null) wanted.add(element.id.collection);
      group.push(element);
    }
    const heap = new GlobalHeap(file);
    yield* heap.load(wanted);
    const texts = group.map((element) => textOf(file, heap, element));
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    if (total + bytes > file.size + repeatedBytes) {
      const most = file.size + repeatedBytes;
      throw new FormatError(`HDF5 text: expected at most ${most} bytes, found ${total + bytes}`, { path: file.path });
    }
    const part = new Uint8Array(bytes);
    let at = 0;
    for (const [i, text] of texts.entries()) {
      if (pace.isDue()) yield* pace.pause();
      part.set(text, at);
      at += text.length;
      offsets[first + i + 1] = total + at;
    }
    total += bytes;
    parts.push(part);
  }
  return { offsets, bytes: join(parts, total) };
}

/**
 * Returns the number of bytes that a dataset stores for each element of variable length: 4 bytes for the length, the
 * address of a heap collection, and 4 bytes for the index of the object in the collection.
 */
export function referenceBytes(file: Hdf5File): number {
  return 8 + file.superblock.offsetSize;
}

function join(parts: readonly Uint8Array[], total: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function elementAt(file: Hdf5File, bytes: Uint8Array, at: number): Element {
  const { offsetSize } = file.superblock;
  const length = readUnsigned(bytes, at, 4);
  const collection = readAddress(bytes, at + 4, offsetSize);
  const index = readUnsigned(bytes, at + 4 + offsetSize, 4);
  const isEmpty = length === 0 || collection === 0 || collection === undefinedAddress;
  return { length, id: isEmpty ? null : { collection, index } };
}

function textOf(file: Hdf5File, heap: GlobalHeap, { length, id }: Element): Uint8Array {
  if (id === null) return new Uint8Array(0);
  const object = heap.object(id);
  if (length > object.length) {
    throw file.error(`global heap: expected an object of ${length} bytes, found ${object.length}`, id.collection);
  }
  const end = object.subarray(0, length).indexOf(0);
  return object.subarray(0, end < 0 ? length : end);
}
