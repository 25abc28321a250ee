/** Other libraries that read the same data set, and targets that most scenarios share. */
import { memoryLimitMiB } from './field.mjs';

/** The other libraries that read Zarr, as contenders. */
export const zarrPeers = {
  zarrs: { use: 'zarr-python', pipeline: 'zarrs' },
  'zarr-python': {},
  tensorstore: { use: 'tensorstore-zarr3' },
  zarrita: {},
};

export const zarrPeerNames = Object.keys(zarrPeers);

/** Returns targets for the speed relative to the baseline (`floor`) and to the best of `peers`, and for memory. */
export function targetsOf({ floor, peers, peer, bytes }) {
  const targets = [];
  if (floor !== undefined) targets.push({ faster: 'posix-par', than: ['floor'], atLeast: floor });
  if (peer !== undefined) targets.push({ faster: 'posix-par', than: peers, atLeast: peer });
  targets.push({ of: 'posix-par', memoryAbove: bytes, atMost: memoryLimitMiB });
  return targets;
}

/** Returns the contenders and targets of a scenario that compares one thread with the usual number of threads (2). */
export function threadScaling(data) {
  return {
    contenders: {
      'posix-par': { data },
      'one-thread': { use: 'posix-par', kind: 'ours', data, threads: 1 },
    },
    targets: [{ faster: 'posix-par', than: ['one-thread'], atLeast: 1.9 }],
  };
}
