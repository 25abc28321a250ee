/**
 * Collects the arrays and groups below a group.
 * @module
 */
import { type GroupHandle, isPosixParError, type PosixParError, type WalkEntry } from '../../index.js';
import type { Context } from '../context.js';
import { type ArrayFacts, arrayFacts, visibleAttributes } from '../facts.js';
import { describeError, errorLine } from '../output/errors.js';
import type { PathFilter } from './filter.js';

/** One entry of a group and its children. */
export interface Node extends Omit<WalkEntry, 'array' | 'error'> {
  readonly array?: ArrayFacts;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Node[];
  /** Error that prevented inspecting the entry. */
  readonly error?: string;
  /** Number of further children that are not in the list; absent if there are none. */
  readonly more?: number;
  /** True if the group was not listed because a limit was reached, so its children are unknown. */
  readonly cut?: true;
  /** Path of the ancestor that is the same group, if a link leads back to it. The children are not listed again. */
  readonly same?: string;
}

/** Limits of a listing. */
export interface Limits {
  /** Maximum depth of groups. */
  readonly depth: number;
  /** Maximum number of entries per group. */
  readonly perGroup: number;
  /**
   * After this many entries, no further group is entered. Groups without a selected array count, too. The limit is
   * needed because links can make an HDF5 group appear in many others.
   */
  readonly total: number;
}

/** Children of a group. */
export interface Listing {
  readonly children: readonly Node[];
  /** Number of children that are not in the list. */
  readonly more: number;
}

/** Returns the reason why an array of the file at `path` was not opened. */
function reasonOf(error: PosixParError, path: string): string {
  return errorLine(describeError(error)).replace(` (${path})`, '');
}

/** Lists the entries below a group, depth first. */
export class TreeWalk {
  readonly #context: Context;
  readonly #limits: Limits;
  readonly #filter: PathFilter | null;
  readonly #count: (entries: number) => void;
  #seen = 0;

  /** @param count called for each entry, with the number of entries that were visited so far. */
  constructor(context: Context, limits: Limits, filter: PathFilter | null, count: (entries: number) => void) {
    this.#context = context;
    this.#limits = limits;
    this.#filter = filter;
    this.#count = count;
  }

  /**
   * Lists `group`. With a filter, lists only entries that it selects, groups that contain such entries, and groups that
   * were not entered because of a limit.
   * @param prefix path of `group` relative to the first group, with a slash at its end; '' for the first group.
   * @param above groups that contain `group`, outermost first. They show cycles and the depth.
   */
  async list(group: GroupHandle, prefix = '', above: readonly GroupHandle[] = []): Promise<Listing> {
    const nodes: Node[] = [];
    const { signal } = this.#context;
    const { perGroup } = this.#limits;
    let [wanted, seen] = [0, 0];
    const filter = ({ name, kind }: Pick<WalkEntry, 'name' | 'kind'>): boolean => {
      if (kind !== 'group' && this.#filter?.(prefix + name) === false) return false;
      wanted += 1;
      // The other entries are only counted.
      return nodes.length < perGroup;
    };
    for await (const entry of group.walk({ maxDepth: 1, filter, signal })) {
      seen += 1;
      this.#seen += 1;
      this.#count(this.#seen);
      const node = await this.#inspect(group, entry, prefix, above);
      if (this.#isShown(node, prefix)) nodes.push(node);
    }
    return { children: nodes, more: wanted - seen };
  }

  #isShown({ name, kind, children, cut }: Node, prefix: string): boolean {
    if (kind !== 'group' || this.#filter === null || cut === true) return true;
    return this.#filter(prefix + name) || (children !== undefined && children.length > 0);
  }

  async #inspect(
    group: GroupHandle,
    { array, error, ...entry }: WalkEntry,
    prefix: string,
    above: readonly GroupHandle[],
  ): Promise<Node> {
    if (error !== undefined) return { ...entry, error: reasonOf(error, group.path) };
    if (array !== undefined) return { ...entry, array: arrayFacts(array) };
    if (entry.kind !== 'group') return entry;
    try {
      return await this.#inspectGroup(group, entry, prefix, above);
    } catch (failure) {
      if (!isPosixParError(failure)) throw failure;
      return { ...entry, error: reasonOf(failure, group.path) };
    }
  }

  async #inspectGroup(group: GroupHandle, entry: Node, prefix: string, above: readonly GroupHandle[]): Promise<Node> {
    const { name } = entry;
    const within = [...above, group];
    if (within.length >= this.#limits.depth) return { ...entry, cut: true };
    const below = await group.openGroup(name);
    const same = within.find(({ identity }) => identity !== null && identity === below.identity);
    if (same !== undefined) return { ...entry, same: `/${same.name}` };
    if (this.#seen >= this.#limits.total) return { ...entry, cut: true };
    const { children, more } = await this.list(below, `${prefix}${name}/`, within);
    const attributes = visibleAttributes(below.format, below.attributes);
    return { ...entry, attributes, children, ...(more === 0 ? {} : { more }) };
  }
}
