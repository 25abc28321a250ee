/**
 * Defines how metadata names Blosc (version 1).
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';

export const blosc: CodecDefinition = {
  zarr: {
    blosc: () => ({ codec: 'blosc', params: [] }),
  },
  numcodecs: {
    blosc: () => bytes('blosc'),
  },
  hdf5: {
    32001: { codec: 'blosc', params: noParams },
  },
};
