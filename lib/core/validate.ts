/**
 * Validates callers' options and description files. Most messages have the form "Expected X for `options.y`, received
 * Z".
 * @module
 */
import { type ByteOrder, type DType, dtypeTable, isDType } from './dtype.js';
import { FormatError } from './errors.js';
import { maxRank } from './limits.js';

/** Formats `value` briefly for a message. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) {
        const shown = value.slice(0, 8).map((item) => (typeof item === 'object' ? '…' : describeValue(item)));
        return `[${shown.join(', ')}${value.length > 8 ? ', …' : ''}]`;
      }
      return `an object of type ${value.constructor?.name ?? 'null'}`;
    default:
      return String(value);
  }
}

/** Formats a list of names for a message. */
export function listNames(names: readonly string[], limit = 30): string {
  const shown = names.slice(0, limit).map((name) => `'${name}'`);
  return shown.join(', ') + (names.length > limit ? `, … (${names.length} in all)` : '');
}

/** Error for an invalid argument, in contrast to invalid content of a file. Callers see it as a plain TypeError. */
export class OptionError extends TypeError {}

/**
 * Creates the error for an invalid value.
 * @param what noun phrase that describes valid values.
 */
export function expected(what: string, name: string, value: unknown): TypeError {
  return new OptionError(`Expected ${what} for \`${name}\`, received ${describeValue(value)}`);
}

/** Removes the frames of `callee`, and of the functions that it called, from the stack trace of `error`; returns it. */
export function withStackFrom<E extends Error>(error: E, callee: (...args: never[]) => unknown): E {
  Error.captureStackTrace(error, callee);
  return error;
}

/** A plain object whose values are not validated yet. */
export type UnknownRecord = Readonly<Record<string, unknown>>;

/** True if `value` is an object, but not an array or null. */
export function isRecord(value: unknown): value is UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Throws unless `options` is an object whose keys are all in `known`. An unknown key is probably a typo, and the result
 * would be wrong if it were ignored.
 * @throws {TypeError} naming the key.
 */
export function checkKeys(options: unknown, known: object, name = 'options'): void {
  if (!isRecord(options)) throw expected('an object', name, options);
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue;
    throw new OptionError(`Expected one of ${Object.keys(known).join(', ')}, received \`${name}.${key}\``);
  }
}

/**
 * Reads and validates values of a record. If the key is absent (undefined), each method returns its default if one is
 * given. Throws if the value is invalid.
 */
export class Fields {
  readonly #record: UnknownRecord;
  readonly #fail: (what: string, key: string, value: unknown) => Error;

  private constructor(record: UnknownRecord, fail: (what: string, key: string, value: unknown) => Error) {
    this.#record = record;
    this.#fail = fail;
  }

  /** Wraps the caller's options. Errors are TypeErrors that name `options.<key>`. */
  static ofOptions(options: object): Fields {
    return new Fields(options as UnknownRecord, (what, key, value) => expected(what, `options.${key}`, value));
  }

  /** Wraps the content of the description file at `path`. Errors are FormatErrors that name the key and the file. */
  static ofFile(content: UnknownRecord, path: string): Fields {
    return new Fields(
      content,
      (what, key, value) =>
        new FormatError(`Expected ${what} for \`${key}\`, received ${describeValue(value)}`, { path }),
    );
  }

  /**
   * Creates the error for an invalid value of `key`.
   * @param what noun phrase that describes valid values.
   */
  error(what: string, key: string): Error {
    return this.#fail(what, key, this.#value(key));
  }

  /** True if `key` is present. */
  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  /**
   * Throws if there is a key that is not in `known`.
   * @param owner subject that accepts these keys, for the message, such as `the format npy`.
   */
  onlyKnown(known: readonly string[], owner: string): void {
    for (const key of Object.keys(this.#record)) {
      if (known.includes(key) || !this.has(key)) continue;
      const others = known.length === 0 ? `${owner} takes none` : `${owner} takes ${listNames(known)}`;
      throw this.#fail(`nothing (${others})`, key, this.#value(key));
    }
  }

  /** Returns one of `choices`. */
  oneOf<T extends string>(key: string, choices: readonly T[], absent?: T): T {
    const value = this.#value(key);
    if (value === undefined && absent !== undefined) return absent;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.error(`one of ${listNames(choices)}`, key);
    return found;
  }

  dtype(key: string): DType {
    const value = this.#value(key);
    if (!isDType(value)) throw this.error(`a dtype (${dtypeTable.map(({ name }) => name).join(', ')})`, key);
    return value;
  }

  byteOrder(key: string, absent: ByteOrder): ByteOrder {
    return this.oneOf(key, ['little', 'big'], absent);
  }

  string(key: string): string {
    const value = this.#value(key);
    if (typeof value !== 'string') throw this.error('a string', key);
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#value(key);
    if (typeof value !== 'boolean') throw this.error('a boolean', key);
    return value;
  }

  /** Returns an integer from `minimum` to `maximum`; the default maximum is 2^53 - 1. */
  integer(key: string, minimum: number, absent?: number, maximum = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value(key);
    if (value === undefined && absent !== undefined) return absent;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      const isBounded = maximum < Number.MAX_SAFE_INTEGER;
      throw this.error(
        isBounded ? `an integer from ${minimum} to ${maximum}` : `an integer of at least ${minimum}`,
        key,
      );
    }
    return value;
  }

  /**
   * Returns a list of integers of at least `minimum`: exactly `rank` integers if `rank` is given, otherwise at most
   * {@link maxRank}.
   */
  shape(key: string, minimum: number, rank?: number): readonly number[] {
    const value = this.#value(key);
    const fits = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= minimum;
    const count = rank === undefined ? `at most ${maxRank}` : String(rank);
    if (!Array.isArray(value) || value.length > maxRank || (rank !== undefined && value.length !== rank)) {
      throw this.error(`a list of ${count} integers of at least ${minimum}`, key);
    }
    const list: readonly unknown[] = value;
    if (!list.every(fits)) throw this.error(`a list of ${count} integers of at least ${minimum}`, key);
    return [...list];
  }

  /** Returns one name or null per dimension; null if the key is absent or its value is null. */
  dimensionNames(key: string, rank: number): readonly (string | null)[] | null {
    const value = this.#value(key);
    if (value === undefined || value === null) return null;
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    const fits = (name: unknown): name is string | null => name === null || typeof name === 'string';
    if (!Array.isArray(value) || list.length !== rank || !list.every(fits)) {
      throw this.error(`a list of ${rank} names or nulls`, key);
    }
    return [...list];
  }

  /** Returns an object; an empty one if the key is absent. */
  record(key: string): UnknownRecord {
    const value = this.#value(key);
    if (value === undefined) return {};
    if (!isRecord(value)) throw this.error('an object', key);
    return value;
  }

  /** Returns the value without validation. */
  raw(key: string): unknown {
    return this.#value(key);
  }

  #value(key: string): unknown {
    return Object.hasOwn(this.#record, key) ? this.#record[key] : undefined;
  }
}
