/**
 * Defines the names and parameters of Blosc in Zarr v3, numcodecs and HDF5, and of Blosc2 in HDF5.
 * @module
 */
import { bytes, type CodecDefinition, noParams } from './definition.js';
import { bloscParams } from './encoder-levels.js';

export const blosc: CodecDefinition = {
  zarr: {
    blosc: ({ configuration }) => ({ codec: 'blosc', params: bloscParams(configuration, 1) }),
  },
  numcodecs: {
    blosc: ({ config, current }) => bytes('blosc', bloscParams(config, current?.info.size ?? 1)),
  },
  hdf5: {
    32001: { codec: 'blosc', params: noParams },
    32026: { codec: 'blosc2', params: noParams },
  },
};
