/** Peers that read the same data set, and targets that most scenarios share. */
import { memoryLimitMiB } from './field.mjs';

/** All readers of Zarr. */
export const zarrPeers = {
  zarrs: { use: 'zarr-python', pipeline: 'zarrs' },
  'zarr-python': {},
  tensorstore: { use: 'tensorstore-zarr3' },
  zarrita: {},
};

export const zarrPeerNames = Object.keys(zarrPeers);

/** Returns targets: the speed relative to the baseline and to the best of `peers`, and the memory limit. */
export function targetsOf({ floor, peers, peer, bytes }) {
  const targets = [];
  if (floor !== undefined) targets.push({ faster: 'posix-par', than: ['floor'], atLeast: floor });
  if (peer !== undefined) targets.push({ faster: 'posix-par', than: peers, atLeast: peer });
  targets.push({ of: 'posix-par', memoryAbove: bytes, atMost: memoryLimitMiB });
  return targets;
}

/** Returns the parts of a scenario that compares one thread with the number of threads of the scenario. */
export function threadScaling(data) {
  return {
    contenders: {
      'posix-par': { data },
      'one-thread': { use: 'posix-par', kind: 'ours', data, threads: 1 },
    },
    targets: [{ faster: 'posix-par', than: ['one-thread'], atLeast: 1.9 }],
  };
}
