/**
 * Where the options that name an output file lead.
 * @module
 */
import { isSameFile } from '../../files/same-file.js';
import { UsageError } from '../exit-codes.js';
import { printable } from './table.js';

/** Whether a name stands for standard output. */
export const isStandardOutput = (path: string): boolean =>
  ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'].includes(path);

/**
 * Checks the name that `option` gives for an output file.
 * @param inputs what the command reads.
 * @throws {UsageError} for a name that is empty or stands for standard output, and for the file that is read, by whatever
 *   name: it would be lost.
 */
export async function checkOutput(option: string, path: string, inputs: readonly string[]): Promise<void> {
  const received = `received '${printable(path)}'`;
  if (path === '' || isStandardOutput(path))
    throw new UsageError(`Expected the name of a file for ${option}, ${received}`);
  for (const input of inputs) {
    if (await isSameFile(input, path))
      throw new UsageError(`Expected another file for ${option} than the one that is read, ${received}`);
  }
}
