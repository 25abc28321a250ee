/**
 * Decodes attribute values. They are small, so they are decoded here and not on the threads that read arrays.
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { float16OfBits } from '../../core/float16.js';
import { type Io, Pace } from '../../io/io.js';
import type { Datatype, StringPadding } from '../hdf5-facts.js';
import { decodeText, undefinedAddress } from './cursor.js';
import type { Hdf5File } from './file.js';
import type { GlobalHeap, GlobalHeapId } from './heaps/global-heap.js';
import { countElements, type Dataspace } from './messages/dataspace.js';
import { describeDatatype } from './messages/datatype.js';
import { regionAt, regionOf } from './reference-text.js';
import { readAddress, readUnsigned } from './references.js';

/** Reference to an object of the file by the address of its header, which is 0 or -1 if the reference is null. */
export interface ObjectReference {
  readonly objectAddress: number;
  /** Selection of a region, such as `[0:10, 3:4]`; '' for the complete object. Absent if there is no region. */
  readonly region?: string;
}

/** Value of an attribute, or of one element of it. */
export type AttributeValue =
  | null
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | ObjectReference
  | readonly AttributeValue[]
  | { readonly [member: string]: AttributeValue };

/** Maximum cost of decoding one attribute value, in bytes; see #costOf(). A value that costs more is not decoded. */
const maxBytes = 16 * 2 ** 20;
/**
 * Maximum total cost of decoding the attribute values of one object, in bytes. Without a limit, many values could name
 * the same bytes of a heap.
 */
const maxObjectBytes = 32 * 2 ** 20;
/** Number of decoded bytes that count as one step. */
const bytesPerStep = 64;
/** Maximum size of an integer in bytes. (The HDF5 library supports at most 8.) */
const maxIntegerBytes = 64;

/** Location of a variable-length value or of a region in a global heap. */
interface Reference {
  /** Type of the elements of the value; null for a region. */
  readonly base: Datatype | null;
  readonly id: GlobalHeapId;
}

/** Decodes the attribute values of one object. */
export class ValueDecoder {
  readonly #file: Hdf5File;
  readonly #heap: GlobalHeap;
  readonly #offsetSize: number;
  #budget = maxBytes;
  #left = maxObjectBytes;
  /** Decoded bytes that are not yet counted as steps. */
  #undone = 0;
  readonly #pace: Pace;
  readonly #costs = new Map<Datatype, number>();

  constructor(file: Hdf5File, heap: GlobalHeap) {
    this.#file = file;
    this.#pace = new Pace(file.path);
    this.#heap = heap;
    this.#offsetSize = file.superblock.offsetSize;
  }

  /** Counts `bytes` of work. Returns true if the caller must pause before it continues. */
  #isDue(bytes: number): boolean {
    this.#undone += bytes;
    if (this.#undone < bytesPerStep) return false;
    const steps = Math.floor(this.#undone / bytesPerStep);
    this.#undone -= steps * bytesPerStep;
    return this.#pace.isDue(steps);
  }

  /**
   * Returns the cost of decoding one element of `type`, in bytes: its size, or the cost of its values if that is
   * larger, because members may overlap, and because a value takes much more memory and time than a byte.
   */
  #costOf(type: Datatype): number {
    let cost = this.#costs.get(type);
    if (cost === undefined) {
      cost = Math.max(type.size, valueCost(type));
      this.#costs.set(type, cost);
    }
    return cost;
  }

  /**
   * Decodes `data`. Returns null for a null dataspace, one element for a scalar dataspace, and otherwise nested arrays
   * of the dataspace's shape. If the shape contains 0, returns an empty array.
   * @throws {UnsupportedError} if the datatype is not supported or the value is too long.
   * @throws {FormatError} if bytes are missing.
   */
  *decode(type: Datatype, space: Dataspace, data: Uint8Array): Io<AttributeValue> {
    const count = countElements(space);
    if (count === 0) return space.kind === 'null' ? null : [];
    const bytes = count * type.size;
    if (bytes > data.length) throw this.#short(bytes, data.length);
    this.#budget = maxBytes;
    const value = data.subarray(0, bytes);
    yield* this.#load(type, [value]);
    const elements = yield* this.#elements(type, value);
    return space.kind === 'scalar' ? (elements[0] ?? null) : yield* this.#nest(elements, space.shape);
  }

  /**
   * Reads the global heap collections that elements of `type` in `buffers` refer to. Repeats this for references in the
   * objects found.
   */
  *#load(type: Datatype, buffers: readonly Uint8Array[]): Io<void> {
    const found: Reference[] = [];
    const cost = this.#costOf(type);
    for (const buffer of buffers) {
      this.#spend(Math.floor(buffer.length / type.size) * cost);
      if (!holdsReferences(type)) break;
      for (let at = 0; at + type.size <= buffer.length; at += type.size) {
        if (this.#isDue(cost)) yield* this.#pace.pause();
        yield* this.#collect(type, buffer, at, found);
      }
    }
    if (found.length === 0) return;
    const collections = new Set<number>();
    for (const { id } of found) {
      if (this.#isDue(bytesPerStep)) yield* this.#pace.pause();
      collections.add(id.collection);
    }
    yield* this.#heap.load(collections);
    const byBase = new Map<Datatype, Uint8Array[]>();
    for (const { base, id } of found) {
      if (this.#isDue(bytesPerStep)) yield* this.#pace.pause();
      if (base === null || !holdsReferences(base)) continue;
      const list = byBase.get(base) ?? [];
      list.push(this.#heap.object(id));
      byBase.set(base, list);
    }
    for (const [base, objects] of byBase) yield* this.#load(base, objects);
  }

  /** Adds the references in the element of `type` at offset `at` to `found`. */
  *#collect(type: Datatype, bytes: Uint8Array, at: number, found: Reference[]): Io<void> {
    if (type.kind === 'vlen') {
      const { id } = this.#vlen(bytes, at);
      if (id !== null) found.push({ base: type.base, id });
    } else if (isRegion(type)) {
      const id = regionAt(this.#file, bytes, at);
      if (id !== null) found.push({ base: null, id });
    } else if (type.kind === 'compound') {
      for (const member of type.members) yield* this.#collect(member.type, bytes, at + member.offset, found);
    } else if (type.kind === 'array' && holdsReferences(type.base)) {
      for (let i = 0; i < type.size; i += type.base.size) {
        if (this.#isDue(type.base.size)) yield* this.#pace.pause();
        yield* this.#collect(type.base, bytes, at + i, found);
      }
    }
  }

  #short(expected: number, found: number): FormatError {
    return new FormatError(`HDF5 attribute: expected ${expected} bytes of value, found ${found}`, {
      path: this.#file.path,
    });
  }

  #spend(bytes: number): void {
    this.#budget -= bytes;
    this.#left -= bytes;
    if (this.#budget < 0) throw new UnsupportedError(`an attribute of more than ${maxBytes} bytes`, this.#file.path);
    if (this.#left < 0) {
      throw new UnsupportedError(`an object with attributes of more than ${maxObjectBytes} bytes`, this.#file.path);
    }
  }

  *#elements(type: Datatype, bytes: Uint8Array): Io<AttributeValue[]> {
    const elements: AttributeValue[] = [];
    const cost = this.#costOf(type);
    const isNested = nests(type);
    for (let at = 0; at + type.size <= bytes.length; at += type.size) {
      if (this.#isDue(cost)) yield* this.#pace.pause();
      elements.push(isNested ? yield* this.#nested(type, bytes, at) : this.#single(type, bytes, at));
    }
    return elements;
  }

  /** Decodes one element of a type that does not contain other elements. */
  #single(type: Datatype, bytes: Uint8Array, at: number): AttributeValue {
    switch (type.kind) {
      case 'integer':
      case 'bitfield':
        return integer(type, bytes, at);
      case 'float':
        return float(type, bytes, at);
      case 'string':
        return fixedString(bytes.subarray(at, at + type.size), type.padding);
      case 'opaque':
        return new Uint8Array(bytes.subarray(at, at + type.size));
      case 'enum':
        return isBoolean(type) ? bytes[at] !== 0 : this.#single(type.base, bytes, at);
      case 'reference':
        if (type.target === 'object')
          return { objectAddress: readAddress(bytes, at, Math.min(type.size, this.#offsetSize)) };
        throw new UnsupportedError(`an attribute of ${describeDatatype(type)}`);
      default:
        throw new UnsupportedError(`an attribute of ${describeDatatype(type)}`);
    }
  }

  /** Decodes one element of a type that may contain other elements. */
  *#nested(type: Datatype, bytes: Uint8Array, at: number): Io<AttributeValue> {
    switch (type.kind) {
      case 'compound': {
        const members: [string, AttributeValue][] = [];
        for (const { name, offset, type: member } of type.members) {
          members.push([name, yield* this.#nested(member, bytes, at + offset)]);
        }
        return isComplex(type) ? members.map(([, value]) => value) : Object.fromEntries(members);
      }
      case 'complex':
        return [yield* this.#nested(type.base, bytes, at), yield* this.#nested(type.base, bytes, at + type.base.size)];
      case 'array': {
        const elements = yield* this.#elements(type.base, bytes.subarray(at, at + type.size));
        return yield* this.#nest(elements, type.shape);
      }
      case 'vlen':
        return yield* this.#variable(type, bytes, at);
      default:
        return isRegion(type) ? yield* this.#region(bytes, at) : this.#single(type, bytes, at);
    }
  }

  *#region(bytes: Uint8Array, at: number): Io<ObjectReference> {
    const id = regionAt(this.#file, bytes, at);
    if (id === null) return { objectAddress: 0, region: '' };
    this.#spend(this.#heap.object(id).length);
    const { address, region } = yield* regionOf(this.#file, this.#heap, id, this.#pace);
    this.#spend(region.length);
    return { objectAddress: address, region };
  }

  *#variable(type: Datatype & { readonly kind: 'vlen' }, bytes: Uint8Array, at: number): Io<AttributeValue> {
    const { id, length } = this.#vlen(bytes, at);
    const size = length * type.base.size;
    const object = id === null ? new Uint8Array(0) : this.#heap.object(id);
    if (size > object.length) throw this.#short(size, object.length);
    this.#spend(length * this.#costOf(type.base));
    const value = object.subarray(0, size);
    if (type.content !== 'text') return yield* this.#elements(type.base, value);
    if (this.#isDue(size)) yield* this.#pace.pause();
    return fixedString(value, 'null-terminated');
  }

  /** Converts elements in C order to nested arrays. */
  *#nest(elements: readonly AttributeValue[], shape: readonly number[]): Io<readonly AttributeValue[]> {
    let level = elements;
    for (let d = shape.length - 1; d > 0; d--) {
      const extent = shape[d] ?? 1;
      const rows: AttributeValue[] = [];
      for (let i = 0; i < level.length; i += extent) {
        if (this.#isDue(8 * (1 + extent))) yield* this.#pace.pause();
        rows.push(level.slice(i, i + extent));
      }
      level = rows;
    }
    return level;
  }

  /** Returns the length (in elements) and the heap id of a variable-length element; no id if it is empty. */
  #vlen(bytes: Uint8Array, at: number): { length: number; id: GlobalHeapId | null } {
    const length = readUnsigned(bytes, at, 4);
    const collection = readAddress(bytes, at + 4, this.#offsetSize);
    const index = readUnsigned(bytes, at + 4 + this.#offsetSize, 4);
    const empty = length === 0 || collection === 0 || collection === undefinedAddress;
    return { length: empty ? 0 : length, id: empty ? null : { collection, index } };
  }
}

function isRegion(type: Datatype): boolean {
  return type.kind === 'reference' && type.target === 'region';
}

function holdsReferences(type: Datatype): boolean {
  if (type.kind === 'vlen' || isRegion(type)) return true;
  if (type.kind === 'array') return holdsReferences(type.base);
  return type.kind === 'compound' && type.members.some((member) => holdsReferences(member.type));
}

/** True if an element of `type` may contain other elements, or refers to a region. */
function nests(type: Datatype): boolean {
  const { kind } = type;
  return kind === 'compound' || kind === 'complex' || kind === 'array' || kind === 'vlen' || isRegion(type);
}

/** Cost of a text and of another value, in bytes. */
const textCost = 16;
const numberCost = 4;

/** Returns the cost of the values in one element of `type`. A variable-length element counts as one. */
function valueCost(type: Datatype): number {
  switch (type.kind) {
    case 'compound':
      return type.members.reduce((sum, member) => sum + valueCost(member.type), 0);
    case 'array':
      return (type.size / type.base.size) * valueCost(type.base);
    case 'string':
      return textCost;
    default:
      return numberCost;
  }
}

type Bits = Datatype & { readonly kind: 'integer' | 'bitfield' };

function integer(type: Bits, bytes: Uint8Array, at: number): number | bigint {
  if (type.size <= 4 && type.bitOffset === 0 && type.precision === 8 * type.size) {
    let small = 0;
    for (let i = 0; i < type.size; i++) {
      small = small * 256 + (bytes[at + (type.byteOrder === 'little' ? type.size - 1 - i : i)] ?? 0);
    }
    return type.signed && small >= 2 ** (type.precision - 1) ? small - 2 ** type.precision : small;
  }
  if (type.size > maxIntegerBytes) throw new UnsupportedError(`an attribute of ${describeDatatype(type)}`);
  let value = 0n;
  for (let i = 0; i < type.size; i++) {
    const byte = bytes[at + (type.byteOrder === 'little' ? type.size - 1 - i : i)] ?? 0;
    value = (value << 8n) | BigInt(byte);
  }
  value = BigInt.asUintN(type.precision, value >> BigInt(type.bitOffset));
  if (type.signed) value = BigInt.asIntN(type.precision, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

type Float = Datatype & { readonly kind: 'float' };

function float(type: Float, bytes: Uint8Array, at: number): number {
  if (!type.ieee) throw new UnsupportedError(`an attribute of ${describeDatatype(type)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, type.size);
  const little = type.byteOrder === 'little';
  if (type.size === 8) return view.getFloat64(0, little);
  if (type.size === 4) return view.getFloat32(0, little);
  return float16OfBits(view.getUint16(0, little));
}

function fixedString(bytes: Uint8Array, padding: StringPadding): string {
  let end = bytes.length;
  if (padding === 'null-terminated') {
    const nul = bytes.indexOf(0);
    if (nul >= 0) end = nul;
  } else {
    const pad = padding === 'space-padded' ? 0x20 : 0;
    while (end > 0 && bytes[end - 1] === pad) end--;
  }
  return decodeText(bytes.subarray(0, end));
}

/** True if a type is the boolean type of h5py and NumPy: a one-byte enum with FALSE = 0 and TRUE = 1. */
export function isBoolean(type: Datatype): boolean {
  if (type.kind !== 'enum' || type.size !== 1 || type.names.length !== 2) return false;
  const value = (name: string): number | undefined => type.values[type.names.indexOf(name)];
  return value('FALSE') === 0 && value('TRUE') === 1;
}

/** Names of the two parts of a complex number, as written by h5py and MATLAB. */
const complexParts = new Set(['r,i', 'real,imag']);

/**
 * True if a type is a complex number: a compound of two IEEE floats of the same type, named like the parts of a complex
 * number.
 */
export function isComplex(type: Datatype): boolean {
  if (type.kind !== 'compound' || type.members.length !== 2) return false;
  const [re, im] = type.members;
  if (re === undefined || im === undefined || !complexParts.has(`${re.name},${im.name}`)) return false;
  if (re.type.kind !== 'float' || im.type.kind !== 'float') return false;
  return (
    re.type.ieee &&
    im.type.ieee &&
    re.type.byteOrder === im.type.byteOrder &&
    re.type.size === im.type.size &&
    re.offset === 0 &&
    im.offset === re.type.size &&
    type.size === 2 * re.type.size
  );
}
