/**
 * Element types: their names, sizes, wire codes and the typed arrays that hold them.
 * @module
 */

import { dtypeTable as table } from './generated/dtypes.js';

/** Name of an element type. Names and meanings follow NumPy. */
export type DType = (typeof table)[number]['name'];

/** Element types that are a pair of real numbers. */
export type ComplexDType = 'complex64' | 'complex128';

/** Element types that are a single real number. */
export type RealDType = Exclude<DType, ComplexDType>;

/** Byte order within one stored element. */
export type ByteOrder = 'little' | 'big';

/** Properties of an element type. */
export interface DTypeInfo {
  readonly name: DType;
  /** Size of one element in bytes. */
  readonly size: number;
  /** Kind: b bool, i signed integer, u unsigned integer, f float, c complex. */
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'c';
  /** Wire code: the number that identifies the type to the native side. */
  readonly code: number;
  /** Number of bytes that are reversed together when the byte order changes; half of `size` for complex types. */
  readonly swapSize: number;
}

const byName: ReadonlyMap<string, DTypeInfo> = new Map(table.map((info) => [info.name, info]));

/** All element types, in the order of their wire codes. */
export const dtypeTable: readonly DTypeInfo[] = table;

/** Names of the element types that are a single real number. */
export const realDTypes: readonly RealDType[] = table.map(({ name }) => name).filter(isReal);

function isReal(name: DType): name is RealDType {
  return !isComplex(name);
}

/** True if elements of type `name` are pairs of real numbers. */
export function isComplex(name: DType): name is ComplexDType {
  return name === 'complex64' || name === 'complex128';
}

/** Kinds of element types, by the values that elements have in JavaScript. */
export interface DTypesByKind {
  /** Elements are numbers. Without `Float16Array`, a float16 is a number that holds its 16 bits. */
  readonly number: Exclude<RealDType, 'int64' | 'uint64'>;
  /** Elements are `bigint`. */
  readonly bigint: 'int64' | 'uint64';
  /** Elements are floating-point numbers. */
  readonly float: 'float16' | 'float32' | 'float64';
}

/** A kind of element types. */
export type DTypeKind = keyof DTypesByKind;

const kindTests: Readonly<Record<DTypeKind, (info: DTypeInfo) => boolean>> = {
  number: ({ name, kind }) => kind !== 'c' && name !== 'int64' && name !== 'uint64',
  bigint: ({ name }) => name === 'int64' || name === 'uint64',
  float: ({ kind }) => kind === 'f',
};

/** True if the element type `dtype` is `type`, or of the kind `type`. */
export function isOfType(dtype: DType, type: DType | DTypeKind): boolean {
  if (type === dtype) return true;
  const test = Object.hasOwn(kindTests, type) ? kindTests[type as DTypeKind] : undefined;
  return test?.(dtypeInfo(dtype)) === true;
}

/** True if `name` is the name of an element type. */
export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && byName.has(name);
}

/**
 * Returns the properties of the element type `name`.
 * @throws {TypeError} if there is no such type.
 */
export function dtypeInfo(name: DType): DTypeInfo {
  const info = byName.get(name);
  if (info === undefined) throw new TypeError(`Expected a dtype, received ${String(name)}`);
  return info;
}

/**
 * Typed array type of results with element type `D`. bool is a `Uint8Array` of 0 and 1. Complex types are pairs of
 * floats. float16 is a `Float16Array` if the runtime supports it (since Node 24), otherwise a `Uint16Array` of the
 * bits. If the TypeScript library does not declare `Float16Array`, `DataFor<'float16'>` is `Uint16Array`, which has the
 * same members.
 */
export type DataFor<D extends DType> = {
  // The return type of the static method `of` is right in all versions of TypeScript. For float32 it is
  // `Float32Array<ArrayBuffer>`, or `Float32Array` before TypeScript 5.7, whose typed arrays have no type parameter.
  bool: ReturnType<Uint8ArrayConstructor['of']>;
  int8: ReturnType<Int8ArrayConstructor['of']>;
  uint8: ReturnType<Uint8ArrayConstructor['of']>;
  int16: ReturnType<Int16ArrayConstructor['of']>;
  uint16: ReturnType<Uint16ArrayConstructor['of']>;
  int32: ReturnType<Int32ArrayConstructor['of']>;
  uint32: ReturnType<Uint32ArrayConstructor['of']>;
  int64: ReturnType<BigInt64ArrayConstructor['of']>;
  uint64: ReturnType<BigUint64ArrayConstructor['of']>;
  float16:
    | (typeof globalThis extends { Float16Array: { of(...items: number[]): infer Own } } ? Own : never)
    | ReturnType<Uint16ArrayConstructor['of']>;
  float32: ReturnType<Float32ArrayConstructor['of']>;
  float64: ReturnType<Float64ArrayConstructor['of']>;
  complex64: ReturnType<Float32ArrayConstructor['of']>;
  complex128: ReturnType<Float64ArrayConstructor['of']>;
}[D];

/** Like {@link DataFor}, but over any kind of buffer, including a SharedArrayBuffer. */
export type ViewFor<D extends DType> = {
  bool: Uint8Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  float16: (typeof globalThis extends { Float16Array: { readonly prototype: infer Own } } ? Own : never) | Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  complex64: Float32Array;
  complex128: Float64Array;
}[D];

/** Any typed array that a read can fill. */
export type TypedArray = ViewFor<DType>;

type ViewConstructor = {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  new (length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

const float16Constructor = (globalThis as { Float16Array?: ViewConstructor }).Float16Array;

const constructors: readonly ViewConstructor[] = [
  Uint8Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  float16Constructor ?? Uint16Array,
  Float32Array,
  Float64Array,
  Float32Array,
  Float64Array,
];

/** Returns the typed array constructor for elements of type `info`. */
export function viewConstructor(info: DTypeInfo): ViewConstructor {
  return constructors[info.code] ?? Uint8Array;
}

/**
 * Creates a typed array over `elements` elements of type `info` at the start of `buffer`. A complex element takes two
 * entries.
 */
export function viewOver(info: DTypeInfo, buffer: ArrayBufferLike, elements: number): TypedArray {
  const Constructor = viewConstructor(info);
  return new Constructor(buffer, 0, (elements * info.size) / Constructor.BYTES_PER_ELEMENT);
}

/** Byte order of this machine. */
export const machineByteOrder: ByteOrder = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'little' : 'big';
