/**
 * Compares memory byte by byte. This is much faster than comparing elements, and distinguishes different NaNs.
 * @module
 */
import { expect } from 'vitest';

/** Returns the bytes of a view. */
export function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/** Fails unless both views contain the same bytes. */
export function expectSameBytes(actual: ArrayBufferView, expected: ArrayBufferView, where = ''): void {
  const [a, b] = [bytesOf(actual), bytesOf(expected)];
  if (a.length === b.length && Buffer.compare(a, b) === 0) {
    expect(a.length).toBe(b.length);
    return;
  }
  const at = a.findIndex((byte, i) => byte !== b[i]);
  expect.fail(`${where} ${a.length} bytes, expected ${b.length}; the first difference is at byte ${at}`);
}
