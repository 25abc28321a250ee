/**
 * Wraps the addon's index of restart points for parsers, which do not use the addon.
 * @module
 */
import { binding, isNativeError, type NativeHandle } from '../native/binding.js';
import type { DeflateIndex, RestoreIndexRequest } from './io.js';

/** Returns the index of a handle. */
export function wrapIndex(handle: NativeHandle): DeflateIndex {
  const native = binding();
  return { handle, pieces: native.deflate_pieces(handle), save: () => native.save_deflate_index(handle) };
}

/** Restores an index from bytes. Returns null if they are damaged. */
export function restoreNativeIndex({ bytes, end }: RestoreIndexRequest): DeflateIndex | null {
  const handle = binding().load_deflate_index(bytes, end);
  return isNativeError(handle) ? null : wrapIndex(handle);
}
