/**
 * Generates references from the rules of a file. A rule is expanded when a read locates chunks of an array whose keys
 * the rule may generate.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import type { FileReference, PlacedFile } from './file-reference.js';
import { mayMatch, type Rule, variablesAt } from './rule.js';
import type { Templates } from './template.js';

/** Maximum number of references that the rules of one file may generate. */
export const maxGenerated = 2 ** 20;
/** Maximum total length of the keys and file names of generated references, in characters. */
const maxCharacters = 2 ** 26;
/** Maximum number of steps to generate the references of one file. This many steps take seconds of CPU time. */
const maxSteps = 2 ** 24;

/** Creates file references from rendered URLs. Both functions throw if the URL or the range is invalid. */
export interface FileNames {
  fileOf(url: string): string;
  partOf(file: string, offset: number, length: number | null): FileReference;
}

/**
 * A generated reference, and its position among all generated references. If a key repeats, the last reference is used.
 */
interface Generated extends PlacedFile {
  readonly order: number;
}

/** Rules of one file, and the references that were generated from them so far. */
export class GeneratedReferences {
  /** Rules that are not expanded yet, each with the `order` of its first reference. */
  readonly #waiting = new Map<Rule, number>();
  readonly #templates: Templates;
  readonly #names: FileNames;
  readonly #path: string;
  readonly #references = new Map<string, Generated>();
  #characters = 0;
  #steps = 0;

  /**
   * Keeps the rules without expanding them.
   * @throws {UnsupportedError} if the rules generate more than {@link maxGenerated} references.
   */
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
   * Expands all rules that may generate keys that start with `prefix`.
   * @throws {FormatError} if a template does not render to a reference.
   * @throws {UnsupportedError} if a limit is exceeded.
   */
  *expand(prefix: string): Io<void> {
    const pace = new Pace(this.#path);
    for (const [rule, first] of [...this.#waiting]) {
      if (pace.isDue()) yield* pace.pause();
      if (!mayMatch(rule, prefix)) continue;
      // Another read may run at each pause, so a rule counts as expanded only after all its references are in the map.
      for (let n = 0; n < rule.count; n += 1) {
        this.#add(rule, n, first + n);
        if (pace.isDue(this.#spent())) yield* pace.pause();
      }
      this.#waiting.delete(rule);
    }
  }

  /** Returns the reference for `key`, or null. The rule that generates `key` must be expanded first. */
  get(key: string): FileReference | null {
    const found = this.#references.get(key);
    return found === undefined ? null : { kind: 'file', ...found };
  }

  /** Returns the number of steps since the last call. Throws if all steps together exceed {@link maxSteps}. */
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
