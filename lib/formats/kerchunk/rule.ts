/**
 * Parses an entry of `gen`: a rule that generates one reference per combination of its dimensions. The number of
 * references is computed and checked before the rule is expanded.
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { maxRank } from '../../core/limits.js';
import { asArray, asInteger, asObject, fieldError, inside, type Place } from '../zarr/fields.js';
import type { Json } from '../zarr/json.js';
import type { Templates, Text, Variables } from './template.js';

/** A rule that generates references. */
export interface Rule {
  readonly key: Text;
  readonly url: Text;
  /** Part of the file; null for the whole file. */
  readonly part: { readonly offset: number | Text; readonly length: number | Text } | null;
  readonly dimensions: readonly Dimension[];
  /** Number of references that the rule generates. */
  readonly count: number;
}

/** A dimension of a rule: listed values, or `start + i * step`. */
type Dimension = { readonly name: string; readonly count: number } & (
  | { readonly list: readonly Json[]; readonly place: Place }
  | { readonly start: number; readonly step: number }
);

/**
 * Parses an entry of `gen`. The time does not depend on the number of references that it generates.
 * @throws {FormatError} if the entry is damaged. @throws {UnsupportedError} for more than {@link maxRank} dimensions.
 */
export function parseRule(entry: Json, place: Place, templates: Templates): Rule {
  const { key, url, offset, length, dimensions: given } = asObject(entry, place);
  if (typeof key !== 'string' || typeof url !== 'string') throw fieldError(place, "strings 'key' and 'url'", entry);
  const sized = Object.entries(asObject(given, inside(place, 'dimensions')));
  if (sized.length > maxRank) {
    throw new UnsupportedError(`a kerchunk rule of ${sized.length} dimensions (more than ${maxRank})`, place.path);
  }
  const dimensions = sized.map(([name, value]) =>
    parseDimension(name, value, inside(inside(place, 'dimensions'), name)),
  );
  const isWhole = offset === undefined && length === undefined;
  if (!isWhole && (offset === undefined || length === undefined)) {
    throw fieldError(place, "both 'offset' and 'length'", entry);
  }
  return {
    key: templates.parse(key),
    url: templates.parse(url),
    part: isWhole
      ? null
      : {
          offset: parseNumber(offset, inside(place, 'offset'), templates),
          length: parseNumber(length, inside(place, 'length'), templates),
        },
    dimensions,
    count: dimensions.some(({ count }) => count === 0)
      ? 0
      : dimensions.reduce((product, { count }) => product * count, 1),
  };
}

/** Returns the dimension values of combination `n` of `rule`. The first dimension varies fastest. */
export function variablesAt({ dimensions }: Rule, n: number): Variables {
  const variables = new Map<string, number>();
  let rest = n;
  for (const dimension of dimensions) {
    const i = rest % dimension.count;
    rest = Math.floor(rest / dimension.count);
    const value =
      'list' in dimension
        ? asInteger(dimension.list[i], inside(dimension.place, i), 0)
        : dimension.start + i * dimension.step;
    variables.set(dimension.name, value);
  }
  return variables;
}

/** True if `rule` may generate a key that starts with `prefix`. */
export function mayMatch({ key: [first = ''] }: Rule, prefix: string): boolean {
  const literal = typeof first === 'string' ? first : '';
  return literal.startsWith(prefix) || prefix.startsWith(literal);
}

function parseDimension(name: string, value: Json, place: Place): Dimension {
  if (Array.isArray(value)) {
    const list = asArray(value, place);
    return { name, count: list.length, list, place };
  }
  const range = asObject(value, place);
  const start = asInteger(range['start'] ?? 0, inside(place, 'start'), 0);
  const stop = asInteger(range['stop'], inside(place, 'stop'), 0);
  const step = asInteger(range['step'] ?? 1, inside(place, 'step'), 1);
  return { name, count: Math.max(0, Math.ceil((stop - start) / step)), start, step };
}

function parseNumber(value: Json | undefined, place: Place, templates: Templates): number | Text {
  return typeof value === 'string' ? templates.parse(value) : asInteger(value, place, 0);
}
