/**
 * Defines how metadata names Zstandard.
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';

export const zstd: CodecDefinition = {
  zarr: {
    zstd: () => ({ codec: 'zstd', params: [] }),
  },
  numcodecs: {
    zstd: () => bytes('zstd'),
  },
  hdf5: {
    32015: { codec: 'zstd', params: noParams },
  },
};
