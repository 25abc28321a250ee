/**
 * Opens arrays of text, which `openArray` opens only as code units, or refuses.
 * @module
 */
import { type ArrayHandle, isPosixParError, openText, type TextHandle } from '../index.js';
import type { Context } from './context.js';
import { buildOptions, type OpeningFlags } from './open.js';

/** Opens the array of text at `path`. Returns null if it is not text or cannot be opened. */
export async function openIfText(context: Context, path: string, flags: OpeningFlags): Promise<TextHandle | null> {
  try {
    return await openText(path, buildOptions(context, flags));
  } catch (error) {
    if (isPosixParError(error, 'UnsupportedError', 'ChoiceError', 'FormatError', 'ReadError')) return null;
    throw error;
  }
}

/** True if an open array may be text: its elements have a type of code units. */
export function mayBeText({ dtype }: Pick<ArrayHandle, 'dtype'>): boolean {
  return dtype === 'uint8' || dtype === 'uint16' || dtype === 'uint32';
}
