/**
 * Completes the names of arrays and groups in `file#/name`.
 * @module
 */
import { isPosixParError, openGroup } from '../index.js';

/**
 * Returns the words that complete `text`, one level of groups at a time. Groups end in a slash. Returns none if the
 * file cannot be read, because completion must not print errors.
 */
export async function completeNames(text: string, signal: AbortSignal): Promise<readonly string[]> {
  const hash = text.lastIndexOf('#');
  if (hash <= 0) return [];
  const typed = text.slice(hash + 1);
  const parent = typed.slice(0, typed.lastIndexOf('/') + 1);
  const name = typed.slice(parent.length);
  try {
    const group = await openGroup(text.slice(0, hash), { signal, array: parent.split('/').filter(Boolean).join('/') });
    return (await group.children({ signal }))
      .filter((entry) => entry.kind !== 'other' && entry.name.startsWith(name))
      .filter((entry) => !entry.name.includes('\n'))
      .map((entry) => `${text.slice(0, hash + 1)}${parent}${entry.name}${entry.kind === 'group' ? '/' : ''}`);
  } catch (error) {
    if (isPosixParError(error)) return [];
    throw error;
  }
}
