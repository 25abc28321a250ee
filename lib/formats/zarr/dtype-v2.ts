/**
 * Zarr v2's data types: NumPy type strings.
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html (Data type encoding)
 * @module
 */
import type { ByteOrder, DTypeInfo } from '../../core/dtype.js';
import { dtypeInfo, isDType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { type ElementType, elementOfNumpy, parseNumpyType } from './element.js';
import { asString, type Place, wrong } from './fields.js';
import type { Json } from './json.js';

/**
 * The element type and byte order of an array.
 * @throws {UnsupportedError} structured, object and other types that are not read, by name.
 * @throws {FormatError} when it is no type.
 */
export function parseTypeV2(
  value: Json | undefined,
  place: Place,
): { readonly element: ElementType; readonly byteOrder: ByteOrder } {
  if (Array.isArray(value)) {
    throw new UnsupportedError(
      'Zarr arrays of structured elements',
      place.path,
      'Store each field as an array of its own',
    );
  }
  const text = asString(value, place);
  const type = parseNumpyType(text);
  if (type === null) throw wrong(place, 'a NumPy type string', text);
  if (type.kind === 'O') throw new UnsupportedError('Zarr arrays of objects (dtype |O)', place.path);
  const element = elementOfNumpy(type);
  if (element === null) throw new UnsupportedError(`Zarr arrays of dtype ${text}`, place.path);
  return { element, byteOrder: type.byteOrder };
}

/** A number's type as a codec of numcodecs spells it. */
export interface CodecType {
  readonly info: DTypeInfo;
  readonly byteOrder: ByteOrder;
}

/**
 * The type that a codec's configuration names: `<f4`, or a name such as `float32` (then little-endian).
 * @throws {UnsupportedError} when it is not the type of a number.
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
