/**
 * An open group of a file or store that holds several arrays.
 * @module
 */
import type { InspectOptions } from 'node:util';
import type { DType } from '../core/dtype.js';
import { isPosixParError, type PosixParError, UnsupportedError } from '../core/errors.js';
import { toJsonValue } from '../core/json-value.js';
import { checkKeys, expected, Fields } from '../core/validate.js';
import { chooseField } from '../formats/field.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { GroupDescriptor, GroupEntry, ListedEntry } from '../formats/group.js';
import { runAsync } from '../io/driver.js';
import type { FileAccess } from '../io/file-access.js';
import type { Io } from '../io/io.js';
import { type ArrayDescription, describeElements } from './array-description.js';
import type { ArrayHandle } from './array-handle.js';
import { type AttributeType, describeAttributes } from './attribute-types.js';
import { withCaller } from './caller-stack.js';
import { formatInspect } from './inspect.js';
import { rememberGroup } from './opened-parts.js';
import type { AbortOptions, OpenOptions } from './options.js';
import type { Reopen } from './reading.js';
import { checkSignal, optionalString, parseSignal } from './settings.js';

/** Opens the array, or the field of an array of records, whose metadata `describe` parses. */
export type HandleFactory = (
  describe: Reopen,
  field: string | null,
  signal: AbortSignal | undefined,
) => Promise<ArrayHandle>;

/** Options of {@link GroupHandle.openArray}. */
export interface GroupArrayOptions extends AbortOptions, Pick<OpenOptions, 'field'> {}

const groupArrayKeys = { field: true, signal: true } as const satisfies Record<keyof GroupArrayOptions, true>;

/** Options of {@link GroupHandle.walk}. */
export interface WalkOptions extends AbortOptions {
  /** Maximum number of levels below the group; 1 yields only the entries of the group itself. Default 32. */
  readonly maxDepth?: number;
  /** False to yield arrays without their descriptions, which is faster. Default true. */
  readonly describe?: boolean;
  /**
   * Called with each entry before it is described. If it returns false, the entry is skipped: it is not yielded, and a
   * group is not entered. Default: no entry is skipped.
   */
  readonly filter?: (entry: GroupEntry) => boolean;
}

const walkKeys = { describe: true, filter: true, maxDepth: true, signal: true } as const satisfies Record<
  keyof WalkOptions,
  true
>;

/** Options of a walk, with defaults. */
interface Walk {
  readonly describe: boolean;
  readonly filter: (entry: GroupEntry) => boolean;
  readonly signal: AbortSignal | undefined;
}

/** A group that a walk has entered, and its entries. */
interface Entered {
  readonly group: GroupHandle;
  readonly listed: readonly ListedEntry[];
  readonly error?: undefined;
}

/** Returns an error that concerns one member of a group. @throws other errors. */
function errorOfMember(error: unknown): PosixParError {
  const isOfCall = isPosixParError(error, 'AbortError') || isPosixParError(error, 'ClosedError');
  if (!isPosixParError(error) || isOfCall) throw error;
  return error;
}

/** An entry that {@link GroupHandle.walk} yields. Its name is its path relative to the group. */
export interface WalkEntry extends GroupEntry {
  /** Shape, type, dimension names, units and more of an array. Absent for other entries, and if `error` is set. */
  readonly array?: ArrayDescription;
  /** Reason why the array cannot be described or read, or why the group cannot be entered. Absent for other entries. */
  readonly error?: PosixParError;
}

/** An open group: its attributes and its children. Keeps no file open. */
export class GroupHandle {
  readonly #descriptor: GroupDescriptor;
  readonly #access: FileAccess;
  readonly #open: HandleFactory;

  /** @internal Use `openGroup`. */
  constructor(descriptor: GroupDescriptor, access: FileAccess, open: HandleFactory) {
    this.#descriptor = descriptor;
    this.#access = access;
    this.#open = open;
    rememberGroup(this, descriptor);
  }

  /** Name of the format. */
  get format(): string {
    return this.#descriptor.format;
  }
  /** Absolute path of the file or store that was opened. */
  get path(): string {
    return this.#descriptor.path;
  }
  /** Path of the group within its file or store, without a leading slash; '' is the root. */
  get name(): string {
    return this.#descriptor.name;
  }
  /**
   * Number that is the same for every path to the same group. Use it to detect groups that contain themselves. It is
   * only comparable within one file. Null in formats where each group has exactly one path.
   */
  get identity(): number | null {
    return this.#descriptor.identity ?? null;
  }
  /** Attributes stored with the group, by name; empty if there are none. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#descriptor.attributes;
  }
  /** Stored types and shapes of the attributes. */
  get attributeTypes(): readonly AttributeType[] {
    return describeAttributes(this.#descriptor);
  }

  /**
   * Replaces the references in an attribute value by paths (HDF5, NetCDF-4, MATLAB). `attributes` show a reference to
   * an object as `{ objectAddress }`, and a reference to a region as `{ objectAddress, region }`.
   * @param value the value of an attribute of this group, or of a group or array in the same file.
   * @returns a copy of the value: a path such as `/g/temperature` for a reference to an object, and a path with a
   *   selection such as `/g/temperature[0:10, 3:4]` for a region; null for a reference that is null or whose object no
   *   hard link reaches. Other parts do not change.
   * @throws {UnsupportedError} if the format has no references, or if the file has more than 2^20 links.
   * @throws {FormatError} if the links of a group are damaged. @throws {ReadError} @throws {AbortError}
   * @example
   * const scales = await group.resolveReferences(array.attributes['DIMENSION_LIST']);
   * console.log(scales); // [['/time'], ['/lat'], ['/lon']]
   */
  async resolveReferences(value: unknown, options?: AbortOptions): Promise<unknown> {
    const { format, path, resolveReferences } = this.#descriptor;
    const signal = parseSignal(options);
    if (resolveReferences === undefined)
      throw new UnsupportedError(`references in files of the format ${format}`, path);
    const resolving = resolveReferences.call(this.#descriptor, value);
    return await withCaller(runAsync(resolving, this.#access.asyncBackend, signal));
  }

  /**
   * Lists the entries of this group: arrays, groups and other objects. The kind of each entry tells which it is.
   * @throws {FormatError} if metadata is damaged. @throws {ReadError} @throws {AbortError}
   */
  async children(options?: AbortOptions): Promise<readonly GroupEntry[]> {
    const signal = parseSignal(options);
    return await withCaller(runAsync(this.#descriptor.children(), this.#access.asyncBackend, signal));
  }

  /**
   * Opens an array in this group.
   * @param name a path relative to this group; a leading slash starts at the root.
   * @throws {ChoiceError} if there is no such array, or the path is a group. @throws {FormatError} if it is damaged.
   * @throws {UnsupportedError} @throws {ReadError} @throws {AbortError}
   * @example await using t = await group.openArray('ocean/temperature')
   */
  async openArray<D extends DType = DType>(name: string, options: GroupArrayOptions = {}): Promise<ArrayHandle<D>> {
    if (typeof name !== 'string') throw expected('a string', 'name', name);
    checkKeys(options, groupArrayKeys);
    checkSignal(options.signal);
    const field = optionalString(options.field, 'options.field');
    const descriptor = this.#descriptor;
    const describe = function* (): Io<ArrayDescriptor> {
      return chooseField(yield* descriptor.openArray(name), field);
    };
    const opening = this.#open(describe, field, options.signal);
    return (await withCaller(opening)) as ArrayHandle<D>;
  }

  /** Opens a group in this group; throws as {@link openArray}. */
  async openGroup(name: string, options?: AbortOptions): Promise<GroupHandle> {
    if (typeof name !== 'string') throw expected('a string', 'name', name);
    const opening = runAsync(this.#descriptor.openGroup(name), this.#access.asyncBackend, parseSignal(options));
    return new GroupHandle(await withCaller(opening), this.#access, this.#open);
  }

  /**
   * Yields the entries below this group, down to `maxDepth` levels, depth first: arrays, groups and other objects. The
   * name of an entry is its path relative to this group. The metadata of each array is read when it is yielded, but its
   * data is not opened. An array that is damaged or not supported is yielded with an `error`, and so is a damaged group
   * below this one. If a group contains itself through HDF5 links, it is yielded but not entered again.
   * @throws as {@link children}; {TypeError} if an option is invalid.
   * @example
   * for await (const { name, array } of group.walk()) {
   *   if (array !== undefined) console.log(name, array.shape, array.dtype, array.units);
   * }
   */
  async *walk(options: WalkOptions = {}): AsyncGenerator<WalkEntry, void, undefined> {
    checkKeys(options, walkKeys);
    checkSignal(options.signal);
    const maxDepth = Fields.ofOptions(options).integer('maxDepth', 1, 32);
    const { describe = true, filter = () => true, signal } = options;
    if (typeof describe !== 'boolean') throw expected('a boolean', 'options.describe', describe);
    if (typeof filter !== 'function') throw expected('a function', 'options.filter', filter);
    yield* this.#below(await this.#listAsync(signal), '', maxDepth, [], { describe, filter, signal });
  }

  async *#below(
    listed: readonly ListedEntry[],
    prefix: string,
    levels: number,
    above: readonly number[],
    walk: Walk,
  ): AsyncGenerator<WalkEntry, void, undefined> {
    const { identity } = this;
    const within = identity === null ? above : [...above, identity];
    for (const { entry, describe } of listed) {
      const { name, kind } = entry;
      const found = { ...entry, name: prefix + name };
      if (!walk.filter(found)) continue;
      const inner = kind === 'group' && levels > 1 ? await this.#enter(name, within, walk.signal) : null;
      if (inner?.error !== undefined) yield { ...found, error: inner.error };
      else yield kind === 'array' && walk.describe ? await this.#describe(found, describe, walk.signal) : found;
      if (inner?.group === undefined) continue;
      yield* inner.group.#below(inner.listed, `${prefix}${name}/`, levels - 1, within, walk);
    }
  }

  /** Opens a member and lists its entries. Returns null for a group of `within`, and an error if it is damaged. */
  async #enter(
    name: string,
    within: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Entered | { readonly group?: undefined; readonly error: PosixParError } | null> {
    try {
      const group = await this.openGroup(name, signal === undefined ? {} : { signal });
      if (group.identity !== null && within.includes(group.identity)) return null;
      return { group, listed: await group.#listAsync(signal) };
    } catch (error) {
      return { error: errorOfMember(error) };
    }
  }

  #listAsync(signal: AbortSignal | undefined): Promise<readonly ListedEntry[]> {
    return withCaller(runAsync(this.#list(), this.#access.asyncBackend, signal));
  }

  *#list(): Io<readonly ListedEntry[]> {
    const group = this.#descriptor;
    if (group.listing !== undefined) return yield* group.listing();
    return (yield* group.children()).map((entry) => ({ entry, describe: () => group.openArray(entry.name) }));
  }

  /** Adds the description of an array to its entry, or the reason why it has none. */
  async #describe(
    entry: GroupEntry,
    describe: () => Io<ArrayDescriptor>,
    signal: AbortSignal | undefined,
  ): Promise<WalkEntry> {
    const describing = function* (): Io<ArrayDescription> {
      return yield* describeElements(yield* describe());
    };
    try {
      return { ...entry, array: await withCaller(runAsync(describing(), this.#access.asyncBackend, signal)) };
    } catch (error) {
      return { ...entry, error: errorOfMember(error) };
    }
  }

  /** Describes the group for `JSON.stringify`. 64-bit integers, NaN and infinities become strings. */
  toJSON(): Record<string, unknown> {
    const { format, path, name, attributes } = this;
    return toJsonValue({ format, path, name, attributes }) as Record<string, unknown>;
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, path, name } = this;
    return formatInspect('GroupHandle', { format, path, name }, depth, options);
  }
}
