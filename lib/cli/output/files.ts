/**
 * Checks options that name an output file.
 * @module
 */
import { isSameFile } from '../../files/same-file.js';
import { UsageError } from '../exit-codes.js';
import { printable } from './table.js';

/** True if a path means standard output. */
export const isStandardOutput = (path: string): boolean =>
  ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'].includes(path);

/**
 * Checks the path that `option` gives for an output file.
 * @param inputs paths that the command reads.
 * @throws {UsageError} if the path is empty, means standard output, or leads to an input, which would be overwritten.
 */
export async function checkOutput(option: string, path: string, inputs: readonly string[]): Promise<void> {
  const received = `received '${printable(path)}'`;
  if (path === '' || isStandardOutput(path)) throw new UsageError(`Expected a file name for ${option}, ${received}`);
  for (const input of inputs) {
    if (await isSameFile(input, path))
      throw new UsageError(`Expected a file other than the input for ${option}, ${received}`);
  }
}
