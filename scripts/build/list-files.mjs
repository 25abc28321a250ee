import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the paths of all files below `folder`, relative to it. */
export function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
}
