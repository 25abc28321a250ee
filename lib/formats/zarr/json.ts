/**
 * Parses JSON. Integers beyond 2^53 become bigints, so that they are exact; integers of more than 40 characters become
 * the nearest double. Accepts the literals NaN, Infinity and -Infinity, which Python writes into attributes. Is
 * otherwise strict (RFC 8259). If an object repeats a key, the last value is used.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import { JsonScanner } from './json-scanner.js';

/** A value of a JSON document. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

/** An object of a JSON document. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Maximum nesting depth of arrays and objects. */
const maxDepth = 256;
/** Maximum number of values in one document. Values take far more memory than text. */
export const maxJsonValues = 2 ** 23;
/** Number of values parsed before the event loop may run. */
const valuesPerPause = 1024;

/**
 * Parses the UTF-8 document `bytes`. Errors name `path`.
 * @throws {FormatError} with the byte offset of the first invalid token, or the limit that the document exceeds.
 */
export function* readJson(bytes: Uint8Array, path: string): Io<Json> {
  const parser = new Parser(decodeText(bytes, path), path);
  const pace = new Pace(path);
  while (!parser.advance(valuesPerPause)) {
    if (pace.isDue(valuesPerPause)) yield* pace.pause();
  }
  return parser.result;
}

/** Works like {@link readJson}, but without pauses. For tests and short texts. */
export function parseJson(bytes: Uint8Array, path: string): Json {
  const parser = new Parser(decodeText(bytes, path), path);
  parser.advance(maxJsonValues + 1);
  return parser.result;
}

function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError('Expected a JSON document in UTF-8', { path }, { cause });
  }
}

/** An array or object that is still being parsed. */
type OpenValue =
  | { readonly close: ']'; readonly values: Json[] }
  | { readonly close: '}'; readonly values: Record<string, Json>; key: string };

/** Parses a few values at a time, without recursion. */
class Parser {
  readonly #scanner: JsonScanner;
  readonly #open: OpenValue[] = [];
  #values = 0;
  #result: Json | undefined;

  constructor(text: string, path: string) {
    this.#scanner = new JsonScanner(text, path);
  }

  /** Value of the document. */
  get result(): Json {
    return this.#result ?? null;
  }

  /** Parses up to `count` values. Returns true at the end of the document. */
  advance(count: number): boolean {
    for (let left = count; left > 0; left -= 1) {
      if (this.#parseValue()) return true;
    }
    return false;
  }

  /** Parses a scalar or the start of an array or object. Returns true at the end of the document. */
  #parseValue(): boolean {
    const scanner = this.#scanner;
    if (this.#open.length > maxDepth) scanner.fail(`at most ${maxDepth} nested arrays and objects`);
    this.#values += 1;
    if (this.#values > maxJsonValues) scanner.fail(`at most ${maxJsonValues} values in a JSON document`);
    scanner.skipSpace();
    const c = scanner.peek();
    if (c === '{') {
      const values: Record<string, Json> = {};
      if (scanner.opens('}')) return this.#complete(values);
      this.#open.push({ close: '}', values, key: scanner.key() });
      return false;
    }
    if (c === '[') {
      const values: Json[] = [];
      if (scanner.opens(']')) return this.#complete(values);
      this.#open.push({ close: ']', values });
      return false;
    }
    return this.#complete(scanner.scalar());
  }

  /** Adds a complete value to its parent, and closes every parent that ends after it. */
  #complete(complete: Json): boolean {
    let value = complete;
    for (;;) {
      const open = this.#open.at(-1);
      if (open === undefined) {
        this.#result = value;
        this.#scanner.end();
        return true;
      }
      if (open.close === ']') open.values.push(value);
      else setOwn(open.values, open.key, value);
      if (this.#scanner.continues(open.close)) {
        if (open.close === '}') open.key = this.#scanner.key();
        return false;
      }
      this.#open.pop();
      value = open.values;
    }
  }
}

/** Sets an own property, even if objects inherit a property with this key, such as `__proto__`. */
function setOwn(object: Record<string, Json>, key: string, value: Json): void {
  if (key in Object.prototype) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
