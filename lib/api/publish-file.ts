/**
 * Gives a complete file and its sidecar their final names.
 * @module
 */
import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Durability } from '../core/generated/write.js';
import { type FileStep, performSteps } from '../exec/file-steps.js';
import { partialPath } from '../files/partial.js';

/** A complete file that has a temporary name. */
export interface CompleteFile {
  readonly temporary: string;
  /** Final path. */
  readonly path: string;
  /** `replace` if an existing file may be replaced, otherwise `rename`. */
  readonly kind: 'rename' | 'replace';
  readonly durability: Durability;
}

/** A file next to a data file that contains its metadata. */
export interface Sidecar {
  /** Final path. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Compares the file at the path of a sidecar with the bytes of the sidecar. */
export async function lookAtSidecar({ path, bytes }: Sidecar): Promise<'absent' | 'equal' | 'other'> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return 'absent';
  if (!found.isFile() || found.size !== bytes.length) return 'other';
  return (await readFile(path)).equals(bytes) ? 'equal' : 'other';
}

/** Gives a file its final name. @throws {WriteError} */
export async function publishFile({ temporary, path, kind, durability }: CompleteFile): Promise<void> {
  const directory: FileStep[] = durability === 'full' ? [{ kind: 'syncDirectory', path: dirname(path) }] : [];
  await performSteps([{ kind, path: temporary, to: path }, ...directory]);
}

/**
 * Gives a file and its sidecar their final names. A crash at any time never leaves a file next to a sidecar that
 * describes other data: a new sidecar appears before its file, and a sidecar with other content is moved away before
 * its file is replaced. If a step fails before the file has its name, the sidecar is as before.
 * @throws {WriteError}
 */
export async function publishWithSidecar(file: CompleteFile, sidecar: Sidecar): Promise<void> {
  const state = await lookAtSidecar(sidecar);
  if (state === 'equal') {
    await publishFile(file);
    return;
  }
  const isDurable = file.durability !== 'none';
  // The names reach the storage in this order only if the directory is synchronized between them.
  const barrier: FileStep[] = isDurable ? [{ kind: 'syncDirectory', path: dirname(file.path) }] : [];
  const sync: FileStep[] = isDurable ? [{ kind: 'sync' }] : [];
  const rename: FileStep = { kind: file.kind, path: file.temporary, to: file.path };
  const written = await partialPath(sidecar.path);
  await performSteps([{ kind: 'create', path: written }, { kind: 'write', bytes: sidecar.bytes }, ...sync]);
  let undo: FileStep[] = [{ kind: 'remove', path: written }];
  try {
    if (state === 'other' && file.kind === 'replace') {
      const aside = await partialPath(sidecar.path);
      await performSteps([{ kind: 'rename', path: sidecar.path, to: aside }]);
      undo.push({ kind: 'rename', path: aside, to: sidecar.path });
      await performSteps([...barrier, rename]);
      undo = [
        { kind: 'remove', path: written },
        { kind: 'remove', path: aside },
      ];
      await performSteps([
        ...barrier,
        { kind: 'rename', path: written, to: sidecar.path },
        ...barrier,
        { kind: 'remove', path: aside },
      ]);
    } else {
      await performSteps([{ kind: 'rename', path: written, to: sidecar.path }]);
      undo = [{ kind: 'remove', path: sidecar.path }];
      await performSteps([...barrier, rename]);
      undo = [];
      if (file.durability === 'full') await performSteps(barrier);
    }
  } catch (error) {
    // Errors of the steps that restore the old files are ignored, so that the caller gets the first error.
    for (const step of undo) await performSteps([step]).catch(() => {});
    throw error;
  }
}
