/**
 * Defines the names of LZ4 in numcodecs and HDF5, which store it in different framings.
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';

export const lz4: CodecDefinition = {
  numcodecs: {
    lz4: () => bytes('lz4Numcodecs'),
  },
  hdf5: {
    32004: { codec: 'lz4Hdf5', params: noParams },
  },
};
