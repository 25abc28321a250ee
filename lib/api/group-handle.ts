/**
 * An open group of a file or store that holds several arrays.
 * @module
 */
import type { InspectOptions } from 'node:util';
import type { DType } from '../core/dtype.js';
import { checkKeys, expected, Fields } from '../core/validate.js';
import type { GroupDescriptor, GroupEntry } from '../formats/group.js';
import { runAsync } from '../io/driver.js';
import type { FileAccess } from '../io/file-access.js';
import type { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import { inspected } from './inspect.js';
import type { AbortOptions } from './options.js';
import type { Reopen } from './reading.js';
import { checkSignal, signalOf } from './settings.js';

/** Makes a handle of an array that a parser describes. */
export type HandleFactory = (describe: Reopen, signal: AbortSignal | undefined) => Promise<ArrayHandle>;

/** How a group is walked. */
export interface WalkOptions extends AbortOptions {
  /** Levels that are entered at most. Default 32. */
  readonly maxDepth?: number;
}

const walkKeys = { maxDepth: true, signal: true } as const satisfies Record<keyof WalkOptions, true>;

/** A group: its attributes, what it contains, and the way to it. Holds no file open. */
export class GroupHandle {
  readonly #descriptor: GroupDescriptor;
  readonly #access: FileAccess;
  readonly #open: HandleFactory;

  /** @internal Use `openGroup`. */
  constructor(descriptor: GroupDescriptor, access: FileAccess, open: HandleFactory) {
    this.#descriptor = descriptor;
    this.#access = access;
    this.#open = open;
  }

  /** The name of the format. */
  get format(): string {
    return this.#descriptor.format;
  }
  /** The path that was opened, from the root. */
  get path(): string {
    return this.#descriptor.path;
  }
  /** The group within its file or store, without a leading slash; '' is the root. */
  get name(): string {
    return this.#descriptor.name;
  }
  /**
   * The same number whichever name the group was reached by, for telling that a group contains itself; null in formats
   * whose groups have one name. Numbers of different files say nothing about each other.
   */
  get identity(): number | null {
    return this.#descriptor.identity ?? null;
  }
  /** What the format stores with the group, by name; empty where there is nothing. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#descriptor.attributes;
  }

  /**
   * What the group contains, by name.
   * @throws {FormatError} damaged metadata. @throws {ReadError} @throws {AbortError}
   */
  async children(options?: AbortOptions): Promise<readonly GroupEntry[]> {
    const signal = signalOf(options);
    return await withCaller(runAsync(this.#descriptor.children(), this.#access.asyncBackend, signal));
  }

  /**
   * Opens an array of the group.
   * @param name a path relative to this group; a leading slash starts at the root.
   * @throws {ChoiceError} absent, or a group. @throws {FormatError} damaged. @throws {UnsupportedError} @throws {ReadError} @throws {AbortError}
   * @example await using t = await group.openArray('ocean/temperature')
   */
  async openArray<D extends DType = DType>(name: string, options?: AbortOptions): Promise<ArrayHandle<D>> {
    if (typeof name !== 'string') throw expected('a string', 'name', name);
    const opening = this.#open(() => this.#descriptor.openArray(name), signalOf(options));
    return (await withCaller(opening)) as ArrayHandle<D>;
  }

  /** Opens a group of the group; errors as for {@link openArray}. */
  async openGroup(name: string, options?: AbortOptions): Promise<GroupHandle> {
    if (typeof name !== 'string') throw expected('a string', 'name', name);
    const opening = runAsync(this.#descriptor.openGroup(name), this.#access.asyncBackend, signalOf(options));
    return new GroupHandle(await withCaller(opening), this.#access, this.#open);
  }

  /**
   * All arrays and groups below this one, depth first, as paths relative to it. A group that contains itself, through
   * links of HDF5, is named there and not entered again.
   * @throws as {@link children}; {TypeError} for an option.
   */
  async *walk(options: WalkOptions = {}): AsyncGenerator<GroupEntry, void, undefined> {
    checkKeys(options, walkKeys);
    checkSignal(options.signal);
    const maxDepth = Fields.ofOptions(options).integer('maxDepth', 1, 32);
    yield* this.#below('', maxDepth, [], options.signal === undefined ? {} : { signal: options.signal });
  }

  async *#below(
    prefix: string,
    levels: number,
    above: readonly number[],
    given: AbortOptions,
  ): AsyncGenerator<GroupEntry, void, undefined> {
    const { identity } = this;
    const within = identity === null ? above : [...above, identity];
    for (const { name, kind } of await this.children(given)) {
      yield { name: prefix + name, kind };
      if (kind !== 'group' || levels <= 1) continue;
      const group = await this.openGroup(name, given);
      if (group.identity !== null && within.includes(group.identity)) continue;
      yield* group.#below(`${prefix}${name}/`, levels - 1, within, given);
    }
  }

  /** @internal What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, path, name } = this;
    return inspected('GroupHandle', { format, path, name }, depth, options);
  }
}
