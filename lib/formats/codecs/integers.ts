/**
 * Defines the numbers and parameters of the HDF5 filters that pack integers (szip, n-bit, scale-offset).
 * @module
 */
import type { CodecDefinition } from './definition.js';

/**
 * Number of parameters of the scale-offset filter. Drafts of the filter had fewer; the HDF5 library also refuses such
 * files.
 */
const scaleOffsetValues = 20;

export const integers: CodecDefinition = {
  hdf5: {
    4: { codec: 'szip', params: (values) => (values.length < 4 ? null : values.slice(0, 4)) },
    5: { codec: 'nbit', params: (values) => values },
    6: { codec: 'scaleOffset', params: (values) => (values.length === scaleOffsetValues ? values : null) },
  },
};
