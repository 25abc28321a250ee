/**
 * Makes a directory for a server with arrays whose elements are known, and files that lead to a secret outside of it.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { pythonMissing, runPython } from '../support/python.js';
import { arrayV2 } from '../support/zarr-store.js';
import { type Sample, writeSamples } from './sample.js';

/** Text that occurs in each secret file and in no other. */
export const secretText = 'TOPSECRET';

/** A directory to serve. */
export interface HostileRoot {
  readonly root: string;
  readonly samples: readonly Sample[];
  /** Paths below the root of files that lead to secrets. */
  readonly traps: readonly string[];
  /** Makes the link `swap.npy` point to a secret or to an array of the root. */
  swap(target: 'secret' | 'inside'): void;
}

const secretBytes = Buffer.from(secretText.repeat(8)).subarray(0, 64);

/** Writes the secret files into `folder`/secret, and returns names that lead to them from the root. */
function writeSecrets(folder: string): readonly string[] {
  const secret = join(folder, 'secret');
  fs.mkdirSync(join(secret, 's.zarr'), { recursive: true });
  fs.writeFileSync(join(secret, 's.bin'), secretBytes);
  fs.writeFileSync(join(secret, 's.npy'), npyBytes(npyDict('|u1', false, [64]), secretBytes));
  fs.writeFileSync(
    join(secret, 's.zarr/.zarray'),
    JSON.stringify(arrayV2({ shape: [64], chunks: [64], dtype: '|u1' })),
  );
  fs.writeFileSync(join(secret, 's.zarr/.zattrs'), JSON.stringify({ secretText }));
  fs.writeFileSync(join(secret, 's.zarr/0'), secretBytes);
  return ['../secret/s.bin', `${secret}/s.bin`, 'up/secret/s.bin', 'link.bin', `/proc/self/root${secret}/s.bin`];
}

/** Creates `folder`/root and `folder`/secret. */
export function layHostileRoot(folder: string): HostileRoot {
  const root = join(folder, 'root');
  fs.mkdirSync(root, { recursive: true });
  const samples = writeSamples(root);
  fs.writeFileSync(join(root, 'a.raw.json'), JSON.stringify({ dtype: 'float32', shape: [64, 256] }));
  const names = writeSecrets(folder);
  fs.symlinkSync('../secret/s.bin', join(root, 'link.bin'));
  fs.symlinkSync('../secret/s.npy', join(root, 'link.npy'));
  fs.symlinkSync('../secret/s.zarr', join(root, 'link.zarr'));
  fs.symlinkSync('..', join(root, 'up'));
  const traps = ['link.npy', 'link.zarr', 'up/secret/s.npy', 'up/secret/s.zarr', 'swap.npy'];
  for (const [i, name] of names.entries()) {
    const array = arrayV2({ shape: [64], chunks: [64], dtype: '|u1' });
    const refs = { '.zgroup': { zarr_format: 2 }, 'a/.zarray': array, 'a/0': [name, 0, 64] };
    fs.writeFileSync(join(root, `refs-${i}.json`), JSON.stringify({ version: 1, refs }));
    traps.push(`refs-${i}.json/a`);
    const tiles = { version: 1, shape: [64], tileShape: [64], dtype: 'uint8', fillValue: 0, path: `${name}{0}` };
    fs.mkdirSync(join(root, `tiles-${i}`));
    fs.writeFileSync(join(root, `tiles-${i}/tiles.json`), JSON.stringify(tiles));
    traps.push(`tiles-${i}`);
    fs.mkdirSync(join(root, `chunk-${i}.zarr`));
    fs.writeFileSync(join(root, `chunk-${i}.zarr/.zarray`), JSON.stringify(array));
    fs.symlinkSync(name, join(root, `chunk-${i}.zarr/0`));
    traps.push(`chunk-${i}.zarr`);
  }
  if (pythonMissing === null) {
    const written = JSON.parse(runPython('test/attack/write_external.py', root, JSON.stringify(names))) as string[];
    traps.push(...written.flatMap((_, i) => ['external', 'link', 'virtual'].map((kind) => `${kind}-${i}.h5/a`)));
  }
  const swap: HostileRoot['swap'] = (target) => {
    fs.rmSync(join(root, 'swap.new'), { force: true });
    fs.symlinkSync(target === 'secret' ? '../secret/s.npy' : 'a.npy', join(root, 'swap.new'));
    fs.renameSync(join(root, 'swap.new'), join(root, 'swap.npy'));
  };
  swap('inside');
  return { root, samples, traps, swap };
}
