/**
 * Defines the names and parameters of Zstandard in Zarr v3, numcodecs and HDF5.
 * @module
 */
import { bytes, type CodecDefinition } from './definition.js';
import { levelInValues, levelOf, zstdLevels } from './encoder-levels.js';

export const zstd: CodecDefinition = {
  zarr: {
    zstd: ({ configuration }) => {
      const level = levelOf(configuration, 'level', ...zstdLevels);
      return { codec: 'zstd', params: level.length > 0 && configuration['checksum'] === true ? [...level, 1] : level };
    },
  },
  numcodecs: {
    zstd: ({ config }) => bytes('zstd', levelOf(config, 'level', ...zstdLevels)),
  },
  hdf5: {
    32015: { codec: 'zstd', params: (values) => levelInValues(values, ...zstdLevels) },
  },
};
