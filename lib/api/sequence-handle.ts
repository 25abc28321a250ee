/**
 * An open array of sequences.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { asyncDispose } from '../core/dispose.js';
import type { DType } from '../core/dtype.js';
import { toJsonValue } from '../core/json-value.js';
import { checkKeys } from '../core/validate.js';
import type { Sequences } from '../formats/descriptor.js';
import { runAsync } from '../io/driver.js';
import { untilClosed } from '../io/native-backend.js';
import { runInSlices } from '../io/time-slices.js';
import { toSelection } from '../plan/compose.js';
import type { ArrayHandle } from './array-handle.js';
import type { AttributeType } from './attribute-types.js';
import { withCaller } from './caller-stack.js';
import { closedErrorOr } from './closing.js';
import { formatInspect, printWithoutStats } from './inspect.js';
import type { AnySelection } from './named-selection.js';
import { OpenReads } from './open-reads.js';
import { openedParts } from './opened-parts.js';
import { type AbortOptions, asyncStorageKeys, type StorageOptions } from './options.js';
import { normalizeOne } from './request.js';
import { type SequenceResult, toValues } from './sequence-result.js';
import type { ArrayToken } from './share.js';

/** Options of {@link SequenceHandle.read}. */
export interface SequenceReadOptions extends StorageOptions, AbortOptions {}

/**
 * An open array whose elements are sequences of any length. Close it when it is no longer needed
 * (`await using`, or `close()`).
 * @typeParam D type of the numbers.
 */
export class SequenceHandle<D extends DType = DType> {
  readonly #references: ArrayHandle;
  readonly #maxBytes: number;
  readonly #reads = new OpenReads();

  /**
   * @internal Use `openSequences`.
   * @param references the array of references to sequences.
   * @param maxBytes maximum number of bytes of the items in one read, which otherwise throws a ValuesLimitError.
   */
  constructor(references: ArrayHandle, maxBytes = Infinity) {
    this.#references = references;
    this.#maxBytes = maxBytes;
  }

  /** Name of the format, such as `hdf5`. */
  get format(): string {
    return this.#references.format;
  }
  /** Absolute path that was opened. */
  get path(): string {
    return this.#references.path;
  }
  /** Path of the array within its file. */
  get name(): string {
    return this.#references.name;
  }
  /** Type of the numbers. */
  get dtype(): D {
    return this.#sequences.dtype as D;
  }
  /** Shape of an item of a sequence; empty if an item is one number. */
  get itemShape(): readonly number[] {
    return this.#sequences.itemShape;
  }
  /** Length of each dimension; empty for a scalar. */
  get shape(): readonly number[] {
    return this.#references.shape.slice(0, -1);
  }
  /** Name of each dimension, or null for a dimension without a name. Null if the array has no dimension names. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#references.dimensionNames?.slice(0, this.shape.length) ?? null;
  }
  /** Attributes stored with the array, by name; empty if there are none. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#references.attributes;
  }
  /** Stored types and shapes of the attributes. */
  get attributeTypes(): readonly AttributeType[] {
    return this.#references.attributeTypes;
  }

  get #sequences(): Sequences {
    const { sequences } = openedParts(this.#references).descriptor;
    if (sequences === undefined) throw new Error('Expected an array of sequences');
    return sequences;
  }

  /**
   * Reads the sequences of a selection, in C order.
   * @param selection one entry per dimension, text, or entries by dimension name. Default: the whole array.
   * @throws as {@link ArrayHandle.read}; {FormatError} also if a reference or a sequence is damaged.
   * @example
   * const { offsets, values } = await hits.read([slice(0, 10)]);
   * const third = values.subarray(offsets[2], offsets[3]);
   */
  read(selection?: AnySelection, options?: SequenceReadOptions): Promise<SequenceResult<D>> {
    return withCaller(this.#reads.add(this.#read(selection, options)));
  }

  /**
   * Returns a token for {@link attachSequences}, which opens the same array in another thread of this process. See
   * {@link ArrayHandle.share}.
   * @throws {ClosedError}
   * @example const worker = new Worker(file, { workerData: { token: hits.share() } })
   */
  share(): ArrayToken<'sequences'> {
    return this.#references.shareAs('sequences');
  }

  /** Waits for reads in flight, then closes the files. */
  async close(): Promise<void> {
    await this.#reads.end(this.path);
    await this.#references.close();
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(selection: AnySelection | undefined, options: SequenceReadOptions = {}): Promise<SequenceResult<D>> {
    checkKeys(options, asyncStorageKeys);
    const { signal } = options;
    const { shape: whole, dimensionNames } = this;
    const normalized = normalizeOne({ shape: whole, dimensionNames, domain: null }, selection, undefined);
    const slab = await runInSlices(normalized, signal);
    const result = await this.#references.read([...toSelection(slab), null], options);
    const { closing } = this.#reads;
    const backend = untilClosed(openedParts(this.#references).access.asyncBackend, closing);
    const sequences = this.#sequences;
    try {
      const found = await runAsync(sequences.resolve(result.data as Uint8Array, this.#maxBytes), backend, signal);
      const values = await runInSlices(toValues<D>(found, sequences), signal);
      const shape = result.shape.slice(0, -1);
      return printWithoutStats('SequenceResult', { ...values, shape, stats: result.stats });
    } catch (error) {
      throw closedErrorOr(error, signal);
    }
  }

  /** Describes the array for `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    const { format, path, name, dtype, shape, dimensionNames, attributes } = this;
    const fields = { format, path, name, dtype: 'sequence', of: dtype, shape, dimensionNames, attributes };
    return toJsonValue(fields) as Record<string, unknown>;
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, dtype, shape, path, name } = this;
    const shown = { format, dtype, shape, path, ...(name === '' ? {} : { name }) };
    return formatInspect('SequenceHandle', shown, depth, options);
  }
}
