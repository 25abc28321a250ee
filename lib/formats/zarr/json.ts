/**
 * JSON documents without loss: integers beyond 2^53 become bigints, and the literals NaN, Infinity and -Infinity, which
 * Python writes into attributes, are read. Otherwise strict (RFC 8259). Of equal keys of an object the last counts.
 * @module
 */
import { FormatError } from '../../core/errors.js';

/** A value of a JSON document. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

/** An object of a JSON document. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Arrays and objects inside each other at most. */
const maxDepth = 256;
/** Digits of an integer that is kept exactly; a longer one becomes the nearest double. */
const maxExactDigits = 40;

/**
 * The value of the document `bytes` (UTF-8), which came from `path`.
 * @throws {FormatError} naming the byte at which it stops being JSON.
 */
export function parseJson(bytes: Uint8Array, path: string): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError('Expected a JSON document in UTF-8', { path }, { cause });
  }
  const parser = new Parser(text, path);
  return parser.document();
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** A run of a string without quotes, escapes and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a JSON string must not hold
const plainPattern = /[^"\\\u0000-\u001f]*/y;
const spacePattern = /[ \t\n\r]*/y;

const literals: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Parser {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  document(): Json {
    const value = this.#value(0);
    this.#skip(spacePattern);
    if (this.#at < this.#text.length) this.#fail('the end of the JSON document');
    return value;
  }

  #value(depth: number): Json {
    if (depth > maxDepth) this.#fail(`at most ${maxDepth} arrays and objects inside each other`);
    this.#skip(spacePattern);
    const c = this.#text[this.#at];
    if (c === '"') return this.#string();
    if (c === '{') return this.#object(depth);
    if (c === '[') return this.#array(depth);
    for (const [word, value] of literals) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #number(): number | bigint {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) this.#fail('a JSON value');
    const [digits, fraction, exponent] = match;
    this.#at += digits.length;
    const value = Number(digits);
    const exact = fraction === undefined && exponent === undefined && digits.length <= maxExactDigits;
    return exact && !Number.isSafeInteger(value) ? BigInt(digits) : value;
  }

  #string(): string {
    this.#at += 1;
    let value = '';
    for (;;) {
      value += this.#skip(plainPattern);
      const c = this.#text[this.#at];
      if (c === '"') {
        this.#at += 1;
        return value;
      }
      if (c !== '\\') this.#fail('the end of a string');
      value += this.#escape();
    }
  }

  #escape(): string {
    const c = this.#text[this.#at + 1] ?? '';
    const plain = escapes.get(c);
    if (plain !== undefined) {
      this.#at += 2;
      return plain;
    }
    const hex = this.#text.slice(this.#at + 2, this.#at + 6);
    if (c !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex)) this.#fail('an escape sequence');
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #array(depth: number): readonly Json[] {
    const values: Json[] = [];
    if (this.#opens(']')) return values;
    do values.push(this.#value(depth + 1));
    while (this.#continues(']'));
    return values;
  }

  #object(depth: number): JsonObject {
    const entries: [string, Json][] = [];
    if (!this.#opens('}')) {
      do {
        this.#skip(spacePattern);
        if (this.#text[this.#at] !== '"') this.#fail('a string as key');
        const key = this.#string();
        this.#skip(spacePattern);
        if (this.#text[this.#at] !== ':') this.#fail("':'");
        this.#at += 1;
        entries.push([key, this.#value(depth + 1)]);
      } while (this.#continues('}'));
    }
    // Unlike an assignment this makes an own property of a key like `__proto__`.
    return Object.fromEntries(entries);
  }

  /** Steps over the opening bracket, and over `close` if it follows at once. */
  #opens(close: string): boolean {
    this.#at += 1;
    this.#skip(spacePattern);
    if (this.#text[this.#at] !== close) return false;
    this.#at += 1;
    return true;
  }

  /** Steps over a comma (true) or `close` (false). */
  #continues(close: string): boolean {
    this.#skip(spacePattern);
    const c = this.#text[this.#at];
    if (c !== ',' && c !== close) this.#fail(`',' or '${close}'`);
    this.#at += 1;
    return c === ',';
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [run] = pattern.exec(this.#text) ?? [''];
    this.#at += run.length;
    return run;
  }

  #fail(expected: string): never {
    const offset = new TextEncoder().encode(this.#text.slice(0, this.#at)).length;
    const found = this.#at < this.#text.length ? `'${this.#text.slice(this.#at, this.#at + 20)}'` : 'the end';
    throw new FormatError(`Expected ${expected}, found ${found}`, { path: this.#path, offset });
  }
}
