/**
 * The files of a store.
 * @module
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path/posix';
import { AbortError } from '../core/errors.js';

/** Chunks `2` and `10` come in this order. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** Throws when `signal` has been aborted. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('The call was aborted', { cause: signal.reason });
}

/**
 * The paths of all files below `directory`, depth first, names in natural order. Links are listed and not followed, so that
 * none is met twice; what is neither file, link nor directory is left out.
 * @returns paths, and the directories that could not be listed with the code of the error.
 */
export async function filesBelow(
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
