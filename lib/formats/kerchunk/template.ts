/**
 * Renders the templates of version 1 reference files. They use the small part of Jinja2 that kerchunk writes:
 * `{{ name }}`, integer arithmetic, and calls of templates with keyword arguments.
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { type Expression, evaluate, parseExpression, type Scope, type Value } from './expression.js';

/** Values of the template variables, by name. */
export type Variables = ReadonlyMap<string, Value>;

/** A parsed text: literals and the expressions between them. */
export type Text = readonly (string | Computed)[];

interface Computed {
  readonly source: string;
  readonly expression: Expression;
}

/** Maximum depth of template calls. */
const maxDepth = 16;
/** Maximum length of a text before and after rendering, in characters. */
const maxLength = 65536;
/** Maximum number of template calls per text. Repeated calls count once. */
const maxCalls = 1024;
/** Maximum number of characters produced per text, including all template calls. */
const maxProduced = 2 ** 20;
/** Number of parsed or rendered characters that count as one step. */
const charactersPerStep = 64;
/** Number of source characters of an evaluated expression that count as one step. They contain about one operation. */
const sourcePerStep = 8;

/** An empty set of variables. */
export const noVariables: Variables = new Map();

/** Renders the texts of one file. */
export class Templates {
  readonly #templates: ReadonlyMap<string, string>;
  readonly #path: string;
  readonly #parsed = new Map<string, Text>();
  #steps = 0;

  constructor(templates: ReadonlyMap<string, string>, path: string) {
    this.#templates = templates;
    this.#path = path;
  }

  /** Returns the number of steps since the last call of this method, for the caller's pace and limits. */
  takeSteps(): number {
    const steps = Math.ceil(this.#steps);
    this.#steps = 0;
    return steps;
  }

  /**
   * Parses a text.
   * @throws {UnsupportedError} if it uses a part of Jinja2 that kerchunk does not write. @throws {FormatError} if it is
   * too long.
   */
  parse(text: string): Text {
    this.#steps += 1 + text.length / charactersPerStep;
    if (text.length > maxLength) throw this.#tooLong();
    const parts: (string | Computed)[] = [];
    let end = 0;
    for (;;) {
      const open = text.indexOf('{{', end);
      const close = open < 0 ? -1 : text.indexOf('}}', open + 2);
      const literal = text.slice(end, close < 0 ? text.length : open);
      if (/\{[{%#]/.test(literal)) throw this.#unsupported(text);
      if (literal !== '') parts.push(literal);
      if (close < 0) return parts;
      const source = text.slice(open + 2, close);
      parts.push({ source, expression: parseExpression(source, () => this.#unsupported(source)) });
      end = close + 2;
    }
  }

  /**
   * Replaces the expressions in `text`. The work is bounded, even if templates call each other many times.
   * @throws {FormatError} if a name is unknown, a text becomes too long, or `text` calls too many templates.
   * @throws {UnsupportedError} if `text` uses a part of Jinja2 that kerchunk does not write (see the top of this file).
   */
  render(text: string | Text, variables: Variables = noVariables): string {
    return new Rendering(this, this.#path).render(typeof text === 'string' ? this.parse(text) : text, variables);
  }

  /** Returns `value` as an integer of at least 0. Renders it first if it is a text. */
  number(value: number | Text, variables: Variables): number {
    const rendered = typeof value === 'number' ? value : Number(this.render(value, variables));
    if (Number.isSafeInteger(rendered) && rendered >= 0) return rendered;
    throw new FormatError(`Expected an integer, found ${rendered}`, { path: this.#path });
  }

  /** Returns the parsed template `name`. Parses each template once. */
  template(name: string): Text {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const template = this.#templates.get(name);
    if (template === undefined) {
      throw new FormatError(`Expected a template '${name.slice(0, 60)}', found none`, { path: this.#path });
    }
    const parsed = this.parse(template);
    this.#parsed.set(name, parsed);
    return parsed;
  }

  /** Adds the cost of one rendered text to the step counter. */
  spend(evaluated: number, produced: number): void {
    this.#steps += 1 + evaluated + produced / charactersPerStep;
  }

  #tooLong(): FormatError {
    return new FormatError(`Expected a text of at most ${maxLength} characters`, { path: this.#path });
  }

  #unsupported(text: string): UnsupportedError {
    return new UnsupportedError(`the template '${text.slice(0, 60)}'`, this.#path);
  }
}

/** Renders one text within its limits. Caches call results, so that equal calls are rendered once. */
class Rendering {
  readonly #templates: Templates;
  readonly #path: string;
  readonly #values = new Map<string, string>();
  #calls = 0;
  #produced = 0;
  #evaluated = 0;

  constructor(templates: Templates, path: string) {
    this.#templates = templates;
    this.#path = path;
  }

  render(text: Text, variables: Variables): string {
    try {
      return this.#render(text, variables, '', 0);
    } finally {
      this.#templates.spend(this.#evaluated, this.#produced);
    }
  }

  /**
   * Renders a parsed text with values of its variables.
   * @param scope identifies this set of values in the cache of calls.
   */
  #render(text: Text, variables: Variables, scope: string, depth: number): string {
    if (depth > maxDepth) throw this.#fail('templates without cycles');
    let source = '';
    const unsupported = (): UnsupportedError =>
      new UnsupportedError(`the template '${source.slice(0, 60)}'`, this.#path);
    const names: Scope = {
      valueOf: (name) => variables.get(name) ?? this.#call(name, variables, scope, depth),
      call: (name, given) => this.#call(name, given, scopeOf(given), depth),
    };
    let result = '';
    for (const part of text) {
      let piece: string;
      if (typeof part === 'string') {
        piece = part;
      } else {
        source = part.source;
        this.#evaluated += 1 + source.length / sourcePerStep;
        piece = String(evaluate(part.expression, names, unsupported));
      }
      result += piece;
      this.#produced += piece.length;
      if (result.length > maxLength) throw this.#fail(`a text of at most ${maxLength} characters`);
      if (this.#produced > maxProduced) {
        throw this.#fail(`templates that produce at most ${maxProduced} characters for one text`);
      }
    }
    return result;
  }

  #call(name: string, variables: Variables, scope: string, depth: number): string {
    const key = `${name}(${scope})`;
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    this.#calls += 1;
    this.#produced += key.length;
    if (this.#calls > maxCalls) throw this.#fail(`a text that calls at most ${maxCalls} templates`);
    const value = this.#render(this.#templates.template(name), variables, scope, depth + 1);
    this.#values.set(key, value);
    return value;
  }

  #fail(expected: string): FormatError {
    return new FormatError(`Expected ${expected}`, { path: this.#path });
  }
}

function scopeOf(given: Variables): string {
  return JSON.stringify([...given].sort(([a], [b]) => (a < b ? -1 : 1)));
}
