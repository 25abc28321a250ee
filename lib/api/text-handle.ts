/**
 * An open array of text.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { asyncDispose } from '../core/dispose.js';
import { toJsonValue } from '../core/json-value.js';
import { product } from '../core/numbers.js';
import type { Utf8Text } from '../core/utf8-text.js';
import { checkKeys, expected } from '../core/validate.js';
import type { ReadStats } from '../exec/stats.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { runAsync } from '../io/driver.js';
import { runInSlices } from '../io/time-slices.js';
import { toSelection } from '../plan/compose.js';
import { type Hyperslab, shapeOf } from '../plan/hyperslab.js';
import type { ArrayHandle } from './array-handle.js';
import type { AttributeType } from './attribute-types.js';
import { withCaller } from './caller-stack.js';
import { readChunkText } from './chunk-text.js';
import { closedErrorOr } from './closing.js';
import { formatInspect, printWithoutStats } from './inspect.js';
import type { AnySelection } from './named-selection.js';
import { OpenReads } from './open-reads.js';
import { openedParts } from './opened-parts.js';
import { type AbortOptions, asyncReadKeys, asyncStorageKeys, type StorageOptions } from './options.js';
import { normalizeOne } from './request.js';
import { checkReadOptions, checkSignal } from './settings.js';
import type { ArrayToken } from './share.js';
import { type TextResult, type TextUnits, toStrings, type Utf8Result, unitsToUtf8 } from './text-result.js';

/** Options of {@link TextHandle.read}. */
export interface TextReadOptions extends StorageOptions, AbortOptions {
  /** `utf8` to return offsets and bytes instead of strings, for large results. Default: `js`. */
  readonly strings?: 'js' | 'utf8';
}

const textReadKeys = { ...asyncStorageKeys, strings: true } as const satisfies Record<keyof TextReadOptions, true>;

/**
 * An open array of text. Close it when it is no longer needed (`await using`, or `close()`).
 */
export class TextHandle {
  readonly #units: ArrayHandle;
  readonly #defaults: ReadDefaults;
  readonly #maxBytes: number;
  readonly #reads = new OpenReads();

  /**
   * @internal Use `openText`.
   * @param units the array of code units, of references to texts, or of chunks of texts.
   * @param maxBytes maximum number of bytes of texts of variable length in one read, which otherwise throws a
   *   ValuesLimitError.
   */
  constructor(units: ArrayHandle, defaults: ReadDefaults, maxBytes = Infinity) {
    this.#units = units;
    this.#defaults = defaults;
    this.#maxBytes = maxBytes;
  }

  /** Name of the format, such as `npy`. */
  get format(): string {
    return this.#units.format;
  }
  /** Absolute path that was opened. */
  get path(): string {
    return this.#units.path;
  }
  /** Path of the array within its file or store; '' if the array has no name there, as in `npy` files. */
  get name(): string {
    return this.#units.name;
  }
  /** Length of each dimension; empty for a scalar. */
  get shape(): readonly number[] {
    const { shape } = this.#units;
    return this.#hasAxis ? shape.slice(0, -1) : shape;
  }
  /** Name of each dimension, or null for a dimension without a name. Null if the array has no dimension names. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#units.dimensionNames?.slice(0, this.shape.length) ?? null;
  }
  /** Attributes stored with the array, by name; empty if there are none. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#units.attributes;
  }
  /** Stored types and shapes of the attributes. */
  get attributeTypes(): readonly AttributeType[] {
    return this.#units.attributeTypes;
  }
  /** Number of bytes of each element as stored; null if texts have different lengths. */
  get elementBytes(): number | null {
    return this.#description.text?.type.size ?? null;
  }

  get #description(): ArrayDescriptor {
    return openedParts(this.#units).descriptor;
  }

  get #hasAxis(): boolean {
    const { text, chunkText } = this.#description;
    return chunkText === undefined && (text?.hasAxis ?? true);
  }

  /**
   * Reads a selection. The padding of texts of fixed length is removed: NULs at the end, everything from the first NUL
   * on, or spaces at the end, as the format defines it. Invalid UTF-8 becomes U+FFFD, but `strings: 'utf8'` returns
   * the bytes of UTF-8 text as they are stored.
   * @param selection one entry per dimension, text, or entries by dimension name. Default: the whole array.
   * @throws as {@link ArrayHandle.read}.
   * @example const { data, shape } = await names.read([slice(0, 10)])
   */
  read(
    selection: AnySelection | undefined,
    options: TextReadOptions & { readonly strings: 'utf8' },
  ): Promise<Utf8Result>;
  read(selection?: AnySelection, options?: TextReadOptions): Promise<TextResult>;
  read(selection?: AnySelection, options?: TextReadOptions): Promise<TextResult | Utf8Result> {
    return withCaller(this.#reads.add(this.#read(selection, options)));
  }

  /**
   * Returns a token for {@link attachText}, which opens the same array in another thread of this process. See
   * {@link ArrayHandle.share}.
   * @throws {ClosedError}
   * @example const worker = new Worker(file, { workerData: { token: names.share() } })
   */
  share(): ArrayToken<'text'> {
    return this.#units.shareAs('text');
  }

  /** Waits for reads in flight, then closes the files. */
  async close(): Promise<void> {
    await this.#reads.end(this.path);
    await this.#units.close();
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(selection: AnySelection | undefined, options: TextReadOptions = {}): Promise<TextResult | Utf8Result> {
    checkKeys(options, textReadKeys);
    const { strings = 'js', ...given } = options;
    if (strings !== 'js' && strings !== 'utf8') throw expected("'js' or 'utf8'", 'options.strings', strings);
    const { shape, dimensionNames } = this;
    const slab = await runInSlices(
      normalizeOne({ shape, dimensionNames, domain: null }, selection, undefined),
      given.signal,
    );
    if (this.#description.chunkText !== undefined) return await this.#readChunks(slab, given, strings);
    const entries = toSelection(slab);
    const result = await this.#units.read(this.#hasAxis ? [...entries, null] : entries, given);
    const resultShape = this.#hasAxis ? result.shape.slice(0, -1) : result.shape;
    const count = product(resultShape);
    const text = await this.#toUtf8(result.data as TextUnits, count, given.signal);
    return await createTextResult(text, strings, resultShape, result.stats, given.signal);
  }

  async #readChunks(
    slab: Hyperslab,
    { signal, ...options }: AbortOptions & StorageOptions,
    strings: 'js' | 'utf8',
  ): Promise<TextResult | Utf8Result> {
    const array = openedParts(this.#units);
    const { closing } = this.#reads;
    if (closing.aborted) throw closing.reason;
    checkReadOptions(options, asyncReadKeys);
    checkSignal(signal);
    try {
      const [defaults, maxBytes] = [this.#defaults, this.#maxBytes];
      const read = { array, slab, defaults, options, signal, closing, maxBytes };
      const { text, stats } = await readChunkText(read);
      return await createTextResult(text, strings, shapeOf(slab), stats, signal);
    } catch (error) {
      throw closedErrorOr(error, signal);
    }
  }

  async #toUtf8(units: TextUnits, count: number, signal: AbortSignal | undefined): Promise<Utf8Text> {
    const { text, heapText } = this.#description;
    if (heapText !== undefined) {
      const { asyncBackend } = openedParts(this.#units).access;
      return await runAsync(heapText.resolve(units as Uint8Array, this.#maxBytes), asyncBackend, signal);
    }
    if (text === undefined) throw new Error('Expected an array of text');
    return await runInSlices(unitsToUtf8(units, count === 0 ? 0 : units.length / count, text.type, count), signal);
  }

  /** Describes the array for `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    const { format, path, name, shape, elementBytes, dimensionNames, attributes } = this;
    const fields = { format, path, name, dtype: 'text', shape, elementBytes, dimensionNames, attributes };
    return toJsonValue(fields) as Record<string, unknown>;
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, shape, path, name } = this;
    return formatInspect('TextHandle', { format, shape, path, ...(name === '' ? {} : { name }) }, depth, options);
  }
}

/** Creates the result of a read of text. */
async function createTextResult(
  text: Utf8Text,
  strings: 'js' | 'utf8',
  shape: readonly number[],
  stats: ReadStats,
  signal: AbortSignal | undefined,
): Promise<TextResult | Utf8Result> {
  if (strings === 'utf8') return printWithoutStats('Utf8Result', { ...text, shape, stats });
  return printWithoutStats('TextResult', { data: await runInSlices(toStrings(text), signal), shape, stats });
}
