/**
 * Encodes chunk coordinates as file names.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/chunk-key-encodings/index.html
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { TemplateLocations } from '../../plan/locations.js';
import { asExtension, checkMembers } from './extension.js';
import { asChoice, inside, type Place } from './fields.js';
import type { Json } from './json.js';

/** Conversion of chunk coordinates to a path below the array's folder. */
export interface KeyEncoding {
  /** `c/1/23/45` (Zarr v3's `default`) or `1.23.45` (Zarr v2). */
  readonly style: 'default' | 'v2';
  readonly separator: '/' | '.';
  /** True if the document does not specify the separator. */
  readonly isAssumed?: true;
}

const separators = ['/', '.'] as const;

/** Parses the key encoding of a v3 array. */
export function parseKeyEncoding(value: Json | undefined, place: Place): KeyEncoding {
  const encoding = asExtension(value, place);
  if (encoding.name !== 'default' && encoding.name !== 'v2') {
    throw new UnsupportedError(`the Zarr chunk key encoding '${encoding.name}'`, place.path);
  }
  checkMembers(encoding, ['separator']);
  const { separator } = encoding.configuration;
  const fallback = encoding.name === 'default' ? '/' : '.';
  return {
    style: encoding.name,
    separator: asChoice(separator ?? fallback, inside(encoding.place, 'separator'), separators),
  };
}

/** Parses `dimension_separator` of a v2 array. */
export function parseSeparatorV2(value: Json | undefined, place: Place): KeyEncoding {
  if (value === undefined) return { style: 'v2', separator: '.', isAssumed: true };
  return { style: 'v2', separator: asChoice(value ?? '.', place, separators) };
}

/** Returns the file name template for the chunks of an array of rank `rank` in `directory`. */
export function chunkTemplate(keys: KeyEncoding, directory: string, rank: number): TemplateLocations {
  const { style, separator } = keys;
  const literals = new Array<string>(rank + 1).fill(separator);
  literals[rank] = '';
  if (style === 'default') literals[0] = rank === 0 ? 'c' : `c${separator}`;
  else literals[0] = rank === 0 ? '0' : '';
  const fields = Array.from({ length: rank }, (_, dimension) => ({ dimension, width: 0 }));
  return { kind: 'template', directory, literals, fields, offset: 0, isDoubtful: true };
}
