/**
 * The small files of /proc and /sys, and the file tree around them, as the rest of this folder sees them: tests put
 * recorded trees of other machines here.
 * @module
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

/** What is asked of the running system. Nothing throws: what can't be read is null or empty. */
export interface SystemFiles {
  /** The text of a small file. */
  read(path: string): Promise<string | null>;
  /** The names in a directory. */
  list(path: string): Promise<readonly string[]>;
  /** The path without symbolic links. */
  real(path: string): Promise<string | null>;
}

/** The largest text that is read; mountinfo of a machine with ten thousand mounts has a few MiB. */
const maxBytes = 64 * 1024 * 1024;

async function readText(path: string): Promise<string | null> {
  let handle: fs.FileHandle | undefined;
  try {
    // Files of /proc and /sys say 0 or a page for their size: they are read to their end.
    handle = await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const chunks: Buffer[] = [];
    for (let total = 0; total < maxBytes; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(65536), 0, 65536, null);
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      total += bytesRead;
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch {
    return null;
  } finally {
    await handle?.close();
  }
}

/** The running system. */
export const systemFiles: SystemFiles = {
  read: readText,
  list: (path) => fs.readdir(path).catch(() => []),
  real: (path) => fs.realpath(path).catch(() => null),
};
