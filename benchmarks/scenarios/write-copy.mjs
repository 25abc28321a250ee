import { wholeWrite, writtenData } from './shared/writes.mjs';

const ours = (write = {}) => ({ use: 'write-convert', kind: 'ours', write });
const cp = (syncs) => ({ use: 'write-cp', kind: 'tool', write: { syncs } });

export default {
  ...wholeWrite,
  order: 531,
  title: 'convert Zarr with zstd to an equal Zarr array, or cp -r',
  data: writtenData('-zstd.zarr'),
  contenders: {
    'posix-par': ours(),
    'posix-par-no-sync': ours({ durability: 'none' }),
    'cp-sync': cp(true),
    cp: cp(false),
  },
  targets: [{ faster: 'posix-par', than: ['cp-sync'], atLeast: 0.5 }],
};
