/**
 * The templates of reference files of version 1: a small part of Jinja2, which is all that kerchunk writes: `{{ name }}`, whole-number
 * arithmetic, and calls of templates with keyword arguments.
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';

/** What a name stands for while a text is rendered. */
export type Variables = ReadonlyMap<string, string | number>;

/** Templates that call each other at most. */
const maxDepth = 16;
/** Characters of what is rendered at most: templates that double each other stop here. */
const maxLength = 65536;

const tokenPattern = /\s*(?:(\d+)|([A-Za-z_]\w*)|'([^'\\]*)'|"([^"\\]*)"|(\/\/|[-+*%(),=]))/y;

type Token =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' | 'text' | 'sign'; readonly value: string };

/** Renders the texts of one file. */
export class Templates {
  readonly #templates: ReadonlyMap<string, string>;
  readonly #path: string;

  constructor(templates: ReadonlyMap<string, string>, path: string) {
    this.#templates = templates;
    this.#path = path;
  }

  /**
   * `text` with its expressions replaced.
   * @throws {FormatError} for a name that is not known. @throws {UnsupportedError} for what is more than the part that is read.
   */
  render(text: string, variables: Variables, depth = 0): string {
    if (depth > maxDepth) throw new FormatError('Expected templates that end, found a cycle', { path: this.#path });
    let result = '';
    let end = 0;
    for (const match of text.matchAll(/\{\{(.*?)\}\}/gs)) {
      result += text.slice(end, match.index) + String(this.#evaluate(match[1] ?? '', variables, depth));
      end = match.index + match[0].length;
      if (result.length > maxLength)
        throw new FormatError(`Expected a text of at most ${maxLength} characters`, { path: this.#path });
    }
    const rest = text.slice(end);
    if (/\{[{%#]/.test(rest)) throw this.#unsupported(text);
    return result + rest;
  }

  /** The whole number that `value` is, or renders to. */
  number(value: unknown, variables: Variables): number {
    const rendered = typeof value === 'string' ? Number(this.render(value, variables)) : value;
    if (typeof rendered === 'number' && Number.isSafeInteger(rendered) && rendered >= 0) return rendered;
    throw new FormatError(`Expected a whole number, found ${String(value)}`, { path: this.#path });
  }

  #unsupported(text: string): UnsupportedError {
    return new UnsupportedError(`the template '${text.slice(0, 60)}'`, this.#path);
  }

  #evaluate(source: string, variables: Variables, depth: number): string | number {
    const tokens: Token[] = [];
    const text = source.trim();
    tokenPattern.lastIndex = 0;
    while (tokenPattern.lastIndex < text.length) {
      const match = tokenPattern.exec(text);
      if (match === null) throw this.#unsupported(source);
      const [, digits, name, single, double, sign] = match;
      if (digits !== undefined) tokens.push({ kind: 'number', value: Number(digits) });
      else if (name !== undefined) tokens.push({ kind: 'name', value: name });
      else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
      else tokens.push({ kind: 'text', value: single ?? double ?? '' });
    }
    if (tokens.length > 100) throw this.#unsupported(source);
    let at = 0;
    const takes = (sign: string): boolean => {
      const token = tokens[at];
      if (token?.kind !== 'sign' || token.value !== sign) return false;
      at += 1;
      return true;
    };
    const integer = (value: string | number): number => {
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      throw this.#unsupported(source);
    };
    const call = (name: string): string | number => {
      const inner = new Map<string, string | number>();
      while (!takes(')')) {
        const key = tokens[at++];
        if (key?.kind !== 'name' || !takes('=')) throw this.#unsupported(source);
        inner.set(key.value, sum());
        if (!takes(',') && tokens[at]?.value !== ')') throw this.#unsupported(source);
      }
      return this.render(this.#template(name), inner, depth + 1);
    };
    const factor = (): string | number => {
      if (takes('-')) return -integer(factor());
      if (takes('(')) {
        const value = sum();
        if (!takes(')')) throw this.#unsupported(source);
        return value;
      }
      const token = tokens[at++];
      if (token === undefined || token.kind === 'sign') throw this.#unsupported(source);
      if (token.kind !== 'name') return token.value;
      if (takes('(')) return call(token.value);
      return variables.get(token.value) ?? this.render(this.#template(token.value), variables, depth + 1);
    };
    const product = (): string | number => {
      let value = factor();
      for (;;) {
        if (takes('*')) value = integer(value) * integer(factor());
        else if (takes('//')) value = Math.floor(integer(value) / integer(factor()));
        else if (takes('%')) {
          const divisor = integer(factor());
          value = ((integer(value) % divisor) + divisor) % divisor;
        } else return value;
      }
    };
    const sum = (): string | number => {
      let value = product();
      for (;;) {
        if (takes('+')) value = integer(value) + integer(product());
        else if (takes('-')) value = integer(value) - integer(product());
        else return value;
      }
    };
    const value = sum();
    if (at < tokens.length) throw this.#unsupported(source);
    return value;
  }

  #template(name: string): string {
    const template = this.#templates.get(name);
    if (template === undefined)
      throw new FormatError(`Expected a template '${name}', found none`, { path: this.#path });
    return template;
  }
}
