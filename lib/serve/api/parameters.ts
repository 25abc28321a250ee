/**
 * Parameters of the routes below `/api/v1`: their description for OpenAPI, and their parsers.
 * @module
 */
import { HttpError } from '../http/problem.js';

/** A parameter in the query of a URL. */
export interface Parameter<T> {
  readonly description: string;
  /** JSON schema of the text. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly required?: true;
  /**
   * Parses the text of a parameter, which is null if the parameter is absent.
   * @throws {HttpError} 400 naming the parameter.
   */
  parse(text: string | null, name: string): T;
  /** For a parameter that may be repeated: parses all its texts instead. */
  readonly parseAll?: (texts: readonly string[], name: string) => T;
}

/** Parameters by name. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** Values of parameters. */
export type Values<P extends Parameters> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

/** Creates the error for an invalid value. */
export function invalid(what: string, name: string, value: string | null): HttpError {
  const received = value === null ? 'none' : `'${value.slice(0, 60)}'`;
  return new HttpError(400, 'InvalidParameter', `Expected ${what} for \`${name}\`, received ${received}`);
}

/** Creates a parameter whose text must be given. */
export function text(description: string): Parameter<string> {
  return {
    description,
    schema: { type: 'string' },
    required: true,
    parse(value, name) {
      if (value === null) throw invalid('a text', name, value);
      return value;
    },
  };
}

/** Creates a parameter whose text may be absent. */
export function optionalText(description: string): Parameter<string | null> {
  return { description, schema: { type: 'string' }, parse: (value) => value };
}

/** Creates a parameter that is given from 1 to `maximum` times. Its value is the list of texts. */
export function texts(description: string, maximum: number): Parameter<readonly string[]> {
  const parseAll = (values: readonly string[], name: string): readonly string[] => {
    if (values.length > 0 && values.length <= maximum) return values;
    throw invalid(`1 to ${maximum} values`, name, values.length === 0 ? null : `${values.length} values`);
  };
  return {
    description,
    schema: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: maximum },
    required: true,
    parse: (value, name) => parseAll(value === null ? [] : [value], name),
    parseAll,
  };
}

/** Parses the text of a flag. */
function parseFlag(value: string, name: string): boolean {
  if (value !== 'true' && value !== 'false') throw invalid('true or false', name, value);
  return value === 'true';
}

/** Creates a parameter whose value is true or false; false if it is absent. */
export function flag(description: string): Parameter<boolean> {
  return {
    description,
    schema: { type: 'boolean', default: false },
    parse: (value, name) => value !== null && parseFlag(value, name),
  };
}

/** Creates a parameter whose value is true or false, or null if it is absent. */
export function optionalFlag(description: string): Parameter<boolean | null> {
  return {
    description,
    schema: { type: 'boolean' },
    parse: (value, name) => (value === null ? null : parseFlag(value, name)),
  };
}

/** Creates a parameter whose value is a list of dimensions, by position or name; null if it is absent. */
export function dimensions(description: string): Parameter<readonly (number | string)[] | null> {
  return {
    description,
    schema: { type: 'string', example: '0,-1' },
    parse(value, name) {
      if (value === null) return null;
      return value.split(',').map((part) => {
        const entry = part.trim();
        if (entry === '') throw invalid('positions or names of dimensions, such as 0,-1', name, value);
        return /^-?\d{1,9}$/.test(entry) ? Number(entry) : entry;
      });
    },
  };
}

/** Creates a parameter whose value is a name of letters, digits, `-` and `_`, or null if it is absent. */
export function optionalName(description: string): Parameter<string | null> {
  const pattern = /^[A-Za-z0-9_-]{1,64}$/;
  return {
    description,
    schema: { type: 'string', pattern: pattern.source },
    parse(value, name) {
      if (value === null || pattern.test(value)) return value;
      throw invalid('1 to 64 letters, digits and any of - _', name, value);
    },
  };
}

/** Creates a parameter whose value is one of several names; `absent` is its value if it is not given. */
export function choice<T extends string>(description: string, values: readonly T[], absent: T): Parameter<T>;
export function choice<T extends string>(description: string, values: readonly T[], absent: null): Parameter<T | null>;
export function choice<T extends string>(
  description: string,
  values: readonly T[],
  absent: T | null,
): Parameter<T | null> {
  return {
    description,
    schema: { type: 'string', enum: values, ...(absent === null ? {} : { default: absent }) },
    parse(value, name) {
      if (value === null) return absent;
      const found = values.find((candidate) => candidate === value);
      if (found === undefined) throw invalid(`one of ${values.join(', ')}`, name, value);
      return found;
    },
  };
}

/** Creates a parameter whose value is one of several names, and must be given. */
export function requiredChoice<T extends string>(description: string, values: readonly T[]): Parameter<T> {
  const { schema, parse } = choice(description, values, null);
  return {
    description,
    schema,
    required: true,
    parse(value, name) {
      const found = parse(value, name);
      if (found === null) throw invalid(`one of ${values.join(', ')}`, name, value);
      return found;
    },
  };
}

/** Creates a parameter whose value is an integer, or null if it is absent. */
export function integer(description: string, minimum: number, maximum: number): Parameter<number | null> {
  return {
    description,
    schema: { type: 'integer', minimum, maximum },
    parse(value, name) {
      if (value === null) return null;
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= minimum && number <= maximum) return number;
      throw invalid(`an integer from ${minimum} to ${maximum}`, name, value);
    },
  };
}

/**
 * Creates a parameter whose value is two numbers, separated by a comma, or null if it is absent. One of the numbers may
 * be left out, and is then null.
 */
export function range(description: string): Parameter<readonly [number | null, number | null] | null> {
  return {
    description,
    schema: { type: 'string', example: '0,100' },
    parse(value, name) {
      if (value === null) return null;
      const parts = value.split(',').map((part) => (part.trim() === '' ? null : Number(part)));
      const [low = null, high = null] = parts;
      const isEmpty = low === null && high === null;
      const isOrdered = (low ?? Number.NEGATIVE_INFINITY) < (high ?? Number.POSITIVE_INFINITY);
      const areFinite = parts.every((part) => part === null || Number.isFinite(part));
      if (parts.length === 2 && !isEmpty && areFinite && isOrdered) return [low, high];
      throw invalid('two numbers such as 0,100, or one of them such as 0, or ,100', name, value);
    },
  };
}

/**
 * Parses a query.
 * @throws {HttpError} 400 naming a parameter that is unknown, repeated or invalid.
 */
export function parseQuery<P extends Parameters>(parameters: P, query: URLSearchParams): Values<P> {
  for (const name of new Set(query.keys())) {
    if (name === 'token') continue;
    if (!Object.hasOwn(parameters, name)) {
      throw invalid(`one of ${Object.keys(parameters).join(', ')}`, 'a parameter', name);
    }
    if (query.getAll(name).length > 1 && parameters[name]?.parseAll === undefined)
      throw invalid('one value', name, query.getAll(name).join(' '));
  }
  const values = Object.entries(parameters).map(([name, { parse, parseAll }]) => [
    name,
    parseAll === undefined ? parse(query.get(name), name) : parseAll(query.getAll(name), name),
  ]);
  return Object.fromEntries(values) as Values<P>;
}
