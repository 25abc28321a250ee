/**
 * Defines the names of the Fletcher-32 checksum of HDF5 in each format.
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
