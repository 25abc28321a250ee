import { wholeWrite, writtenData } from './shared/writes.mjs';

// Grid and codecs of the source, so that its chunks are copied without decoding.
const equal = { chunkShape: [64, 128, 128], codecs: [{ name: 'zstd', level: 3 }] };
const ours = (write = {}) => ({ use: 'write-convert', kind: 'ours', write: { ...equal, ...write } });
const cp = (syncs) => ({ use: 'write-cp', kind: 'tool', write: { syncs } });

export default {
  ...wholeWrite,
  order: 531,
  title: 'convert Zarr with zstd to an equal Zarr array, or cp -r',
  data: writtenData('-zstd.zarr'),
  contenders: {
    'posix-par': ours(),
    'posix-par-no-sync': ours({ durability: 'none' }),
    'posix-par-decoding': ours({ durability: 'none', codecs: [{ name: 'zstd', level: 3 }, { name: 'crc32c' }] }),
    'cp-sync': cp(true),
    cp: cp(false),
  },
  targets: [
    { faster: 'posix-par', than: ['cp-sync'], atLeast: 0.9 },
    { faster: 'posix-par-no-sync', than: ['cp'], atLeast: 0.9 },
  ],
};
