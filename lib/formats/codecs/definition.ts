/**
 * Defines the names of a codec in Zarr, numcodecs and HDF5, and how the parameters in their metadata become parameters
 * of a `CodecSpec`.
 * @module
 */
import type { CodecName, CodecSpec } from '../../codecs/codec.js';
import type { CodecType } from '../zarr/dtype-v2.js';
import type { Extension } from '../zarr/extension.js';
import type { Place } from '../zarr/fields.js';
import type { JsonObject } from '../zarr/json.js';

/** A bytes-to-bytes codec. */
export interface ByteStep {
  readonly kind: 'bytes';
  readonly spec: CodecSpec;
}

/** A codec that converts array values to array values. */
export interface ValueStep {
  readonly kind: 'values';
  /**
   * True if the codec keeps the dimensions of a chunk. If false, zarr-python flattens the chunk in an order that
   * depends on its memory layout.
   */
  readonly keepsShape: boolean;
  /** Type of the decoded values. */
  readonly decoded: CodecType;
  /** Type of the stored values; null if they are packed bits. */
  readonly stored: CodecType | null;
  /**
   * Returns the decoder, or null if no decoding is needed.
   * @param storedBig true if stored values are big-endian. @param decodedBig true if decoded values are big-endian.
   */
  spec(storedBig: boolean, decodedBig: boolean): CodecSpec | null;
}

export type NumcodecsStep = ByteStep | ValueStep;

/** A numcodecs codec in a metadata document. */
export interface NumcodecsUse {
  readonly id: string;
  readonly config: JsonObject;
  readonly place: Place;
  /** Type of the values that a writer passes to the codec; null if it passes bytes. */
  readonly current: CodecType | null;
}

/** An array-to-bytes codec of Zarr v3 in a metadata document. */
export interface SerializerUse {
  readonly codec: Extension;
  /** Type of the values that a writer passes to the codec. */
  readonly type: CodecType;
  /** Shape of a chunk in stored order. */
  readonly shape: readonly number[];
}

/** An HDF5 filter. */
export interface Hdf5Filter {
  readonly codec: CodecName;
  /**
   * Converts the filter's client data and the element size in bytes to codec parameters. Returns null if they are
   * invalid.
   */
  params(values: readonly number[], elementSize: number): readonly number[] | null;
}

/** A codec or a family of related codecs: names in Zarr, numcodecs or HDF5, and functions that convert parameters. */
export interface CodecDefinition {
  /** Zarr v3 names of bytes-to-bytes codecs. */
  readonly zarr?: Readonly<Record<string, (use: Extension) => CodecSpec>>;
  /** Zarr v3 names of array-to-bytes codecs. The decoded values are little-endian. */
  readonly serializers?: Readonly<Record<string, (use: SerializerUse) => CodecSpec>>;
  /** Numcodecs names: `id` in Zarr v2, `numcodecs.<id>` in Zarr v3. */
  readonly numcodecs?: Readonly<Record<string, (use: NumcodecsUse) => NumcodecsStep>>;
  /** Registered HDF5 filter numbers. */
  readonly hdf5?: Readonly<Record<number, Hdf5Filter>>;
}

/** Creates a numcodecs step for a bytes-to-bytes codec. */
export function bytes(codec: CodecName, params: readonly number[] = []): ByteStep {
  return { kind: 'bytes', spec: { codec, params } };
}

/** Returns an empty list, for filters whose decoders need no parameters. */
export const noParams = (): readonly number[] => [];
