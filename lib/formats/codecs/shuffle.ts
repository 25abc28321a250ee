/**
 * Defines the names and the parameter of byte shuffle in numcodecs and HDF5.
 * @module
 */
import { asInteger, inside } from '../zarr/fields.js';
import { bytes, type CodecDefinition } from './definition.js';

export const shuffle: CodecDefinition = {
  numcodecs: {
    shuffle: ({ config, place }) =>
      bytes('shuffle', [asInteger(config['elementsize'] ?? 4, inside(place, 'elementsize'), 1, 65535)]),
  },
  hdf5: {
    2: { codec: 'shuffle', params: (values, elementSize) => [values[0] ?? elementSize] },
  },
};
