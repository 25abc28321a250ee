/**
 * Temporary folders for the files of an attack, in memory or on a disk.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';

const prefix = 'posix-par-attack-';
/** Age in milliseconds of folders that an attack must have left when it was killed. Its batches are much shorter. */
const staleMs = 24 * 3_600_000;

const living = new Set<string>();

const parents = (): readonly string[] => [...(fs.existsSync('/dev/shm') ? ['/dev/shm'] : []), os.tmpdir()];

/** Creates an empty folder. */
export function createWorkFolder(onDisk: boolean): string {
  const parent = (onDisk ? undefined : parents()[0]) ?? os.tmpdir();
  const folder = fs.mkdtempSync(join(parent, prefix));
  living.add(folder);
  return folder;
}

/** Removes a folder that {@link createWorkFolder} has made. Processes that were just killed may still write to it. */
export function removeWorkFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  living.delete(folder);
}

/** Removes all folders of this process. */
export function removeWorkFolders(): void {
  for (const folder of living) removeWorkFolder(folder);
}

/** Removes folders that a killed attack has left at least a day ago. */
export function removeStaleFolders(): void {
  for (const parent of new Set(parents())) {
    for (const name of fs.readdirSync(parent).filter((entry) => entry.startsWith(prefix))) {
      const path = join(parent, name);
      const found = fs.statSync(path, { throwIfNoEntry: false });
      if (found !== undefined && Date.now() - found.mtimeMs > staleMs)
        fs.rmSync(path, { recursive: true, force: true });
    }
  }
}
