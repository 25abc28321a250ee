/**
 * Maps Fletcher-32 as HDF5 computes it.
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
