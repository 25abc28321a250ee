/**
 * Defines the number of LZF, a filter of h5py.
 * @module
 */
import { type CodecDefinition, noParams } from './definition.js';

export const lzf: CodecDefinition = {
  hdf5: {
    32000: { codec: 'lzf', params: noParams },
  },
};
