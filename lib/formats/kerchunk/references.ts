/**
 * Reads the references of a kerchunk file. They map each key of a Zarr v2 store to inline bytes, to a JSON document or
 * to a part of a file.
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @module
 */
import { decodeBase64 } from '../../core/base64.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import type { PathPolicy } from '../../core/external-files.js';
import { type Io, Pace } from '../../io/io.js';
import { asArray, asInteger, asObject, fieldError, inside, type Place } from '../zarr/fields.js';
import { type Json, type JsonObject, readJson } from '../zarr/json.js';
import type { FileReference } from './file-reference.js';
import { GeneratedReferences } from './generated.js';
import { parseRule, type Rule } from './rule.js';
import { Templates } from './template.js';

/** Value of a key: inline bytes (`held`), a JSON document, or a part of a file. */
export type Reference =
  | { readonly kind: 'held'; readonly bytes: Uint8Array }
  | { readonly kind: 'document'; readonly value: Json }
  | FileReference;

/** Maximum number of references listed in one file. */
const maxReferences = 2 ** 22;

/** References of one document by key. Relative file names are resolved against the document's folder. */
export class References {
  readonly path: string;
  readonly #given: ReadonlyMap<string, Json>;
  readonly #templates: Templates;
  readonly #generated: GeneratedReferences;
  readonly #policy: PathPolicy;
  /** Last resolved file. Consecutive references mostly name the same file. */
  #last: { readonly name: string; readonly file: string } | undefined;

  /** Only {@link parse} calls the constructor, after it has checked the document. */
  private constructor(
    given: ReadonlyMap<string, Json>,
    templates: Templates,
    rules: readonly Rule[],
    path: string,
    policy: PathPolicy,
  ) {
    this.path = path;
    this.#policy = policy;
    this.#given = given;
    this.#templates = templates;
    const names = {
      fileOf: (url: string): string => this.#file(url),
      partOf: (file: string, offset: number, length: number | null): FileReference => this.#part(file, offset, length),
    };
    this.#generated = new GeneratedReferences(rules, templates, names, path);
  }

  /**
   * Parses the references of the document at `path`.
   * @param policy decides which of the named files may be opened.
   * @throws {FormatError} if it is damaged. @throws {UnsupportedError} for other versions, or if a limit is exceeded.
   */
  static *parse(document: Json, path: string, policy: PathPolicy): Io<References> {
    const place: Place = { path, field: '' };
    const root = asObject(document, place);
    const version = Object.hasOwn(root, 'version') ? asInteger(root['version'], inside(place, 'version'), 0) : 0;
    if (version > 1) throw new UnsupportedError(`kerchunk references of version ${version}`, path);
    const refs = version === 0 ? root : asObject(root['refs'] ?? {}, inside(place, 'refs'));
    const given = yield* entriesOf(refs, path);
    if (given.size > maxReferences) {
      throw new UnsupportedError(`${given.size} kerchunk references (more than ${maxReferences})`, path);
    }
    const templates = new Templates(version === 0 ? new Map() : yield* parseTemplates(root, place), path);
    const rules = version === 0 ? [] : yield* parseRules(root, inside(place, 'gen'), templates);
    return new References(given, templates, rules, path, policy);
  }

  /** Returns the keys that the file lists. The rules only generate further chunks of the listed arrays. */
  keys(): Iterable<string> {
    return this.#given.keys();
  }

  /**
   * Expands the rules that may generate keys that start with `prefix`. Must be called before {@link get} for such keys.
   */
  expand(prefix: string): Io<void> {
    return this.#generated.expand(prefix);
  }

  /** Returns the number of steps that {@link get} has taken since the last call of this method. */
  takeSteps(): number {
    return this.#templates.takeSteps();
  }

  /**
   * Returns the bytes, document or file reference for `key`, or null.
   * @throws {FormatError} if it is damaged. @throws {UnsupportedError} if its file is not on this file system.
   * @throws {ExternalFileError} if its file is not permitted.
   */
  get(key: string): Reference | null {
    const value = this.#given.get(key);
    if (value === undefined) return this.#generated.get(key);
    const place = inside({ path: this.path, field: '' }, key);
    if (typeof value === 'string') return { kind: 'held', bytes: heldBytes(value, place) };
    if (!Array.isArray(value)) {
      if (typeof value !== 'object' || value === null) throw fieldError(place, 'a string or a reference', value);
      return { kind: 'document', value };
    }
    const list = asArray(value, place);
    const [url, offset, length] = list;
    if (typeof url !== 'string' || (list.length !== 1 && list.length !== 3))
      throw fieldError(place, '[url] or [url, offset, length]', list);
    const file = this.#file(this.#templates.render(url));
    if (list.length === 1) return { kind: 'file', file, offset: 0, length: null };
    return this.#part(file, asInteger(offset, place, 0), asInteger(length, place, 0));
  }

  /** Parses the document for `key`. Returns undefined if there is none. */
  *document(key: string): Io<Json | undefined> {
    const reference = this.get(key);
    if (reference === null) return undefined;
    if (reference.kind === 'document') return reference.value;
    if (reference.kind === 'held') return yield* readJson(reference.bytes, this.path);
    throw new UnsupportedError(`a metadata document in another file ('${key}')`, this.path);
  }

  #part(file: string, offset: number, length: number | null): FileReference {
    const end = offset + (length ?? 0);
    if (Number.isSafeInteger(end)) return { kind: 'file', file, offset, length };
    throw new FormatError(`Expected a part of a file that ends below 2^53, found ${end}`, { path: this.path });
  }

  #file(url: string): string {
    const name = url.startsWith('file://') ? url.slice('file://'.length) : url;
    if (/^[a-z][a-z0-9+.-]*:(\/\/|:)/i.test(name)) {
      throw new UnsupportedError(
        `a reference to '${url.slice(0, 80)}'`,
        this.path,
        'Only files of this file system are read',
      );
    }
    if (this.#last?.name !== name) this.#last = { name, file: this.#policy.resolve(name, this.path) };
    return this.#last.file;
  }
}

function* entriesOf(object: JsonObject, path: string): Io<Map<string, Json>> {
  const pace = new Pace(path);
  const entries = new Map<string, Json>();
  for (const key of Object.keys(object)) {
    if (pace.isDue()) yield* pace.pause();
    entries.set(key, object[key] ?? null);
  }
  return entries;
}

function* parseTemplates(root: JsonObject, place: Place): Io<Map<string, string>> {
  const at = inside(place, 'templates');
  const pace = new Pace(place.path);
  const templates = new Map<string, string>();
  for (const [name, text] of yield* entriesOf(asObject(root['templates'] ?? {}, at), place.path)) {
    if (pace.isDue()) yield* pace.pause();
    if (typeof text !== 'string') throw fieldError(inside(at, name), 'a string', text);
    templates.set(name, text);
  }
  return templates;
}

function* parseRules(root: JsonObject, place: Place, templates: Templates): Io<Rule[]> {
  const pace = new Pace(place.path);
  const rules: Rule[] = [];
  for (const [i, entry] of asArray(root['gen'] ?? [], place).entries()) {
    rules.push(parseRule(entry, inside(place, i), templates));
    if (pace.isDue(1 + templates.takeSteps())) yield* pace.pause();
  }
  return rules;
}

/**
 * Returns the bytes of an inline value. The value is base64 if it has the prefix `base64:`, otherwise plain text.
 * @throws {FormatError} if the base64 is invalid, or if there are no bytes, because chunks and documents are never
 * empty.
 */
function heldBytes(text: string, place: Place): Uint8Array {
  const isEncoded = text.startsWith('base64:');
  const bytes = isEncoded ? decodeBase64(text.slice('base64:'.length), 'anywhere') : new TextEncoder().encode(text);
  if (bytes === null) throw fieldError(place, 'base64', text);
  if (bytes.length === 0) throw fieldError(place, 'bytes', text);
  return bytes;
}
