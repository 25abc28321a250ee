import { shard, wholeWrite, zarrTargets, zarrWriters } from './shared/writes.mjs';

export default {
  ...wholeWrite,
  order: 512,
  title: 'the whole array from memory to Zarr, shards with 16 chunks of 1 MiB, zstd',
  contenders: zarrWriters('zstd', shard),
  targets: zarrTargets,
};
