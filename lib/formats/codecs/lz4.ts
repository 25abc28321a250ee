/**
 * Maps LZ4 in the framings of numcodecs and of HDF5.
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
