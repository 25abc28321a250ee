/**
 * Defines the names of bzip2 in numcodecs and HDF5.
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';

export const bzip2: CodecDefinition = {
  numcodecs: {
    bz2: () => bytes('bzip2'),
  },
  hdf5: {
    307: { codec: 'bzip2', params: noParams },
  },
};
