import { wholeWrite, zarrTargets, zarrWriters } from './shared/writes.mjs';

export default {
  ...wholeWrite,
  order: 510,
  title: 'the whole array from memory to Zarr, chunks of 1 MiB without a codec',
  contenders: zarrWriters('none'),
  targets: zarrTargets,
};
