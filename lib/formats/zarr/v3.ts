/**
 * Parses `zarr.json`, the metadata document of Zarr v3 arrays and groups.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { NumberForm } from '../small-numbers.js';
import { parseEncodingV3 } from './codecs-v3.js';
import { parseTypeV3 } from './dtype-v3.js';
import { asExtension, checkMembers, isIgnorable, refuseUnknown } from './extension.js';
import {
  asArray,
  asChoice,
  asDimensionNames,
  asInteger,
  asObject,
  fieldError,
  inside,
  type Place,
  show,
} from './fields.js';
import { parseFill, recordFill } from './fill.js';
import type { Json, JsonObject } from './json.js';
import { parseKeyEncoding } from './keys.js';
import { type ArrayMetadata, parseChunkShape, parseShape } from './metadata.js';
import { isVariable, parseVariableFill } from './variable-text.js';

/** Name of the metadata document. */
export const documentV3 = 'zarr.json';

const arrayMembers = [
  'zarr_format',
  'node_type',
  'shape',
  'data_type',
  'chunk_grid',
  'chunk_key_encoding',
  'fill_value',
  'codecs',
  'attributes',
  'storage_transformers',
  'dimension_names',
];
const groupMembers = ['zarr_format', 'node_type', 'attributes', 'consolidated_metadata'];

/** Contents of a `zarr.json`. */
export type NodeV3 =
  | { readonly kind: 'array'; readonly metadata: ArrayMetadata }
  | { readonly kind: 'group'; readonly metadata: GroupV3 };

/** Metadata of a group. */
export interface GroupV3 {
  readonly attributes: JsonObject;
}

/** Prefix of `zarr_format` in drafts of the specification. GDAL 3.6 and early versions of zarr-python 2 wrote it. */
const draftPrefix = 'https://purl.org/zarr/spec/';

/** Returns the node type in a `zarr.json`. */
export function nodeTypeOf(document: Json, path: string): 'array' | 'group' {
  const place: Place = { path, field: '' };
  const metadata = asObject(document, place);
  const { zarr_format: version } = metadata;
  if (typeof version === 'string' && version.startsWith(draftPrefix)) {
    const hint = 'Rewrite it with a current version of its program';
    throw new UnsupportedError('a draft of Zarr v3 from before 2023', path, hint);
  }
  asInteger(version, inside(place, 'zarr_format'), 3, 3);
  return asChoice(metadata['node_type'], inside(place, 'node_type'), ['array', 'group']);
}

/**
 * Parses `zarr.json` at `path`.
 * @param numbers what to read of numbers that no element type represents.
 * @throws {FormatError} if the document is damaged. @throws {UnsupportedError} if a feature is not supported.
 */
export function parseNodeV3(document: Json, path: string, numbers: NumberForm): NodeV3 {
  const place: Place = { path, field: '' };
  const metadata = asObject(document, place);
  if (nodeTypeOf(document, path) === 'array') return { kind: 'array', metadata: parseArray(metadata, place, numbers) };
  refuseUnknown(metadata, groupMembers, path);
  return { kind: 'group', metadata: { attributes: attributesOf(metadata, place) } };
}

function parseArray(metadata: JsonObject, place: Place, numbers: NumberForm): ArrayMetadata {
  refuseUnknown(metadata, arrayMembers, place.path);
  const { shape: extents, data_type: type, chunk_grid: grid, chunk_key_encoding: keys, fill_value: fill } = metadata;
  checkTransformers(metadata['storage_transformers'], inside(place, 'storage_transformers'));
  const element = parseTypeV3(type, inside(place, 'data_type'), numbers);
  const shape = parseShape(extents, inside(place, 'shape'), element.width === null ? 0 : 1);
  const chunkShape = parseGrid(grid, inside(place, 'chunk_grid'), shape);
  const names = metadata['dimension_names'];
  return {
    version: 3,
    document: place.path,
    shape,
    element,
    encoding: parseEncodingV3(metadata['codecs'], inside(place, 'codecs'), chunkShape, element),
    keys: parseKeyEncoding(keys, inside(place, 'chunk_key_encoding')),
    fill: parseFill(fill, element, inside(place, 'fill_value')),
    ...(element.record === undefined ? {} : { recordFill: recordFill(fill, element, inside(place, 'fill_value')) }),
    ...(isVariable(element) ? { variableFill: parseVariableFill(fill, element, inside(place, 'fill_value')) } : {}),
    dimensionNames: asDimensionNames(names, inside(place, 'dimension_names'), shape.length),
    attributes: attributesOf(metadata, place),
  };
}

function attributesOf(metadata: JsonObject, place: Place): JsonObject {
  const { attributes } = metadata;
  return attributes === undefined ? {} : asObject(attributes, inside(place, 'attributes'));
}

function parseGrid(value: Json | undefined, place: Place, shape: readonly number[]): number[] {
  const grid = asExtension(value, place);
  if (grid.name !== 'regular') throw new UnsupportedError(`the Zarr chunk grid '${grid.name}'`, place.path);
  checkMembers(grid, ['chunk_shape']);
  return parseChunkShape(grid.configuration['chunk_shape'], inside(grid.place, 'chunk_shape'), shape);
}

function checkTransformers(value: Json | undefined, place: Place): void {
  if (value === undefined) return;
  for (const [i, item] of asArray(value, place).entries()) {
    if (isIgnorable(item)) continue;
    const at = inside(place, i);
    if (typeof item !== 'string' && (typeof item !== 'object' || item === null))
      throw fieldError(at, 'a name or an object', item);
    throw new UnsupportedError(`the Zarr storage transformer ${show(asExtension(item, at).name)}`, place.path);
  }
}
