/**
 * Reads the small files of /proc and /sys, and the file tree around them. Tests supply recorded trees of other
 * machines.
 * @module
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

/** Queries of the running system. They never throw: a result that cannot be read is null or empty. */
export interface SystemFiles {
  /** Reads the text of a small file. */
  read(path: string): Promise<string | null>;
  /** Lists the names in a directory. */
  list(path: string): Promise<readonly string[]>;
  /** Resolves symbolic links. */
  real(path: string): Promise<string | null>;
}

/** Maximum size of a text in bytes. For comparison: with ten thousand mounts, mountinfo has a few MiB. */
const maxBytes = 64 * 1024 * 1024;

async function readText(path: string): Promise<string | null> {
  let handle: fs.FileHandle | undefined;
  try {
    // Reads until the end, because files of /proc and /sys report 0 or one page as their size.
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
