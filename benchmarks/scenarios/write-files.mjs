import { chunk, oursWriting, wholeWrite } from './shared/writes.mjs';

const tiles = { format: 'zarr', chunkShape: chunk, codecs: [] };

export default {
  ...wholeWrite,
  order: 501,
  title: 'one preallocated file, or a file per chunk of 1 MiB',
  contenders: {
    'posix-par': oursWriting({ format: 'npy' }),
    'file-per-chunk': oursWriting(tiles),
    'no-sync': oursWriting({ format: 'npy', durability: 'none' }),
    'file-per-chunk-no-sync': oursWriting({ ...tiles, durability: 'none' }),
  },
  targets: [],
};
