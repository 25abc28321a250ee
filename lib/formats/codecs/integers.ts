/**
 * HDF5's own packings of numbers: szip, n-bit, scale-offset.
 * @module
 */
import type { CodecDefinition } from './definition.js';

/** Parameters of the scale-offset filter; drafts of it had fewer, and the library does not read those either. */
const scaleOffsetValues = 20;

export const integers: CodecDefinition = {
  hdf5: {
    4: { codec: 'szip', params: (values) => (values.length < 4 ? null : values.slice(0, 4)) },
    5: { codec: 'nbit', params: (values) => values },
    6: { codec: 'scaleOffset', params: (values) => (values.length === scaleOffsetValues ? values : null) },
  },
};
