/**
 * Lists the files of a store.
 * @module
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path/posix';
import { AbortError } from '../core/errors.js';

/** Compares the numbers in names by value, so that chunk `2` precedes chunk `10`. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** Throws if `signal` is aborted. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('The call was aborted', { cause: signal.reason });
}

/**
 * Lists all files below `directory`, depth first, in natural order of names. Lists symbolic links but does not follow
 * them, so that no file appears twice. Ignores other special files.
 * @returns the paths of the files; and for each directory that could not be listed, its path and error code.
 */
export async function listFiles(
  directory: string,
  signal: AbortSignal | undefined,
): Promise<{ files: string[]; failures: { path: string; code: string }[] }> {
  const files: string[] = [];
  const failures: { path: string; code: string }[] = [];
  const walk = async (folder: string): Promise<void> => {
    checkAborted(signal);
    const entries = await fs.readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      failures.push({ path: folder, code: error.code ?? 'EIO' });
      return [];
    });
    for (const entry of entries.sort((a, b) => byNumber.compare(a.name, b.name))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() || entry.isSymbolicLink()) files.push(path);
    }
  };
  await walk(directory);
  return { files, failures };
}
