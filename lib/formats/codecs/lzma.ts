/**
 * Defines the name of xz and lzma streams in the metadata of numcodecs.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { asInteger, inside } from '../zarr/fields.js';
import { bytes, type CodecDefinition } from './definition.js';

/** Number of the raw format in Python's lzma module (xz has the number 1, the old lzma format 2). */
const rawFormat = 3;

export const lzma: CodecDefinition = {
  numcodecs: {
    lzma: ({ config, place }) => {
      const format = asInteger(config['format'] ?? 1, inside(place, 'format'), 0, rawFormat);
      if (format === rawFormat) throw new UnsupportedError('raw LZMA streams in Zarr', place.path);
      return bytes('lzma');
    },
  },
};
