/**
 * Codec specifications: what a format's metadata says about how chunks were encoded, in the form that the native side
 * understands. A chain lists the codecs in the order in which they were applied when writing; decoding goes
 * backwards.
 * @module
 */

import type { codecIds } from '../core/generated/codecs.js';

/** The name of a codec. */
export type CodecName = keyof typeof codecIds;

/** One codec and its parameters. */
export interface CodecSpec {
  readonly codec: CodecName;
  readonly params: readonly number[];
}

/** Codecs in the order in which they were applied when writing; empty for plain chunks. */
export type CodecChain = readonly CodecSpec[];

/** Bytes of the name of a codec that is not read, at most. */
const maxNameBytes = 200;

/** A stage for a codec that is not read, for chains whose chunks may have skipped it. @param what its name, for errors. */
export function unsupportedCodec(what: string): CodecSpec {
  return { codec: 'unsupported', params: [...new TextEncoder().encode(what).subarray(0, maxNameBytes)] };
}

/** The name of a codec for people. */
export function codecLabel({ codec, params }: CodecSpec): string {
  return codec === 'unsupported' ? new TextDecoder().decode(Uint8Array.from(params)) : codec;
}
