/**
 * Wraps the addon's index of restart points for parsers, which do not use the addon.
 * @module
 */
import { binding, type NativeHandle } from '../native/binding.js';
import type { DeflateFirstPass, DeflateIndex } from './io.js';
import { type Lookup, type LookupAnswers, lookUp, lookUpSync } from './native-lookup.js';

/** Bytes of a saved index, which may be damaged. */
export interface SavedIndex {
  /** The bytes before the windows. */
  readonly bytes: Uint8Array;
  /** File offset of the end of the stream. No piece may extend beyond it. */
  readonly end: number;
}

/** Returns the index of a handle. */
export function wrapIndex(handle: NativeHandle): DeflateIndex {
  const native = binding();
  return {
    handle,
    pieces: native.deflate_pieces(handle),
    addWindows: (first, bytes) => native.add_deflate_windows(handle, first, bytes),
    save: () => native.save_deflate_index(handle),
  };
}

/** Returns the first pass of a handle. */
export function wrapFirstPass(handle: NativeHandle): DeflateFirstPass {
  return {
    handle,
    index: () => {
      const made = binding().first_pass_index(handle);
      return made === null ? null : wrapIndex(made);
    },
  };
}

/**
 * Restores an index, without its windows, from bytes on the thread pool, because large indexes take some time. Returns
 * null if they are damaged.
 * @throws {AbortError}
 */
export async function restoreIndex(saved: SavedIndex, signal: AbortSignal | undefined): Promise<DeflateIndex | null> {
  return restored(await lookUp(lookupOf(saved), null, { signal, closing: undefined }));
}

/** Works like {@link restoreIndex}, but on the calling thread. */
export function restoreIndexSync(saved: SavedIndex): DeflateIndex | null {
  return restored(lookUpSync(lookupOf(saved), null));
}

function lookupOf({ bytes, end }: SavedIndex): Lookup {
  return { kind: 'restore', subject: [], offsets: [end], memory: [bytes] };
}

function restored({ items: [item], details }: LookupAnswers): DeflateIndex | null {
  if (item === null) return null;
  if (details === undefined || details === null || Array.isArray(details)) {
    throw new RangeError('Expected an index from the addon');
  }
  return wrapIndex(details as NativeHandle);
}
