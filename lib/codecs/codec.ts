/**
 * Codec specifications: a chunk's encoding as described by metadata, in the form that the native side understands. A
 * chain lists the codecs in the order in which a writer applied them; decoding applies them in reverse.
 * @module
 */

import { codecIds } from '../core/generated/codecs.js';

/** Name of a codec. */
export type CodecName = keyof typeof codecIds;

/** One codec and its parameters. */
export interface CodecSpec {
  readonly codec: CodecName;
  readonly params: readonly number[];
  /** Native index of restart points; only for `deflatePiece`. */
  readonly index?: object;
}

/** Codecs in the order in which a writer applied them; empty for uncompressed chunks. */
export type CodecChain = readonly CodecSpec[];

/** Maximum length in bytes of the name of an unsupported codec. */
const maxNameBytes = 200;

/**
 * Creates a placeholder for an unsupported codec. A chain may contain it, because chunks that skipped the codec can
 * still be read.
 * @param what name of the codec, for errors.
 */
export function unsupportedCodec(what: string): CodecSpec {
  return { codec: 'unsupported', params: [...new TextEncoder().encode(what).subarray(0, maxNameBytes)] };
}

/**
 * Creates a codec that contains another one.
 * @param params parameters before those of the other codec. @param inner the other codec; null if there is none.
 */
export function wrappedCodec(codec: 'n5Block', params: readonly number[], inner: CodecSpec | null): CodecSpec {
  return { codec, params: [...params, ...(inner === null ? [0] : [codecIds[inner.codec], ...inner.params])] };
}

/** Returns the name of a codec for users. */
export function codecLabel({ codec, params }: CodecSpec): string {
  if (codec === 'deflatePiece') return 'deflate';
  if (codec === 'n5Block') return labelOfBlock(params);
  return codec === 'unsupported' ? new TextDecoder().decode(Uint8Array.from(params)) : codec;
}

/** Returns the name of the codec in a block of N5; 'raw' if there is none. */
function labelOfBlock(params: readonly number[]): string {
  const id = params[2 + (params[1] ?? 0)] ?? 0;
  const found = Object.entries(codecIds).find(([, number]) => number === id);
  return found === undefined ? 'raw' : found[0];
}
