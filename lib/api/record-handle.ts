/**
 * An open array of records.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { asyncDispose } from '../core/dispose.js';
import { ChoiceError } from '../core/errors.js';
import { toJsonValue } from '../core/json-value.js';
import type { RecordType } from '../core/stored-type.js';
import { checkKeys, expected, listNames } from '../core/validate.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { runInSlices } from '../io/time-slices.js';
import { describeFields, type RecordFieldInfo } from './array-description.js';
import type { ArrayHandle } from './array-handle.js';
import type { AttributeType } from './attribute-types.js';
import { withCaller } from './caller-stack.js';
import { closedErrorOr } from './closing.js';
import { formatInspect } from './inspect.js';
import type { AnySelection } from './named-selection.js';
import { OpenReads } from './open-reads.js';
import { openedParts } from './opened-parts.js';
import { type AbortOptions, asyncReadKeys, asyncStorageKeys, type StorageOptions } from './options.js';
import { readRecords } from './record-read.js';
import type { RecordResult } from './record-result.js';
import { normalizeOne } from './request.js';
import { checkReadOptions, checkSignal } from './settings.js';
import type { ArrayToken } from './share.js';

/** Options of {@link RecordHandle.read}. */
export interface RecordReadOptions extends StorageOptions, AbortOptions {
  /** Names of the fields to read. Default: all that can be read. */
  readonly fields?: readonly string[];
}

const recordReadKeys = { ...asyncStorageKeys, fields: true } as const satisfies Record<keyof RecordReadOptions, true>;

/**
 * An open array of records. Close it when it is no longer needed (`await using`, or `close()`).
 */
export class RecordHandle {
  readonly #records: ArrayHandle;
  readonly #defaults: ReadDefaults;
  readonly #maxBytes: number;
  readonly #reads = new OpenReads();

  /**
   * @internal Use `openRecords`.
   * @param records the array of the bytes of the records.
   * @param maxBytes maximum number of bytes of texts and sequences of variable length in one read, which otherwise
   *   throws a ValuesLimitError.
   */
  constructor(records: ArrayHandle, defaults: ReadDefaults, maxBytes = Infinity) {
    this.#records = records;
    this.#defaults = defaults;
    this.#maxBytes = maxBytes;
  }

  /** Name of the format, such as `npy`. */
  get format(): string {
    return this.#records.format;
  }
  /** Absolute path that was opened. */
  get path(): string {
    return this.#records.path;
  }
  /** Path of the array within its file or store; '' if the array has no name there, as in `npy` files. */
  get name(): string {
    return this.#records.name;
  }
  /** Length of each dimension; empty for a scalar. */
  get shape(): readonly number[] {
    return this.#records.shape.slice(0, -1);
  }
  /** Name of each dimension; null if the format has no dimension names. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#records.dimensionNames?.slice(0, this.shape.length) ?? null;
  }
  /** Attributes stored with the array, by name; empty if there are none. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#records.attributes;
  }
  /** Stored types and shapes of the attributes. */
  get attributeTypes(): readonly AttributeType[] {
    return this.#records.attributeTypes;
  }
  /** Fields in the order of the record. The fields of nested records are listed by their paths. */
  get fields(): readonly RecordFieldInfo[] {
    const { descriptor } = openedParts(this.#records);
    return describeFields(descriptor, recordsOf(descriptor));
  }

  /**
   * Reads a selection of several fields. Each compressed chunk is decoded once for all of them, if the chunks that are
   * kept for this fit into 1 GiB: one row of chunks if the first dimension is a range with a positive step, otherwise
   * all chunks of the selection.
   * @param selection one entry per dimension, text, or entries by dimension name. Default: the whole array.
   * @throws as {@link ArrayHandle.read}; {ChoiceError} if there is no field of a given name, {UnsupportedError} if a
   *   given field cannot be read.
   * @example
   * const { fields } = await particles.read([slice(0, 1000)], { fields: ['x', 'name'] });
   * fields.get('x')?.data
   */
  read(selection?: AnySelection, options?: RecordReadOptions): Promise<RecordResult> {
    return withCaller(this.#reads.add(this.#read(selection, options)));
  }

  /**
   * Returns a token for {@link attachRecords}, which opens the same array in another thread of this process. See
   * {@link ArrayHandle.share}.
   * @throws {ClosedError}
   * @example const worker = new Worker(file, { workerData: { token: particles.share() } })
   */
  share(): ArrayToken<'records'> {
    return this.#records.shareAs('records');
  }

  /** Waits for reads in flight, then closes the files. */
  async close(): Promise<void> {
    await this.#reads.end(this.path);
    await this.#records.close();
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(selection: AnySelection | undefined, given: RecordReadOptions = {}): Promise<RecordResult> {
    checkKeys(given, recordReadKeys);
    const { fields, signal, ...options } = given;
    checkReadOptions(options, asyncReadKeys);
    checkSignal(signal);
    const { closing } = this.#reads;
    if (closing.aborted) throw closing.reason;
    const { shape, dimensionNames } = this;
    const names = this.#namesOf(fields);
    const normalized = normalizeOne({ shape, dimensionNames, domain: null }, selection, undefined);
    const slab = await runInSlices(normalized, signal);
    const array = openedParts(this.#records);
    try {
      const [defaults, maxBytes] = [this.#defaults, this.#maxBytes];
      return await readRecords({ array, names, slab, defaults, options, signal, closing, maxBytes });
    } catch (error) {
      throw closedErrorOr(error, signal);
    }
  }

  /** Returns the names of the fields to read. */
  #namesOf(given: readonly string[] | undefined): readonly string[] {
    const { fields } = this;
    if (given === undefined) return fields.filter(({ problem }) => problem === null).map(({ name }) => name);
    if (!Array.isArray(given)) throw expected('an array of names', 'options.fields', given);
    const known = fields.map(({ name }) => name);
    for (const name of given) {
      if (typeof name !== 'string') throw expected('names', 'options.fields', name);
      if (known.includes(name)) continue;
      const message = `Expected some of ${listNames(known)} for \`options.fields\`, received '${name}'`;
      throw new ChoiceError('field', message, this.path);
    }
    return [...new Set(given)];
  }

  /** Describes the array for `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    const { format, path, name, shape, fields, dimensionNames, attributes } = this;
    return toJsonValue({ format, path, name, shape, fields, dimensionNames, attributes }) as Record<string, unknown>;
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, shape, path, name } = this;
    const fields = this.fields.map((field) => field.name);
    const shown = { format, shape, fields, path, ...(name === '' ? {} : { name }) };
    return formatInspect('RecordHandle', shown, depth, options);
  }
}

function recordsOf({ records, path, dtype }: ArrayDescriptor): RecordType {
  if (records !== undefined) return records.type;
  throw new ChoiceError('field', `Expected an array of records, found elements of type ${dtype}`, path);
}
