/**
 * Reads text and sequences of variable length of datasets. Each element of such a dataset has a length and the
 * location of an object in a global heap.
 * @module
 */
import { dtypeInfo, machineByteOrder } from '../../core/dtype.js';
import { FormatError } from '../../core/errors.js';
import { product } from '../../core/numbers.js';
import type { NumbersPlace } from '../../core/stored-type.js';
import { swapBytes } from '../../core/swap-bytes.js';
import type { Utf8Text } from '../../core/utf8-text.js';
import { checkValuesBytes } from '../../core/values-limit.js';
import { joinHeapValues } from '../../io/heap-values.js';
import { type Io, Pace } from '../../io/io.js';
import type { SequenceBytes } from '../descriptor.js';
import { undefinedAddress } from './cursor.js';
import type { Hdf5File } from './file.js';
import { GlobalHeap, type GlobalHeapId } from './heaps/global-heap.js';
import { readAddress, readUnsigned } from './references.js';

/** Maximum number of elements whose heap collections are in memory at the same time. */
export const groupElements = 16_384;

/** Bytes by which a result may be larger than the file, because a selection may contain an element several times. */
export const repeatedBytes = 256 * 2 ** 20;

/** Number of bytes that are reversed between two pauses; a multiple of the size of a number. */
const swapBlockBytes = 2 ** 20;

/** An element: its length, and the location of its object in a global heap; no location if it is empty. */
interface Element {
  readonly length: number;
  readonly id: GlobalHeapId | null;
}

/**
 * Returns the texts of the elements in `references`. If a text contains a NUL, it ends before the first one.
 * @throws {FormatError} if a reference or a heap is damaged, or if the texts are much larger than the file. Damaged
 * references may name the same object many times, which would otherwise need unlimited memory.
 * @throws {ValuesLimitError} if the texts may have more than `maxBytes` bytes.
 */
export function* resolveText(file: Hdf5File, references: Uint8Array, maxBytes = Infinity): Io<Utf8Text> {
  yield* checkLengths(file, references, 1, maxBytes);
  return yield* joinObjects(file, references, 1, true);
}

/**
 * Returns the numbers in the sequences of the elements in `references`.
 * @param itemBytes size of an item of a sequence. @param numbers the numbers in an item.
 * @throws {FormatError} {ValuesLimitError} as {@link resolveText}.
 */
export function* resolveSequences(
  file: Hdf5File,
  references: Uint8Array,
  itemBytes: number,
  numbers: NumbersPlace,
  maxBytes = Infinity,
): Io<SequenceBytes> {
  yield* checkLengths(file, references, itemBytes, maxBytes);
  const { dtype, byteOrder, dimensions } = numbers;
  const { size, swapSize } = dtypeInfo(dtype);
  const items = yield* joinObjects(file, references, itemBytes, false);
  const isAll =
    product(
      dimensions.map((dimension) => dimension.size),
      size,
    ) === itemBytes;
  const found = isAll ? items : yield* gatherNumbers(items, itemBytes, numbers, file.path);
  if (byteOrder === machineByteOrder) return found;
  const pace = new Pace(file.path);
  for (let at = 0; at < found.bytes.length; at += swapBlockBytes) {
    if (pace.isDue(swapBlockBytes >>> 8)) yield* pace.pause();
    swapBytes(found.bytes.subarray(at, at + swapBlockBytes), swapSize);
  }
  return found;
}

/** Copies the numbers out of items that also contain others. */
function* gatherNumbers(
  { offsets, bytes }: SequenceBytes,
  itemBytes: number,
  { offset, dimensions, dtype }: NumbersPlace,
  path: string,
): Io<SequenceBytes> {
  const { size } = dtypeInfo(dtype);
  let starts = [offset];
  for (const { size: extent, stride } of dimensions) {
    starts = starts.flatMap((start) => Array.from({ length: extent }, (_, i) => start + i * stride));
  }
  const count = bytes.length / itemBytes;
  const numbers = new Uint8Array(count * starts.length * size);
  const pace = new Pace(path);
  let to = 0;
  for (let i = 0; i < count; i++) {
    if (pace.isDue(starts.length)) yield* pace.pause();
    for (const start of starts) {
      for (let b = 0; b < size; b++) numbers[to++] = bytes[i * itemBytes + start + b] ?? 0;
    }
  }
  const scale = (starts.length * size) / itemBytes;
  for (let i = 0; i < offsets.length; i++) {
    if (pace.isDue()) yield* pace.pause();
    offsets[i] = Math.round((offsets[i] ?? 0) * scale);
  }
  return { offsets, bytes: numbers };
}

/**
 * Checks the sum of the lengths in `references`. Sums that only damaged references have are reported when the values
 * are joined.
 * @throws {ValuesLimitError}
 */
function* checkLengths(file: Hdf5File, references: Uint8Array, itemBytes: number, maxBytes: number): Io<void> {
  if (maxBytes === Infinity) return;
  const size = referenceBytes(file);
  const pace = new Pace(file.path);
  let total = 0;
  for (let at = 0; at < references.length; at += size) {
    if (pace.isDue()) yield* pace.pause();
    const { length, id } = elementAt(file, references, at);
    if (id !== null) total += length * itemBytes;
  }
  if (total <= file.size + repeatedBytes) checkValuesBytes('values', total, maxBytes);
}

/**
 * Joins the values of the elements in `references`.
 * @param itemBytes size of an item of a value. @param isText true if a value ends before its first NUL.
 */
function* joinObjects(file: Hdf5File, references: Uint8Array, itemBytes: number, isText: boolean): Io<SequenceBytes> {
  const { base, offsetSize, lengthSize } = file.superblock;
  const sizes = { fileSize: file.size, addressBytes: offsetSize, lengthBytes: lengthSize, itemBytes };
  const most = file.size + repeatedBytes;
  const values = yield* joinHeapValues(file.path, { base, ...sizes, isText }, references, most);
  if (values !== null) return values;
  return yield* joinSlowly(file, references, (element, heap) =>
    isText ? textOf(file, heap, element) : valuesOf(file, heap, element, itemBytes),
  );
}

/**
 * Works like {@link joinObjects}, but slower, and names the place of damage.
 * @param bytesOf returns the bytes of an element, whose heap collection is loaded.
 */
function* joinSlowly(
  file: Hdf5File,
  references: Uint8Array,
  bytesOf: (element: Element, heap: GlobalHeap) => Uint8Array,
): Io<SequenceBytes> {
  const elementBytes = referenceBytes(file);
  const count = references.length / elementBytes;
  const most = file.size + repeatedBytes;
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
    const objects: Uint8Array[] = [];
    let bytes = 0;
    for (const element of group) {
      const object = bytesOf(element, heap);
      if (pace.isDue(1 + (object.length >>> 10))) yield* pace.pause();
      objects.push(object);
      bytes += object.length;
      // Checks each element, because looking for the end of a text takes time in proportion to its length.
      if (total + bytes > most) {
        const message = `HDF5 elements of variable length: expected at most ${most} bytes, found more`;
        throw new FormatError(message, { path: file.path });
      }
    }
    const part = new Uint8Array(bytes);
    let at = 0;
    for (const [i, object] of objects.entries()) {
      if (pace.isDue()) yield* pace.pause();
      part.set(object, at);
      at += object.length;
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

function textOf(file: Hdf5File, heap: GlobalHeap, element: Element): Uint8Array {
  const text = valuesOf(file, heap, element, 1);
  const end = text.indexOf(0);
  return end < 0 ? text : text.subarray(0, end);
}

/** Returns the values of an element, which have `size` bytes each. */
function valuesOf(file: Hdf5File, heap: GlobalHeap, { length, id }: Element, size: number): Uint8Array {
  if (id === null) return new Uint8Array(0);
  const object = heap.object(id);
  const bytes = length * size;
  if (bytes > object.length) {
    throw file.error(`global heap: expected an object of ${bytes} bytes, found ${object.length}`, id.collection);
  }
  return object.subarray(0, bytes);
}
