/**
 * Defines how metadata names zlib and gzip.
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';

export const deflate: CodecDefinition = {
  zarr: {
    gzip: () => ({ codec: 'gzip', params: [] }),
  },
  numcodecs: {
    zlib: () => bytes('zlib'),
    gzip: () => bytes('gzip'),
  },
  hdf5: {
    1: { codec: 'zlib', params: noParams },
  },
};
