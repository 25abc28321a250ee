/**
 * Finds objects of files that are neither arrays nor groups: committed datatypes, and links without a target.
 * @module
 */
import type { GroupHandle } from '../../api/group-handle.js';
import { openedGroup } from '../../api/opened-parts.js';
import { isPosixParError } from '../../core/errors.js';
import type { DatatypeDescriptor, GroupEntry } from '../../formats/group.js';
import { HttpError } from '../http/problem.js';
import type { Catalog } from './catalog.js';

/** Returns the committed datatype at the path `name` in a group; null if there is none. */
export async function findDatatype(
  catalog: Catalog,
  group: GroupHandle,
  name: string,
  signal: AbortSignal,
): Promise<DatatypeDescriptor | null> {
  const io = openedGroup(group).describeDatatype?.(name);
  if (io === undefined) return null;
  return await catalog.run(io, signal).catch((error: unknown) => {
    if (!isPosixParError(error) || isPosixParError(error, 'AbortError')) throw error;
    return null;
  });
}

/** An entry of a group, and the group. */
export interface FoundEntry {
  readonly group: GroupHandle;
  readonly entry: GroupEntry;
}

/** Finds the entry of a group at the path `steps`, without following it; null if there is none. */
export async function findEntry(
  catalog: Catalog,
  steps: readonly string[],
  signal: AbortSignal,
): Promise<FoundEntry | null> {
  const parent = steps.length === 0 ? null : await catalog.findStored(steps.slice(0, -1), signal).catch(nullIfAbsent);
  if (parent?.kind !== 'group') return null;
  const { group } = parent;
  const entry = (await group.children({ signal })).find(({ name }) => name === steps.at(-1));
  return entry === undefined ? null : { group, entry };
}

/** True if an error says that there is no such object. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof HttpError ? error.status === 404 : isPosixParError(error, 'ChoiceError');

/** Returns null if an error says that there is no such object; otherwise throws it. */
export function nullIfAbsent(error: unknown): null {
  if (!isAbsent(error)) throw error;
  return null;
}
