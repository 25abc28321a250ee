/**
 * Replaces metadata documents of arrays.
 * @module
 */
import { dirname } from 'node:path';
import type { Durability } from '../core/generated/write.js';
import { type FileStep, openBySteps } from '../exec/file-steps.js';
import { partialPath } from '../files/partial.js';
import type { DocumentFile } from '../formats/descriptor.js';
import type { NativeHandle } from '../native/binding.js';

/**
 * Writes a document under a temporary name, and renames it, which replaces the old document.
 * @param lock `exclusive` to lock the new file before it gets its name.
 * @returns the handle of the new file. The caller must release it.
 * @throws {WriteError} if a system call fails. The old file is then unchanged, unless only the last step failed: the
 * synchronization of the directory.
 */
export async function replaceDocument(
  { path, bytes }: DocumentFile,
  durability: Durability,
  lock: 'exclusive' | 'none',
): Promise<NativeHandle> {
  const temporary = await partialPath(path);
  const steps: FileStep[] = [
    { kind: 'create', path: temporary },
    { kind: 'write', bytes },
  ];
  if (lock !== 'none') steps.push({ kind: 'lock' });
  if (durability !== 'none') steps.push({ kind: 'sync' });
  steps.push({ kind: 'replace', path: temporary, to: path });
  if (durability === 'full') steps.push({ kind: 'syncDirectory', path: dirname(path) });
  return await openBySteps(steps);
}
