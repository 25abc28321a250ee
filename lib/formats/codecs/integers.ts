/**
 * Defines how metadata names the HDF5 filters that pack numbers (szip, n-bit, scale-offset), and their parameters.
 * @module
 */
import type { CodecDefinition } from './definition.js';

/**
 * Number of parameters of the scale-offset filter. Drafts of the filter had fewer, which the HDF5 library refuses too.
 */
const scaleOffsetValues = 20;

export const integers: CodecDefinition = {
  hdf5: {
    4: { codec: 'szip', params: (values) => (values.length < 4 ? null : values.slice(0, 4)) },
    5: { codec: 'nbit', params: (values) => values },
    6: { codec: 'scaleOffset', params: (values) => (values.length === scaleOffsetValues ? values : null) },
  },
};
