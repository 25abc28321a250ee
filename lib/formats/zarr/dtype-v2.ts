/**
 * Parses the data types of Zarr v2, which are NumPy type strings or lists of fields.
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html (Data type encoding)
 * @module
 */
import type { ByteOrder, DTypeInfo } from '../../core/dtype.js';
import { dtypeInfo, isDType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { longDoubleName, parseRecord } from '../numpy-record.js';
import { longDoubleHint } from '../refusal-hints.js';
import { type ElementType, elementOfNumpy, parseNumpyType, recordElement } from './element.js';
import { asObject, asString, fieldError, type Place } from './fields.js';
import type { Json } from './json.js';
import { variableCodecs, variableElement } from './variable-text.js';

/**
 * Parses the element type and byte order of an array.
 * @param filters filters of the array. The first one says how objects are stored.
 * @throws {UnsupportedError} naming the type if it is not supported, such as Python objects.
 * @throws {FormatError} if the value is neither a NumPy type string nor a list of fields.
 */
export function parseTypeV2(
  value: Json | undefined,
  place: Place,
  filters?: Json,
): { readonly element: ElementType; readonly byteOrder: ByteOrder } {
  if (Array.isArray(value)) {
    const fail = (what: string): never => {
      throw fieldError(place, what, value);
    };
    return { element: recordElement(parseRecord(value, fail)), byteOrder: 'little' };
  }
  const text = asString(value, place);
  const type = parseNumpyType(text);
  if (type === null) throw fieldError(place, 'a NumPy type string', text);
  if (type.kind === 'O') return { element: parseObject(filters, place), byteOrder: 'little' };
  const element = elementOfNumpy(type);
  if (element === null) {
    const name = longDoubleName(type.kind, type.size ?? 0);
    if (name === null) throw new UnsupportedError(`Zarr arrays of dtype ${text}`, place.path);
    throw new UnsupportedError(`Zarr arrays of ${name}, dtype ${text}`, place.path, longDoubleHint);
  }
  return { element, byteOrder: type.byteOrder };
}

/** Parses the type of Python objects, which are stored as the first filter says. */
function parseObject(filters: Json | undefined, { path }: Place): ElementType {
  const [first]: readonly Json[] = Array.isArray(filters) ? filters : [];
  const id = first === undefined ? undefined : asObject(first, { path, field: 'filters[0]' })['id'];
  const kind = typeof id === 'string' ? variableCodecs.get(id) : undefined;
  if (kind !== undefined) return variableElement(kind);
  const stored = typeof id === 'string' ? `, stored by the filter '${id}'` : '';
  throw new UnsupportedError(`Zarr arrays of objects (dtype |O${stored})`, path, 'Read them with zarr-python');
}

/** Numeric type in the configuration of a numcodecs codec. */
export interface CodecType {
  readonly info: DTypeInfo;
  readonly byteOrder: ByteOrder;
}

/**
 * Parses the type in a codec's configuration: a NumPy type such as `<f4`, or a name such as `float32` (little-endian).
 * @throws {UnsupportedError} if it is not a numeric type.
 */
export function parseCodecType(value: Json | undefined, place: Place): CodecType {
  const text = asString(value, place);
  if (isDType(text)) return { info: dtypeInfo(text), byteOrder: 'little' };
  const type = parseNumpyType(text);
  const element = type === null ? null : elementOfNumpy(type);
  if (type === null || element === null || element.width !== null) {
    throw new UnsupportedError(`the type '${text}' in a Zarr codec`, place.path);
  }
  return { info: dtypeInfo(element.dtype), byteOrder: type.byteOrder };
}
