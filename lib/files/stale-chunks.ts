/**
 * Removes temporary files of chunks that a killed writer left behind. Their names are
 * `.<name of the chunk's file>.<number>.partial` (native/exec/write/replaced_file.cc).
 * @module
 */
import { opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Number of directory entries that are read at a time. */
const entriesAtOnce = 1024;

/** Replaces each number in a name by 0, so that the names of all chunks become equal. */
const generalize = (name: string): string => name.replace(/\d+/g, '0');

/** Returns the name of the chunk's file to which a temporary name belongs; null for other names. */
function parseTemporary(name: string): string | null {
  const suffix = /\.\d+\.partial$/.exec(name);
  return name.startsWith('.') && suffix !== null && suffix.index > 1 ? name.slice(1, suffix.index) : null;
}

/**
 * Removes the temporary files of the chunks of one array. Call this only if no other writer can be active. Lists only
 * directories whose names can be those of chunks, and follows no symbolic links. Ignores files and directories that
 * cannot be listed or removed.
 * @param directory directory of the chunks.
 * @param example path of the file of any chunk, relative to `directory`. The paths of other chunks differ only in their
 *   numbers.
 */
export async function removeStaleChunks(directory: string, example: string): Promise<void> {
  const steps = generalize(example).split('/');
  const visit = async (place: string, depth: number): Promise<void> => {
    const wanted = steps[depth];
    const isLeaf = depth === steps.length - 1;
    const found: string[] = [];
    try {
      for await (const entry of await opendir(place, { bufferSize: entriesAtOnce })) {
        const name = isLeaf ? parseTemporary(entry.name) : entry.name;
        if (name === null || generalize(name) !== wanted) continue;
        if (isLeaf ? entry.isFile() : entry.isDirectory()) found.push(join(place, entry.name));
      }
    } catch {
      // The directory does not exist, or cannot be listed.
    }
    for (const path of found) {
      if (isLeaf) await rm(path, { force: true }).catch(() => {});
      else await visit(path, depth + 1);
    }
  };
  await visit(directory, 0);
}
