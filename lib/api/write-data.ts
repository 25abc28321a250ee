/**
 * Validates the data of a write.
 * @module
 */
import { isArrayBuffer, typedArrayName } from '../core/brands.js';
import { type DType, type DTypeInfo, dtypeInfo, isDType, type TypedArray, viewConstructor } from '../core/dtype.js';
import { SelectionError } from '../core/errors.js';
import { expected, isRecord } from '../core/validate.js';
import { type Hyperslab, shapeOf } from '../plan/hyperslab.js';
import { countElements } from './request.js';
import { toNativeView } from './result.js';

/** Elements in C order, such as the result of a read. */
export interface WriteArray {
  readonly data: TypedArray;
  /** Type of the elements. Default: the type of the typed array. */
  readonly dtype?: DType;
  /** Must be the shape of the selection, if it is given. */
  readonly shape?: readonly number[];
}

/** Data of a write: a typed array in C order, or the result of a read. */
export type WriteData = TypedArray | WriteArray;

/** Validated data. */
export interface WriteSource {
  readonly type: DTypeInfo;
  /** View of the elements that Node-API understands. */
  readonly memory: ArrayBufferView;
}

const typesOfArrays: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['Int8Array', 'int8'],
  ['Uint8Array', 'uint8'],
  ['Uint8ClampedArray', 'uint8'],
  ['Int16Array', 'int16'],
  ['Uint16Array', 'uint16'],
  ['Int32Array', 'int32'],
  ['Uint32Array', 'uint32'],
  ['BigInt64Array', 'int64'],
  ['BigUint64Array', 'uint64'],
  ['Float16Array', 'float16'],
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
]);

/**
 * Returns the element type of a typed array that is written to an array of type `stored`. Reads of bool, float16 and
 * complex arrays return other typed arrays (see `DataFor`), and a write accepts the same.
 */
function typeOf(name: string, stored: DType): DType | undefined {
  if (stored === 'complex64' || stored === 'complex128') {
    return name === viewConstructor(dtypeInfo(stored)).name ? stored : undefined;
  }
  if (stored === 'float16' && name === 'Uint16Array') return 'float16';
  return typesOfArrays.get(name);
}

/**
 * Checks that `given` holds the elements of `slab`.
 * @throws {TypeError} if it is no {@link WriteData}. @throws {SelectionError} if the number of elements or the shape
 * differs.
 */
export function checkWriteData(given: unknown, stored: DType, slab: Hyperslab): WriteSource {
  const isWrapped = typedArrayName(given) === undefined && isRecord(given);
  const data = isWrapped ? given['data'] : given;
  const name = typedArrayName(data);
  const claimed = isWrapped ? given['dtype'] : undefined;
  const type = isDType(claimed) ? claimed : name === undefined ? undefined : typeOf(name, stored);
  if (name === undefined || type === undefined || (claimed !== undefined && !isDType(claimed))) {
    throw expected(`a typed array, or { data, dtype, shape }, for an array of ${stored}`, 'data', given);
  }
  const info = dtypeInfo(type);
  const isComplexPair = info.kind === 'c' || dtypeInfo(stored).kind === 'c';
  if (isComplexPair && type !== stored) throw expected(`elements of type ${stored}`, 'data', given);
  const array = data as TypedArray;
  const { buffer } = array;
  // Shrinking would unmap pages while native threads read them.
  if (isArrayBuffer(buffer) && 'resizable' in buffer && buffer.resizable === true) {
    throw expected('memory that cannot be resized', 'data', buffer);
  }
  checkShape(array, info, slab, isWrapped ? given['shape'] : undefined);
  return { type: info, memory: toNativeView(array) };
}

function checkShape(array: TypedArray, info: DTypeInfo, slab: Hyperslab, given: unknown): void {
  const shape = shapeOf(slab);
  const elements = countElements(slab);
  const length = array.byteLength / info.size;
  if (length !== elements) {
    throw new SelectionError(`Expected ${elements} elements for shape [${shape.join(', ')}], received ${length}`);
  }
  if (given === undefined) return;
  const isSame = Array.isArray(given) && given.length === shape.length && shape.every((n, d) => n === given[d]);
  if (isSame) return;
  const found = Array.isArray(given) ? `[${given.join(', ')}]` : String(given);
  throw new SelectionError(`Expected data of shape [${shape.join(', ')}], received ${found}`);
}

/**
 * Checks that no index is listed twice, because the order of the two writes would be undefined.
 * @throws {SelectionError} naming the index.
 */
export function checkDistinct(slab: Hyperslab): void {
  for (const [d, axis] of slab.entries()) {
    if (axis.kind !== 'list') continue;
    const sorted = Float64Array.from(axis.indices).sort();
    const twice = sorted.findIndex((index, i) => i > 0 && index === sorted[i - 1]);
    if (twice < 0) continue;
    throw new SelectionError(`Expected distinct indices for dimension ${d}, found ${sorted[twice]} twice`, d);
  }
}
