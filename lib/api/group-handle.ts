/**
 * An open group of a file or store that holds several arrays.
 * @module
 */
import type { DType } from '../core/dtype.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { GroupDescriptor, GroupEntry } from '../formats/group.js';
import { runAsync } from '../io/driver.js';
import type { Io } from '../io/io.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import type { ArrayHandle } from './array-handle.js';
import { withCaller } from './caller-stack.js';
import type { OpenSettings } from './options.js';

/** Makes a handle of an array that is described by a parser. */
export type HandleFactory = (
  path: string,
  settings: OpenSettings,
  describe: () => Io<ArrayDescriptor>,
) => Promise<ArrayHandle>;

/** A group: its attributes, what it contains, and the way to it. Holds no file open. */
export class GroupHandle {
  readonly #descriptor: GroupDescriptor;
  readonly #settings: OpenSettings;
  readonly #open: HandleFactory;

  /** @internal Use `openGroup`. */
  constructor(descriptor: GroupDescriptor, settings: OpenSettings, open: HandleFactory) {
    this.#descriptor = descriptor;
    this.#settings = settings;
    this.#open = open;
  }

  /** The name of the format. */
  get format(): string {
    return this.#descriptor.format;
  }
  /** The path that was opened. */
  get path(): string {
    return this.#descriptor.path;
  }
  /** The group within its file or store, without a leading slash; '' is the root. */
  get name(): string {
    return this.#descriptor.name;
  }
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#descriptor.attributes;
  }

  /**
   * What the group contains, by name.
   * @throws {FormatError} damaged metadata. @throws {ReadError}
   */
  children(): Promise<readonly GroupEntry[]> {
    return withCaller(runAsync(this.#descriptor.children(), nativeAsyncBackend));
  }

  /**
   * Opens an array of the group.
   * @param name a path relative to this group; a leading slash starts at the root.
   * @throws {FormatError} absent or damaged. @throws {UnsupportedError} @throws {ReadError}
   * @example await using t = await group.openArray('ocean/temperature')
   */
  openArray<D extends DType = DType>(name: string): Promise<ArrayHandle<D>> {
    const describe = (): Io<ArrayDescriptor> => this.#descriptor.openArray(name);
    return withCaller(this.#open(this.path, this.#settings, describe)) as Promise<ArrayHandle<D>>;
  }

  /** Opens a group of the group; errors as for {@link openArray}. */
  async openGroup(name: string): Promise<GroupHandle> {
    return new GroupHandle(
      await withCaller(runAsync(this.#descriptor.openGroup(name), nativeAsyncBackend)),
      this.#settings,
      this.#open,
    );
  }

  /**
   * All arrays and groups below this one, depth first, as paths relative to it.
   * @param maxDepth levels that are entered at most; guards against files whose groups contain themselves.
   */
  async *walk(maxDepth = 32): AsyncGenerator<GroupEntry> {
    for (const { name, kind } of await this.children()) {
      yield { name, kind };
      if (kind !== 'group' || maxDepth <= 1) continue;
      const below = await this.openGroup(name);
      for await (const entry of below.walk(maxDepth - 1)) yield { name: `${name}/${entry.name}`, kind: entry.kind };
    }
  }
}
