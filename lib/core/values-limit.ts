/**
 * Limits the bytes of values whose size a read finds out: texts and sequences of variable length.
 * @module
 */

/** Bytes that a {@link ValuesLimitError} is about: the values that a read returns, or a chunk that must be decoded. */
export type LimitedBytes = 'values' | 'chunk';

/** A read needs more bytes than its caller permits. It is thrown before the memory is allocated. */
export class ValuesLimitError extends Error {
  readonly what: LimitedBytes;
  /** Number of bytes that a repeated read needs, as far as it is known; it may need more. */
  readonly neededBytes: number;
  constructor(what: LimitedBytes, neededBytes: number, maxBytes: number) {
    super(`Expected at most ${maxBytes} bytes of ${what === 'values' ? 'values' : 'a decoded chunk'}`);
    this.what = what;
    this.neededBytes = neededBytes;
  }
}

/** @throws {ValuesLimitError} if `bytes` exceeds `maxBytes`. */
export function checkValuesBytes(what: LimitedBytes, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new ValuesLimitError(what, bytes, maxBytes);
}
