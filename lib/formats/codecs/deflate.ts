/**
 * Defines the names and parameters of zlib and gzip in Zarr v3, numcodecs and HDF5.
 * @module
 */
import { bytes, type CodecDefinition } from './definition.js';
import { deflateLevels, levelInValues, levelOf } from './encoder-levels.js';

export const deflate: CodecDefinition = {
  zarr: {
    gzip: ({ configuration }) => ({ codec: 'gzip', params: levelOf(configuration, 'level', ...deflateLevels) }),
  },
  numcodecs: {
    zlib: ({ config }) => bytes('zlib', levelOf(config, 'level', ...deflateLevels)),
    gzip: ({ config }) => bytes('gzip', levelOf(config, 'level', ...deflateLevels)),
  },
  hdf5: {
    1: { codec: 'zlib', params: (values) => levelInValues(values, ...deflateLevels) },
  },
};
