/**
 * Parses the subset of Python literals that `.npy` headers use: dict, tuple, list, string, integer, True, False and
 * None. Evaluates no expressions. Numbers may have the suffix `L` of Python 2; strings may have the prefixes u and b.
 * @module
 */

/** A Python value. Tuples and lists are both `list`. Dicts keep the order of their entries. */
export type PythonValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'none' }
  | { readonly type: 'list'; readonly items: readonly PythonValue[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [string, PythonValue])[] };

/** A syntax error and its position in characters. */
export class LiteralError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const maxDepth = 32;
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
};

/**
 * Parses `text`, which must be one literal. White space around it is ignored.
 * @throws {LiteralError} if it is not a literal.
 */
export function parsePythonLiteral(text: string): PythonValue {
  // Removes padding first, because headers may end with a lot of it.
  const parser = new Parser(text.trimEnd());
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): PythonValue {
    if (depth > maxDepth) throw this.#error(`at most ${maxDepth} levels`);
    const first = this.#peek();
    if (first === '{') return this.#dict(depth);
    if (first === '(') return this.#sequence(')', depth);
    if (first === '[') return this.#sequence(']', depth);
    if (first === '-' || first === '+' || isDigit(first)) return this.#integer();
    const prefixed = 'uUbB'.includes(first) && '\'"'.includes(this.#text.charAt(this.#at + 1) || ' ');
    if (prefixed) this.#at += 1;
    if (prefixed || first === "'" || first === '"') return { type: 'string', value: this.#string() };
    return this.#word();
  }

  end(): void {
    if (this.#peek() !== '') throw this.#error('nothing after the literal');
  }

  /** Returns the next character that is not white space; '' at the end. */
  #peek(): string {
    while (' \t\r\n\f\v'.includes(this.#text.charAt(this.#at) || 'x')) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #error(what: string): LiteralError {
    const found = this.#text.charAt(this.#at);
    return new LiteralError(`Expected ${what}, found ${found === '' ? 'the end' : JSON.stringify(found)}`, this.#at);
  }

  /** Consumes the next character. Throws unless it is `character`. */
  #take(character: string): void {
    if (this.#peek() !== character) throw this.#error(JSON.stringify(character));
    this.#at += 1;
  }

  #dict(depth: number): PythonValue {
    const entries: [string, PythonValue][] = [];
    this.#take('{');
    while (this.#peek() !== '}') {
      const key = this.value(depth + 1);
      if (key.type !== 'string') throw this.#error('a string as the key before');
      this.#take(':');
      entries.push([key.value, this.value(depth + 1)]);
      if (this.#peek() !== '}') this.#take(',');
    }
    this.#take('}');
    return { type: 'dict', entries };
  }

  #sequence(close: string, depth: number): PythonValue {
    const items: PythonValue[] = [];
    let commas = 0;
    this.#at += 1;
    while (this.#peek() !== close) {
      items.push(this.value(depth + 1));
      if (this.#peek() === close) break;
      this.#take(',');
      commas += 1;
    }
    this.#take(close);
    // (3) is a number in parentheses. A tuple of one element is written as (3,).
    const [only] = items;
    if (close === ')' && items.length === 1 && commas === 0 && only !== undefined) return only;
    return { type: 'list', items };
  }

  #integer(): PythonValue {
    const match = /[-+]?\d+/y;
    match.lastIndex = this.#at;
    const digits = match.exec(this.#text)?.[0];
    if (digits === undefined) throw this.#error('an integer');
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) throw this.#error('an integer below 2^53');
    this.#at += digits.length;
    if ('lL'.includes(this.#text.charAt(this.#at) || ' ')) this.#at += 1;
    if (/[\w.]/.test(this.#text.charAt(this.#at))) throw this.#error('the end of an integer');
    return { type: 'integer', value };
  }

  #string(): string {
    const quote = this.#text.charAt(this.#at);
    this.#at += 1;
    let value = '';
    for (;;) {
      const character = this.#text.charAt(this.#at);
      if (character === '' || character === '\n') throw this.#error('the end of a string');
      this.#at += 1;
      if (character === quote) return value;
      value += character === '\\' ? this.#escape() : character;
    }
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at);
    const digits = { x: 2, u: 4, U: 8 }[letter];
    if (digits === undefined) {
      const meaning = escapes[letter];
      if (meaning === undefined) throw this.#error('an escape');
      this.#at += 1;
      return meaning;
    }
    const hex = this.#text.slice(this.#at + 1, this.#at + 1 + digits);
    const code = Number.parseInt(hex, 16);
    if (!/^[\dA-Fa-f]+$/.test(hex) || hex.length < digits || code > 0x10ffff) throw this.#error(`${digits} hex digits`);
    this.#at += 1 + digits;
    return String.fromCodePoint(code);
  }

  #word(): PythonValue {
    const match = /\w+/y;
    match.lastIndex = this.#at;
    const word = match.exec(this.#text)?.[0] ?? '';
    if (word !== 'True' && word !== 'False' && word !== 'None') throw this.#error('a Python literal');
    this.#at += word.length;
    return word === 'None' ? { type: 'none' } : { type: 'boolean', value: word === 'True' };
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
