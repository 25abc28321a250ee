/**
 * The references of a kerchunk file: under each key of a Zarr v2 store the bytes themselves, or where they lie.
 * @see https://fsspec.github.io/kerchunk/spec.html
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { asArray, asInteger, asObject, inside, type Place, wrong } from '../zarr/fields.js';
import { type Json, type JsonObject, parseJson } from '../zarr/json.js';
import { Templates, type Variables } from './template.js';

/** What stands under a key. */
export type Reference =
  | { readonly kind: 'held'; readonly bytes: Uint8Array }
  | { readonly kind: 'document'; readonly value: Json }
  /** Length null: the whole file. */
  | { readonly kind: 'file'; readonly file: string; readonly offset: number; readonly length: number | null };

/** The most references of one file. */
const maxReferences = 2 ** 22;

/** The references of the document at `path`, by key. File names are made absolute: relative ones are relative to the document. */
export class References {
  readonly path: string;
  readonly #given = new Map<string, Json>();
  readonly #generated = new Map<string, Reference>();
  readonly #templates: Templates;
  readonly #directory: string;

  constructor(document: Json, path: string) {
    this.path = path;
    const slash = path.lastIndexOf('/');
    this.#directory = slash < 0 ? '.' : path.slice(0, slash) || '/';
    const place: Place = { path, field: '' };
    const root = asObject(document, place);
    const version = Object.hasOwn(root, 'version') ? asInteger(root['version'], inside(place, 'version'), 0) : 0;
    if (version > 1) throw new UnsupportedError(`kerchunk references of version ${version}`, path);
    const templates = version === 0 ? {} : asObject(root['templates'] ?? {}, inside(place, 'templates'));
    const texts = Object.entries(templates).map(([name, text]): [string, string] => {
      if (typeof text !== 'string') throw wrong(inside(inside(place, 'templates'), name), 'a text', text);
      return [name, text];
    });
    this.#templates = new Templates(new Map(texts), path);
    const refs = version === 0 ? root : asObject(root['refs'] ?? {}, inside(place, 'refs'));
    for (const [key, value] of Object.entries(refs)) this.#given.set(key, value);
    if (version === 1) this.#generate(root, inside(place, 'gen'));
    if (this.#given.size > maxReferences) throw tooMany(this.#given.size, path);
  }

  *keys(): Generator<string> {
    yield* this.#given.keys();
    yield* this.#generated.keys();
  }

  /**
   * What stands under `key`, or null.
   * @throws {FormatError} when it is damaged. @throws {UnsupportedError} when it is not on this file system.
   */
  get(key: string): Reference | null {
    const value = this.#given.get(key);
    if (value === undefined) return this.#generated.get(key) ?? null;
    const place = inside({ path: this.path, field: '' }, key);
    if (typeof value === 'string') return { kind: 'held', bytes: heldBytes(value, place) };
    if (!Array.isArray(value)) {
      if (typeof value !== 'object' || value === null) throw wrong(place, 'a text or a reference', value);
      return { kind: 'document', value };
    }
    const list = asArray(value, place);
    const [url, offset, length] = list;
    if (typeof url !== 'string' || (list.length !== 1 && list.length !== 3))
      throw wrong(place, '[url] or [url, offset, length]', list);
    const file = this.#file(this.#templates.render(url, new Map()));
    if (list.length === 1) return { kind: 'file', file, offset: 0, length: null };
    return this.#part(file, asInteger(offset, place, 0), asInteger(length, place, 0));
  }

  /** The document under `key`, or undefined. */
  document(key: string): Json | undefined {
    const reference = this.get(key);
    if (reference === null) return undefined;
    if (reference.kind === 'document') return reference.value;
    if (reference.kind === 'held') return parseJson(reference.bytes, this.path);
    throw new UnsupportedError(`a metadata document in another file ('${key}')`, this.path);
  }

  #part(file: string, offset: number, length: number | null): Reference {
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
    if (name === '' || name.includes('\0')) throw new FormatError('Expected the name of a file', { path: this.path });
    return name.startsWith('/') ? name : `${this.#directory}/${name}`;
  }

  /** Keys and places by rule: each entry of `gen` is rendered for all combinations of its dimensions. */
  #generate(root: JsonObject, place: Place): void {
    for (const [i, entry] of asArray(root['gen'] ?? [], place).entries()) {
      const at = inside(place, i);
      const rule = asObject(entry, at);
      const { key, url, offset, length } = rule;
      if (typeof key !== 'string' || typeof url !== 'string') throw wrong(at, "texts 'key' and 'url'", entry);
      if ((offset === undefined) !== (length === undefined)) throw wrong(at, "both 'offset' and 'length'", entry);
      const dimensions = Object.entries(asObject(rule['dimensions'], inside(at, 'dimensions')));
      const values = dimensions.map(([name, given]) => dimensionValues(given, inside(inside(at, 'dimensions'), name)));
      const count = values.reduce((product, list) => product * list.length, 1);
      const total = this.#given.size + this.#generated.size + count;
      if (total > maxReferences) throw tooMany(total, this.path);
      for (let n = 0; n < count; n++) {
        let rest = n;
        const variables: Variables = new Map(
          dimensions.map(([name], d): [string, number] => {
            const list = values[d] ?? [];
            const value = list[rest % list.length] ?? 0;
            rest = Math.floor(rest / list.length);
            return [name, value];
          }),
        );
        const file = this.#file(this.#templates.render(url, variables));
        const begin = offset === undefined ? 0 : this.#templates.number(offset, variables);
        const bytes = length === undefined ? null : this.#templates.number(length, variables);
        this.#generated.set(this.#templates.render(key, variables), this.#part(file, begin, bytes));
      }
    }
  }
}

function tooMany(count: number, path: string): UnsupportedError {
  return new UnsupportedError(`${count} kerchunk references (more than ${maxReferences})`, path);
}

function dimensionValues(value: Json, place: Place): number[] {
  if (Array.isArray(value)) return asArray(value, place).map((one, i) => asInteger(one, inside(place, i), 0));
  const range = asObject(value, place);
  const start = asInteger(range['start'] ?? 0, inside(place, 'start'), 0);
  const stop = asInteger(range['stop'], inside(place, 'stop'), 0);
  const step = asInteger(range['step'] ?? 1, inside(place, 'step'), 1);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (count > maxReferences) throw tooMany(count, place.path);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

function heldBytes(text: string, place: Place): Uint8Array {
  if (!text.startsWith('base64:')) return new TextEncoder().encode(text);
  const encoded = text.slice('base64:'.length);
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) throw wrong(place, 'base64', text);
  return new Uint8Array(Buffer.from(encoded, 'base64'));
}
