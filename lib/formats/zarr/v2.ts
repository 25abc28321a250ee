/**
 * Parses the metadata documents of Zarr v2: `.zarray`, `.zattrs`, `.zgroup`.
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html
 * @module
 */
import { isPosixParError } from '../../core/errors.js';
import type { Io } from '../../io/io.js';
import { parseEncodingV2 } from './codecs-v2.js';
import { parseTypeV2 } from './dtype-v2.js';
import type { ElementType } from './element.js';
import { asInteger, asObject, inside, type Place } from './fields.js';
import { parseFill, recordFill, textFill } from './fill.js';
import type { Json, JsonObject } from './json.js';
import { parseSeparatorV2 } from './keys.js';
import { type ArrayMetadata, parseChunkShape, parseShape, readDocument } from './metadata.js';
import { isVariable, parseVariableFill } from './variable-text.js';

/** Names of the metadata documents. */
export const documentsV2 = {
  array: '.zarray',
  group: '.zgroup',
  attributes: '.zattrs',
} as const;

/** Attribute in which xarray stores dimension names. Zarr v2 itself has none. */
const dimensionsKey = '_ARRAY_DIMENSIONS';

/**
 * Parses `.zarray` at `path`. Ignores unknown members, as the specification demands.
 * @param mixedFill if `noted`, a fill value with different bytes or characters sets `isFillMixed`; otherwise it is an
 * error.
 * @throws {FormatError} if the document is damaged. @throws {UnsupportedError} if a feature is not supported.
 */
export function parseArrayV2(
  document: Json,
  path: string,
  attributes: JsonObject,
  mixedFill: 'refused' | 'noted' = 'refused',
): ArrayMetadata {
  const place: Place = { path, field: '' };
  const metadata = asObject(document, place);
  checkVersion(metadata, place);
  const { dtype, shape: sizes, chunks, filters, fill_value: fillValue, dimension_separator: separator } = metadata;
  const { element, byteOrder } = parseTypeV2(dtype, inside(place, 'dtype'), filters);
  const shape = parseShape(sizes, inside(place, 'shape'), element.width === null ? 0 : 1);
  const chunkShape = parseChunkShape(chunks, inside(place, 'chunks'), shape);
  return {
    version: 2,
    document: path,
    shape,
    element,
    encoding: parseEncodingV2(metadata, place, chunkShape, element, byteOrder),
    keys: parseSeparatorV2(separator, inside(place, 'dimension_separator')),
    ...fillOf(fillValue, element, inside(place, 'fill_value'), mixedFill),
    dimensionNames: dimensionNamesOf(attributes, shape.length),
    attributes,
  };
}

function fillOf(
  value: Json | undefined,
  element: ElementType,
  place: Place,
  mixedFill: 'refused' | 'noted',
): Pick<ArrayMetadata, 'fill' | 'isFillMixed' | 'recordFill' | 'variableFill'> {
  if (isVariable(element)) return { fill: null, variableFill: parseVariableFill(value, element, place) };
  if (value === null || value === undefined) return { fill: null };
  if (element.record !== undefined) return { fill: null, recordFill: recordFill(value, element, place) };
  try {
    return { fill: parseFill(textFill(value, element), element, place) };
  } catch (error) {
    if (mixedFill === 'noted' && isPosixParError(error, 'UnsupportedError')) return { fill: null, isFillMixed: true };
    throw error;
  }
}

/** Throws unless `.zgroup` at `path` describes a v2 group. */
export function checkGroupV2(document: Json, path: string): void {
  const place: Place = { path, field: '' };
  checkVersion(asObject(document, place), place);
}

/** Reads the attributes of the array or group in `directory`. Returns {} if there is no `.zattrs`. */
export function* readAttributesV2(directory: string): Io<JsonObject> {
  const path = `${directory}/${documentsV2.attributes}`;
  const document = yield* readDocument(path);
  return document === undefined ? {} : asObject(document, { path, field: '' });
}

function checkVersion(metadata: JsonObject, place: Place): void {
  asInteger(metadata['zarr_format'], inside(place, 'zarr_format'), 2, 2);
}

function dimensionNamesOf(attributes: JsonObject, rank: number): string[] | null {
  const names = attributes[dimensionsKey];
  if (!Array.isArray(names) || names.length !== rank) return null;
  const list: readonly Json[] = names;
  const isName = (name: Json): name is string => typeof name === 'string';
  return list.every(isName) ? [...list] : null;
}
