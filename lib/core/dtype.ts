/**
 * Element types: their names, sizes, wire codes and the typed arrays that hold them.
 * @module
 */

import { dtypeTable as table } from './generated/dtypes.js';

/** The name of an element type. Names and meaning follow NumPy. */
export type DType = (typeof table)[number]['name'];

/** Element types that are one real number. */
export type RealDType = Exclude<DType, 'complex64' | 'complex128'>;

/** The order of the bytes inside one stored element. */
export type ByteOrder = 'little' | 'big';

/** What is known of an element type. */
export interface DTypeInfo {
  readonly name: DType;
  /** Bytes of one element. */
  readonly size: number;
  /** b bool, i signed, u unsigned, f float, c complex. */
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'c';
  /** The number that stands for the type in the native wire format. */
  readonly code: number;
  /** Bytes that are swapped as a unit when the byte order changes (half of `size` for complex). */
  readonly swapSize: number;
}

const byName: ReadonlyMap<string, DTypeInfo> = new Map(table.map((info) => [info.name, info]));

/** All element types, in the order of their wire codes. */
export const dtypeTable: readonly DTypeInfo[] = table;

/** Whether `name` is the name of an element type. */
export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && byName.has(name);
}

/**
 * What is known of the element type `name`.
 * @throws {TypeError} when there is no such type.
 */
export function dtypeInfo(name: DType): DTypeInfo {
  const info = byName.get(name);
  if (info === undefined) throw new TypeError(`Expected a dtype, received ${String(name)}`);
  return info;
}

/**
 * The typed array in which a read gives elements of type `D`: bool as `Uint8Array` of 0 and 1, complex as pairs, float16 as
 * `Float16Array` where the runtime has it (Node 24), else as a `Uint16Array` of the bits. A compiler whose library does not declare
 * `Float16Array` knows both as `Uint16Array`, which has the same members.
 */
export type DataFor<D extends DType> = {
  // What `of` returns: `Float32Array<ArrayBuffer>`, and in TypeScript before 5.7, where the types have no parameter, `Float32Array`.
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

/** As {@link DataFor}, over memory of any kind: a SharedArrayBuffer too. */
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

/** The constructor of the typed array that holds elements of type `info`. */
export function viewConstructor(info: DTypeInfo): ViewConstructor {
  return constructors[info.code] ?? Uint8Array;
}

/**
 * A typed array over `elements` elements of type `info` at the start of `buffer`.
 * Complex elements are two entries each.
 */
export function viewOver(info: DTypeInfo, buffer: ArrayBufferLike, elements: number): TypedArray {
  const Constructor = viewConstructor(info);
  return new Constructor(buffer, 0, (elements * info.size) / Constructor.BYTES_PER_ELEMENT);
}

/** The byte order of this machine. */
export const machineByteOrder: ByteOrder = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'little' : 'big';
