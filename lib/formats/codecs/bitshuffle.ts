/**
 * Defines the parameters of the HDF5 filter bit shuffle, which may be combined with LZ4 or Zstandard.
 * @module
 */
import type { CodecDefinition } from './definition.js';

export const bitshuffle: CodecDefinition = {
  hdf5: {
    // Client data: library version (2 values), element size, block size, compressor, level.
    32008: {
      codec: 'bitshuffleHdf5',
      params: (values, elementSize) => [values[2] ?? elementSize, values[3] ?? 0, values[4] ?? 0],
    },
  },
};
