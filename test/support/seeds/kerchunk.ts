/**
 * Provides small kerchunk reference files for tests that damage them.
 * @module
 */
import { arrayV2 } from '../zarr-store.js';
import { fileSeed, type Seed, type SeedFiles } from './seed.js';

const data = Uint8Array.from({ length: 96 }, (_, i) => i);
const zarray = JSON.stringify(arrayV2({ shape: [4, 6], chunks: [2, 3], dtype: '<i2' }));

/** A document of version 1 with templates, rules and all kinds of references. */
export const kerchunkDocument = {
  version: 1,
  templates: { u: 'data.bin', f: '{{c}}.bin' },
  gen: [
    {
      key: 'g/{{i}}.{{j}}',
      url: '{{u}}',
      offset: '{{(i * 2 + j) * 12}}',
      length: '12',
      dimensions: { i: { stop: 2 }, j: [0, 1] },
    },
  ],
  refs: {
    '.zgroup': '{"zarr_format": 2}',
    'g/.zarray': zarray,
    'a/.zarray': zarray,
    'a/.zattrs': { _ARRAY_DIMENSIONS: ['y', 'x'], scale_factor: 2 },
    'a/0.0': ['{{u}}', 0, 12],
    'a/0.1': ['data.bin', 12, 12],
    'a/1.0': ["{{f(c='data')}}", 24, 12],
    'a/1.1': 'base64:AAECAwQFBgcICQoL',
  },
};

function documentSeed(name: string, document: object): Seed {
  const files: SeedFiles = { '/k/refs.json': JSON.stringify(document), '/k/data.bin': data };
  return fileSeed(name, 'kerchunk', '/k/refs.json', files, { arrays: ['a', 'g'] });
}

/** Reference files of both versions. */
export const kerchunkSeeds: readonly Seed[] = [
  documentSeed('kerchunk 1', kerchunkDocument),
  fileSeed(
    'kerchunk 0',
    'kerchunk',
    '/k/refs.json',
    {
      '/k/refs.json': JSON.stringify({
        '.zgroup': '{"zarr_format": 2}',
        'a/.zarray': zarray,
        'a/0.0': ['data.bin', 0, 12],
        'a/1.1': ['data.bin'],
      }),
      '/k/data.bin': data.subarray(0, 12),
    },
    { arrays: ['a'] },
  ),
];
