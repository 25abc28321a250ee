/**
 * Bodies whose memory is counted until it has been sent.
 * @module
 */
import { resultPool } from '../api/result-pool.js';
import type { TypedArray } from '../core/dtype.js';
import { ValuesLimitError } from '../core/values-limit.js';
import type { Body } from './http/reply.js';
import type { Admission } from './limits.js';

/** A part of a reply in memory. */
export interface Content {
  /** Pieces to send, one after the other. */
  readonly pieces: Iterable<Uint8Array>;
  /** Bytes of memory that are in use until the last piece has been sent. */
  readonly bytes: number;
  /** Memory that this content owns; it is recycled. Undefined leaves it to the garbage collector. */
  readonly owned?: ArrayBuffer;
}

/** Returns the content that consists of `pieces`. */
export function contentOf(...pieces: readonly Uint8Array[]): Content {
  return { pieces, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/** Returns the elements of a result as content, which owns the memory of the result. */
export function elementsContent({ buffer, byteOffset, byteLength }: TypedArray): Content {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return { pieces: [bytes], bytes: byteLength, owned: buffer as ArrayBuffer };
}

/** Returns text as content. */
export function textContent(text: string): Content {
  return contentOf(new TextEncoder().encode(text));
}

/**
 * Yields the pieces of the content that `produce` returns. Waits until `bytes` bytes of memory are available, and
 * reserves them until the content is ready. The memory of the content stays reserved until the consumer has taken the
 * last piece and asks for the next, or ends the iteration.
 */
export async function* sendHeld(
  admission: Admission,
  bytes: number,
  signal: AbortSignal,
  produce: () => Promise<Content>,
): AsyncGenerator<Uint8Array> {
  const hold = await admission.begin(bytes, signal);
  let owned: ArrayBuffer | undefined;
  try {
    const content = await produce();
    owned = content.owned;
    hold.keep(content.bytes);
    for (const piece of content.pieces) if (piece.length > 0) yield piece;
  } finally {
    if (owned !== undefined) resultPool.giveUnshared(owned, admission.recycledBytes);
    hold.end();
  }
}

/** How a body is produced. */
export interface HeldSettings extends Partial<Pick<Body, 'length' | 'compressible'>> {
  /** Bytes of memory that are needed to produce the body. */
  readonly bytes: number;
}

/** Creates a body that `produce` makes as a whole when it is needed. */
export function heldBody(
  admission: Admission,
  { bytes, length = null, compressible = 'no' }: HeldSettings,
  produce: (signal: AbortSignal) => Promise<Content>,
): Body {
  return {
    length,
    hasRanges: false,
    compressible,
    open: (_span, signal) => sendHeld(admission, bytes, signal, () => produce(signal)),
  };
}

/** Memory that a read needs if its result has values of variable length. */
export interface VariableBytes {
  /** Memory in bytes that does not depend on the values. */
  readonly readBytes: number;
  /** Bytes of values for which memory is reserved at first; 0 if the result has none. */
  readonly firstBytes: number;
}

/** Memory of values of variable length in relation to their bytes: decoded, collected and joined. */
const valueMemory = 3;
/** Factor by which more memory is reserved if the values do not fit. */
const growth = 4;

/**
 * Yields the pieces of content whose size is not known. Reserves little memory, and more as long as `produce` throws a
 * ValuesLimitError.
 * @param produce reads the content. Its values of variable length must have at most `maxBytes` bytes.
 * @throws {HttpError} 413 if the values exceed the maximum size of a reply.
 */
export async function* sendVariable(
  admission: Admission,
  { readBytes, firstBytes }: VariableBytes,
  signal: AbortSignal,
  produce: (maxBytes: number) => Promise<Content>,
): AsyncGenerator<Uint8Array> {
  const { maxResponseBytes } = admission;
  for (let maxBytes = Math.min(firstBytes, maxResponseBytes); ; ) {
    try {
      yield* sendHeld(admission, readBytes + valueMemory * maxBytes, signal, () => produce(maxBytes));
      return;
    } catch (error) {
      if (!(error instanceof ValuesLimitError)) throw error;
      // A chunk may be larger than a reply, because a reply may need a part of it.
      if (error.what === 'values') admission.checkSize(error.neededBytes);
      maxBytes = Math.max(error.neededBytes, Math.min(growth * maxBytes, maxResponseBytes));
    }
  }
}
