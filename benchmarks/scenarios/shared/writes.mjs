/**
 * Shared by the scenarios that write. They write a float32 field of 64 x 1024 x 1024 (256 MiB) from memory; with
 * `npm run bench -- --large`, the field of the other scenarios (1 GiB).
 */
import { randomBoxesIn } from './field.mjs';

const isLarge = process.env.POSIX_PAR_BENCH_LARGE === '1';
export const writtenShape = [isLarge ? 256 : 64, 1024, 1024];
export const writtenBytes = 4 * writtenShape.reduce((product, n) => product * n, 1);
const field = isLarge ? 'f4' : 'w4';
/** Name of the data set in another format: `.npy`, or for example `-gzip.h5`. */
export const writtenData = (suffix) => field + suffix;
export const chunk = [16, 128, 128];
export const shard = [16, 512, 512];

const reference = writtenData('.npy');

/** Properties of scenarios that write the whole field. The contenders check the target by reading it with NumPy. */
export const wholeWrite = {
  group: 'write',
  reference,
  data: reference,
  shape: writtenShape,
  // The elements are in memory before a round begins, so the page cache of the source does not matter.
  cache: 'any',
  selections: [[null, null, null]],
  rounds: 5,
};

/** Properties of scenarios that write 500 boxes of 16 x 32 x 32. */
export const boxWrite = { ...wholeWrite, selections: randomBoxesIn(writtenShape, 500, [16, 32, 32]) };

const ours = (write, more = {}) => ({ use: 'write-posix-par', kind: 'ours', write, measuresItself: true, ...more });

/**
 * Contenders that write a Zarr array: posix-par and TensorStore, with and without synchronization; zarr-python and
 * zarrs, without.
 */
export function zarrWriters(codecs, shardShape = null) {
  const array = { chunk, codecs, shard: shardShape };
  const options = {
    format: 'zarr',
    chunkShape: chunk,
    codecs: codecs === 'zstd' ? [{ name: 'zstd', level: 3 }] : [],
    ...(shardShape === null ? {} : { shardShape }),
  };
  return {
    'posix-par': ours(options),
    'posix-par-no-sync': ours({ ...options, durability: 'none' }),
    tensorstore: { use: 'write-tensorstore', write: { ...array, syncs: true } },
    'tensorstore-no-sync': { use: 'write-tensorstore', write: { ...array, syncs: false } },
    'zarr-python': { use: 'write-zarr-python', write: array },
    zarrs: { use: 'write-zarr-python', write: { ...array, pipeline: 'zarrs' } },
  };
}

/** Targets of {@link zarrWriters}. zarr-python and zarrs never synchronize. */
export const zarrTargets = [
  { faster: 'posix-par', than: ['tensorstore'], atLeast: 1 },
  { faster: 'posix-par-no-sync', than: ['tensorstore-no-sync', 'zarr-python', 'zarrs'], atLeast: 1 },
];

export { ours as oursWriting };
