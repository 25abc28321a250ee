/**
 * The templates of reference files of version 1: a small part of Jinja2, which is all that kerchunk writes: `{{ name }}`, whole-number
 * arithmetic, and calls of templates with keyword arguments.
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { evaluate, type Value } from './expression.js';

/** What a name stands for while a text is rendered. */
export type Variables = ReadonlyMap<string, Value>;

/** Templates that call each other at most. */
const maxDepth = 16;
/** Characters of what is rendered at most: templates that double each other stop here. */
const maxLength = 65536;

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

  #evaluate(source: string, variables: Variables, depth: number): Value {
    const called = (name: string, given: Variables): string => this.render(this.#template(name), given, depth + 1);
    return evaluate(source, {
      valueOf: (name) => variables.get(name) ?? called(name, variables),
      call: called,
      refusal: () => this.#unsupported(source),
    });
  }

  #template(name: string): string {
    const template = this.#templates.get(name);
    if (template === undefined)
      throw new FormatError(`Expected a template '${name}', found none`, { path: this.#path });
    return template;
  }
}
