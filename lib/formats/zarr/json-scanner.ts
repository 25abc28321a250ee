/**
 * Splits a JSON text into tokens, in time linear in the length of the text.
 * @module
 */
import { FormatError } from '../../core/errors.js';

/** Maximum length of an integer that is kept exactly. Longer integers become the nearest double. */
const maxExactDigits = 40;

const spacePattern = /[ \t\n\r]*/y;
const digitsPattern = /[0-9]*/y;

const literals: readonly (readonly [string, null | boolean | number])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

const quote = 0x22;
const backslash = 0x5c;
const firstPrintable = 0x20;

/** Reads tokens from a text. */
export class JsonScanner {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  /** Index of the next character. */
  get position(): number {
    return this.#at;
  }

  /** The next character, or undefined at the end. */
  peek(): string | undefined {
    return this.#text[this.#at];
  }

  skipSpace(): void {
    this.#skip(spacePattern);
  }

  /** Skips the opening bracket. If `close` follows immediately, skips it as well and returns true. */
  opens(close: ']' | '}'): boolean {
    this.#at += 1;
    this.skipSpace();
    if (this.peek() !== close) return false;
    this.#at += 1;
    return true;
  }

  /** Skips a comma and returns true, or skips `close` and returns false. */
  continues(close: ']' | '}'): boolean {
    this.skipSpace();
    const c = this.peek();
    if (c !== ',' && c !== close) this.fail(`',' or '${close}'`);
    this.#at += 1;
    return c === ',';
  }

  /** Reads an object key and the colon after it. */
  key(): string {
    this.skipSpace();
    if (this.peek() !== '"') this.fail('a string as key');
    const key = this.#string();
    this.skipSpace();
    if (this.peek() !== ':') this.fail("':'");
    this.#at += 1;
    return key;
  }

  /** Reads a string, a number or a literal. */
  scalar(): null | boolean | number | bigint | string {
    if (this.peek() === '"') return this.#string();
    for (const [word, value] of literals) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  /** Checks that only white space follows. @throws {FormatError} if there is something else. */
  end(): void {
    this.skipSpace();
    if (this.#at < this.#text.length) this.fail('the end of the JSON document');
  }

  /**
   * Throws an error at the current position. @throws {FormatError} with the offset in bytes, and the text found there.
   */
  fail(expected: string): never {
    const offset = new TextEncoder().encode(this.#text.slice(0, this.#at)).length;
    const found = this.#at < this.#text.length ? `'${this.#text.slice(this.#at, this.#at + 20)}'` : 'the end';
    throw new FormatError(`Expected ${expected}, found ${found}`, { path: this.#path, offset });
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [run] = pattern.exec(this.#text) ?? [''];
    this.#at += run.length;
    return run;
  }

  #number(): number | bigint {
    const start = this.#at;
    if (this.peek() === '-') this.#at += 1;
    if (this.peek() === '0') this.#at += 1;
    else if (this.#skip(digitsPattern) === '') {
      this.#at = start;
      this.fail('a JSON value');
    }
    const isInteger = !this.#fraction() && !this.#exponent();
    if (!isInteger) this.#exponent();
    const digits = this.#text.slice(start, this.#at);
    const value = Number(digits);
    const isExact = isInteger && digits.length <= maxExactDigits;
    return isExact && !Number.isSafeInteger(value) ? BigInt(digits) : value;
  }

  /** Skips a decimal point and digits, if both are present. */
  #fraction(): boolean {
    const start = this.#at;
    if (this.peek() !== '.') return false;
    this.#at += 1;
    if (this.#skip(digitsPattern) !== '') return true;
    this.#at = start;
    return false;
  }

  /** Skips an exponent, if there is one. */
  #exponent(): boolean {
    const start = this.#at;
    const c = this.peek();
    if (c !== 'e' && c !== 'E') return false;
    this.#at += 1;
    const sign = this.peek();
    if (sign === '+' || sign === '-') this.#at += 1;
    if (this.#skip(digitsPattern) !== '') return true;
    this.#at = start;
    return false;
  }

  /** Reads a string. Finds its end before it decodes escapes, so that the time is linear in the length. */
  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let hasEscapes = false;
    let at = start + 1;
    for (; ; at += 1) {
      const c = text.charCodeAt(at);
      if (c === quote) break;
      if (c === backslash) {
        hasEscapes = true;
        at += 1;
      } else if (!(c >= firstPrintable)) {
        this.#at = at;
        this.fail('the end of a string');
      }
    }
    this.#at = at + 1;
    if (!hasEscapes) return text.slice(start + 1, at);
    try {
      return JSON.parse(text.slice(start, at + 1)) as string;
    } catch {
      this.#at = this.#badEscape(start, at);
      return this.fail('an escape sequence');
    }
  }

  /** Returns the position of the first invalid escape sequence in the string from `start` to `end`. */
  #badEscape(start: number, end: number): number {
    const known = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
    for (let at = this.#text.indexOf('\\', start); at >= 0 && at < end; at = this.#text.indexOf('\\', at)) {
      known.lastIndex = at;
      const [sequence] = known.exec(this.#text) ?? [];
      if (sequence === undefined) return at;
      at += sequence.length;
    }
    return start;
  }
}
