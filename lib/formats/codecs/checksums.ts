/**
 * Defines the names and parameters of CRC-32C in Zarr v3 and numcodecs, and of zlib's CRC-32 and Adler-32 in numcodecs.
 * @module
 */
import { checkMembers } from '../zarr/extension.js';
import { asChoice, inside } from '../zarr/fields.js';
import { bytes, type CodecDefinition, type NumcodecsUse } from './definition.js';

function isAtEnd({ config, place }: NumcodecsUse, fallback: 'start' | 'end'): boolean {
  const { location } = config;
  return asChoice(location ?? fallback, inside(place, 'location'), ['start', 'end']) === 'end';
}

export const checksums: CodecDefinition = {
  zarr: {
    crc32c: (use) => {
      checkMembers(use, []);
      return { codec: 'crc32c', params: [0] };
    },
  },
  numcodecs: {
    crc32c: (use) => bytes('crc32c', [isAtEnd(use, 'end') ? 0 : 1]),
    crc32: (use) => bytes('checksum32', [0, isAtEnd(use, 'start') ? 1 : 0]),
    adler32: (use) => bytes('checksum32', [1, isAtEnd(use, 'start') ? 1 : 0]),
  },
};
