/**
 * Opens arrays of text and sequences, which `openArray` opens only as code units, or refuses.
 * @module
 */
import {
  type ArrayHandle,
  isPosixParError,
  type OpenOptions,
  openSequences,
  openText,
  type SequenceHandle,
  type TextHandle,
} from '../index.js';
import type { Context } from './context.js';
import { buildOptions, type OpeningFlags } from './open.js';

/** Opens the array of text at `path`. Returns null if it is not text or cannot be opened. */
export function openIfText(context: Context, path: string, flags: OpeningFlags): Promise<TextHandle | null> {
  return openIf(openText, path, buildOptions(context, flags));
}

/** Opens the array of text or of sequences at `path`. Returns null if it is neither or cannot be opened. */
export async function openIfVariable(
  context: Context,
  path: string,
  flags: OpeningFlags,
): Promise<TextHandle | SequenceHandle | null> {
  const options = buildOptions(context, flags);
  return (await openIf(openText, path, options)) ?? (await openIf(openSequences, path, options));
}

async function openIf<T>(
  open: (path: string, options: OpenOptions) => Promise<T>,
  path: string,
  options: OpenOptions,
): Promise<T | null> {
  try {
    return await open(path, options);
  } catch (error) {
    if (isPosixParError(error, 'UnsupportedError', 'ChoiceError', 'FormatError', 'ReadError')) return null;
    throw error;
  }
}

/** True if an open array may be text: its elements have a type of code units. */
export function mayBeText({ dtype }: Pick<ArrayHandle, 'dtype'>): boolean {
  return dtype === 'uint8' || dtype === 'uint16' || dtype === 'uint32';
}
