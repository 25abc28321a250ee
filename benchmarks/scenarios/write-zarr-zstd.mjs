import { wholeWrite, zarrTargets, zarrWriters } from './shared/writes.mjs';

export default {
  ...wholeWrite,
  order: 511,
  title: 'the whole array from memory to Zarr, chunks of 1 MiB, zstd',
  contenders: zarrWriters('zstd'),
  targets: zarrTargets,
};
