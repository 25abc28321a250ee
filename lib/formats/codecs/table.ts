/**
 * Lists codecs by their names in Zarr, numcodecs and HDF5. To add a codec, see docs/contributing/add-a-codec.md.
 * @module
 */
import { bitshuffle } from './bitshuffle.js';
import { blosc } from './blosc.js';
import { bzip2 } from './bzip2.js';
import { checksums } from './checksums.js';
import type { CodecDefinition } from './definition.js';
import { deflate } from './deflate.js';
import { fletcher32 } from './fletcher32.js';
import { integers } from './integers.js';
import { lz4 } from './lz4.js';
import { lzf } from './lzf.js';
import { lzma } from './lzma.js';
import { pcodec } from './pcodec.js';
import { shuffle } from './shuffle.js';
import { values } from './values.js';
import { zfp } from './zfp.js';
import { zstd } from './zstd.js';

const definitions: readonly CodecDefinition[] = [
  bitshuffle,
  blosc,
  bzip2,
  checksums,
  deflate,
  fletcher32,
  integers,
  lz4,
  lzf,
  lzma,
  pcodec,
  shuffle,
  values,
  zfp,
  zstd,
];

/**
 * Collects the codecs of one format by name. Returns a Map: a name in a file may be `__proto__`, which an object would
 * look up in its prototype.
 */
function namesOf<T>(
  pick: (definition: CodecDefinition) => Readonly<Record<string, T>> | undefined,
): ReadonlyMap<string, T> {
  return new Map(definitions.flatMap((definition) => Object.entries(pick(definition) ?? {})));
}

/** Bytes-to-bytes codecs of Zarr v3, by name. */
export const zarrCodecs = namesOf((definition) => definition.zarr);

/** Array-to-bytes codecs of Zarr v3, by name. */
export const zarrSerializers = namesOf((definition) => definition.serializers);

/** Numcodecs codecs, by id. */
export const numcodecsCodecs = namesOf((definition) => definition.numcodecs);

/** HDF5 filters, by their number as text. */
export const hdf5Filters = namesOf((definition) => definition.hdf5);
