/**
 * Defines the names of HDF5's Fletcher-32 checksum in numcodecs and HDF5.
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';

export const fletcher32: CodecDefinition = {
  numcodecs: {
    fletcher32: () => bytes('fletcher32'),
  },
  hdf5: {
    3: { codec: 'fletcher32', params: noParams },
  },
};
