/**
 * The references that the rules of a file make. A rule is expanded when a key that it may make is looked for.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import type { FileReference, PlacedFile } from './file-reference.js';
import { mayMatch, type Rule, variablesAt } from './rule.js';
import type { Templates } from './template.js';

/** References that the rules of one file may make. */
export const maxGenerated = 2 ** 20;
/** Characters that the keys and file names of generated references may have. */
const maxCharacters = 2 ** 26;
/** Steps of work that rendering the generated references of one file may take: seconds of processor time. */
const maxSteps = 2 ** 24;

/** Makes file references of rendered urls; both throw for what is none. */
export interface FileNames {
  fileOf(url: string): string;
  partOf(file: string, offset: number, length: number | null): FileReference;
}

/** A generated reference, and its place among all that the rules make: of equal keys the last one counts. */
interface Generated extends PlacedFile {
  readonly order: number;
}

/** The rules of one file and what has been expanded of them. */
export class GeneratedReferences {
  /** Rules that have not been expanded, each with the place of its first reference. */
  readonly #waiting = new Map<Rule, number>();
  readonly #templates: Templates;
  readonly #names: FileNames;
  readonly #path: string;
  readonly #references = new Map<string, Generated>();
  #characters = 0;
  #steps = 0;

  /** @throws {UnsupportedError} when the rules make more than {@link maxGenerated} references. */
  constructor(rules: readonly Rule[], templates: Templates, names: FileNames, path: string) {
    this.#templates = templates;
    this.#names = names;
    this.#path = path;
    let count = 0;
    for (const rule of rules) {
      this.#waiting.set(rule, count);
      count += rule.count;
    }
    if (count > maxGenerated) {
      throw new UnsupportedError(`${count} generated kerchunk references (more than ${maxGenerated})`, path);
    }
  }

  /**
   * Expands all rules that may make keys that start with `prefix`.
   * @throws {FormatError} for templates that do not make references. @throws {UnsupportedError} beyond the limits.
   */
  *expand(prefix: string): Io<void> {
    const pace = new Pace(this.#path);
    for (const [rule, first] of [...this.#waiting]) {
      if (pace.isDue()) yield* pace.pause();
      if (!mayMatch(rule, prefix)) continue;
      // Another read may run at each pause: a rule counts as expanded when all of its references are in the map.
      for (let n = 0; n < rule.count; n += 1) {
        this.#add(rule, n, first + n);
        if (pace.isDue(this.#spent())) yield* pace.pause();
      }
      this.#waiting.delete(rule);
    }
  }

  /** The reference under `key`, or null. Its rule must have been expanded. */
  get(key: string): FileReference | null {
    const found = this.#references.get(key);
    return found === undefined ? null : { kind: 'file', ...found };
  }

  /** Steps of work of the last reference. */
  #spent(): number {
    const steps = this.#templates.takeSteps();
    this.#steps += steps;
    if (this.#steps > maxSteps) {
      throw new UnsupportedError(`kerchunk rules that take more than ${maxSteps} steps to expand`, this.#path);
    }
    return steps;
  }

  #add(rule: Rule, n: number, order: number): void {
    const variables = variablesAt(rule, n);
    const key = this.#templates.render(rule.key, variables);
    const known = this.#references.get(key);
    if (known !== undefined && known.order > order) return;
    const file = this.#names.fileOf(this.#templates.render(rule.url, variables));
    const offset = rule.part === null ? 0 : this.#templates.number(rule.part.offset, variables);
    const length = rule.part === null ? null : this.#templates.number(rule.part.length, variables);
    const placed = this.#names.partOf(file, offset, length);
    if (known === undefined) {
      this.#characters += key.length + file.length;
      if (this.#characters > maxCharacters) {
        throw new UnsupportedError(
          `generated kerchunk references of more than ${maxCharacters} characters`,
          this.#path,
        );
      }
    }
    this.#references.set(key, { file: placed.file, offset: placed.offset, length: placed.length, order });
  }
}
