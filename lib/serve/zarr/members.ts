/**
 * Collects the metadata of all nodes below a group, because clients cannot list directories over HTTP.
 * @module
 */
import type { GroupHandle } from '../../api/group-handle.js';
import { openedGroup, openedParts } from '../../api/opened-parts.js';
import { isPosixParError } from '../../core/errors.js';
import type { ArrayDescriptor } from '../../formats/format.js';
import type { Catalog } from '../catalog/catalog.js';
import { elementKind } from '../listed-elements.js';
import type { CodecProfile } from './codecs.js';
import { describeView, groupMetadata } from './view.js';

/** Maximum number of nodes whose metadata is collected. */
const maxMembers = 1024;

/**
 * Returns the documents of the arrays and groups below `group`, at most 32 levels deep, by path. Returns null if there
 * are too many. Leaves out arrays and groups that cannot be read. Does not enter a group again that contains itself
 * through links.
 */
export async function collectMembers(
  catalog: Catalog,
  group: GroupHandle,
  profile: CodecProfile,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, unknown> | null> {
  const members = new Map<string, unknown>();
  for await (const { name, kind } of group.walk({ describe: false, signal })) {
    if (kind === 'other') continue;
    if (members.size === maxMembers) return null;
    const document = await skipUnreadable(
      kind === 'group' ? describeGroup(group, name, signal) : describeArray(catalog, group, name, profile, signal),
    );
    if (document !== null) members.set(name, document);
  }
  return members;
}

async function describeGroup(group: GroupHandle, name: string, signal: AbortSignal): Promise<unknown> {
  const { attributes } = await group.openGroup(name, { signal });
  return groupMetadata(attributes, null);
}

async function describeArray(
  catalog: Catalog,
  group: GroupHandle,
  name: string,
  profile: CodecProfile,
  signal: AbortSignal,
): Promise<unknown> {
  const metadataOf = async (array: ArrayDescriptor): Promise<unknown> =>
    (await catalog.run(describeView(array, profile), signal)).metadata;
  try {
    await using array = await group.openArray(name, { signal });
    return await metadataOf(openedParts(array).descriptor);
  } catch (error) {
    // Texts of variable length are refused, because they are not numbers.
    if (!isPosixParError(error, 'UnsupportedError')) throw error;
    const stored = await catalog.run(openedGroup(group).openArray(name), signal);
    if (elementKind(stored) !== 'text') throw error;
    return await metadataOf(stored);
  }
}

async function skipUnreadable<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isPosixParError(error) && !isPosixParError(error, 'AbortError')) return null;
    throw error;
  }
}
