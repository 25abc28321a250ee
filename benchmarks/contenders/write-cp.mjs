/** Copies a Zarr store with `cp -r`. With `config.write.syncs`, then calls `sync -f`. */
import { execFileSync } from 'node:child_process';
import { writeContender } from './shared/written.mjs';

export function open({ path, shape, selections, write: { syncs } }) {
  const write = async (target) => {
    execFileSync('cp', ['-r', path, target]);
    if (syncs) execFileSync('sync', ['-f', target]);
  };
  return writeContender({ extension: '.zarr', selections, shape, write });
}
