/**
 * What formats call a codec, and how their parameters become those of its specification.
 * @module
 */
import type { CodecName, CodecSpec } from '../../codecs/codec.js';
import type { CodecType } from '../zarr/dtype-v2.js';
import type { Extension } from '../zarr/extension.js';
import type { Place } from '../zarr/fields.js';
import type { JsonObject } from '../zarr/json.js';

/** A codec that changes bytes without knowing what they mean. */
export interface ByteStep {
  readonly kind: 'bytes';
  readonly spec: CodecSpec;
}

/** A codec from values to values. */
export interface ValueStep {
  readonly kind: 'values';
  /**
   * True if the codec keeps the dimensions of a chunk. The others of zarr-python flatten it in an order that depends on its
   * memory.
   */
  readonly keepsShape: boolean;
  /** The values after decoding. */
  readonly decoded: CodecType;
  /** The values before decoding; null if they are bits. */
  readonly stored: CodecType | null;
  /** Returns the codec that decodes, for the byte orders of the stored and the decoded values; null if nothing must be done. */
  spec(storedBig: boolean, decodedBig: boolean): CodecSpec | null;
}

export type NumcodecsStep = ByteStep | ValueStep;

/** One use of a codec of numcodecs in a metadata document. */
export interface NumcodecsUse {
  readonly id: string;
  readonly config: JsonObject;
  readonly place: Place;
  /** The type of the values that reach the codec when writing; null if they are bytes. */
  readonly current: CodecType | null;
}

/** A filter of HDF5. */
export interface Hdf5Filter {
  readonly codec: CodecName;
  /** Returns the parameters for the client data and the bytes of an element; null if they make no sense. */
  params(values: readonly number[], elementSize: number): readonly number[] | null;
}

/** A codec, or a family of codecs that one file of native/codecs decodes. */
export interface CodecDefinition {
  /** Names of Zarr v3 among its codecs from bytes to bytes. */
  readonly zarr?: Readonly<Record<string, (use: Extension) => CodecSpec>>;
  /** Names of numcodecs: `id` in Zarr v2, `numcodecs.<id>` in Zarr v3. */
  readonly numcodecs?: Readonly<Record<string, (use: NumcodecsUse) => NumcodecsStep>>;
  /** Registered filter numbers of HDF5. */
  readonly hdf5?: Readonly<Record<number, Hdf5Filter>>;
}

/** Makes a step of numcodecs that changes bytes. */
export function bytes(codec: CodecName, params: readonly number[] = []): ByteStep {
  return { kind: 'bytes', spec: { codec, params } };
}

/** Parameters of a filter that has none. */
export const noParams = (): readonly number[] => [];
