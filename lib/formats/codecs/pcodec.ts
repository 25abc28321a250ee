/**
 * Defines the names of pcodec in Zarr and numcodecs. The parameters of a writer are not needed, because a stream says
 * how it was encoded.
 * @see https://github.com/pcodec/pcodec/blob/main/docs/format.md
 * @module
 */
import { bytes, type CodecDefinition } from './definition.js';

const decode = () => ({ codec: 'pcodec', params: [] }) as const;

export const pcodec: CodecDefinition = {
  numcodecs: {
    pcodec: () => bytes('pcodec'),
  },
  serializers: {
    'numcodecs.pcodec': decode,
    pcodec: decode,
    'https://codec.zarrs.dev/array_to_bytes/pcodec': decode,
  },
};
