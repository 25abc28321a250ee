/**
 * Reads files that refer to other files by names that lead to other folders, while symbolic links are swapped. A read
 * must not return data of a file that `externalFiles` does not permit.
 * @module
 */
import * as fs from 'node:fs';
import { join, posix } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type OpenOptions, openArray } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import type { Random } from '../../support/random.js';
import { arrayV2 } from '../../support/zarr-store.js';
import type { Campaign } from '../campaign.js';
import { randomReadOptions, resultBytes } from '../examine.js';

/** Bytes in permitted files (including the file that names others) and in secret files. */
const [inside, secret] = [0x11, 0xee];
const bytes = 64;
const policies = ['default', 'none', 'same-directory', 'any', 'roots'] as const;
type Policy = (typeof policies)[number];

/** Names of the secret file and of permitted files; `{root}` stands for the folder above both. */
const names: readonly string[] = [
  'data.bin',
  './data.bin',
  'sub/data.bin',
  'sub/../data.bin',
  '{root}/store/data.bin',
  '../store/data.bin',
  '../secret/0.bin',
  'sub/../../secret/0.bin',
  './/..//secret/0.bin',
  '{root}/secret/0.bin',
  '{root}/store/../secret/0.bin',
  '{root}/store/sub/../../secret/0.bin',
  '/proc/self/root{root}/secret/0.bin',
  '/proc/self/cwd/../secret/0.bin',
  'link.bin',
  'links/0.bin',
  'swap/0.bin',
  'swap/../swap/0.bin',
  'links/../../secret/0.bin',
  '../store-secret/0.bin',
  '{root}/store-secret/0.bin',
  '%2e%2e/secret/0.bin',
  'sub/%2e%2e/%2e%2e/secret/0.bin',
  '..\\secret\\0.bin',
  `${'../'.repeat(40)}{root}/secret/0.bin`,
  'data.bin/../../secret/0.bin',
  'missing/../../secret/0.bin',
  'data.bin\0../secret/0.bin',
];
const prefixes = ['', '', '', 'file://', 'file:', '/', './', 'sub/../'] as const;

function randomName(random: Random, root: string): string {
  return random.pick(prefixes) + random.pick(names).replaceAll('{root}', root);
}

/** Returns true if the name is below the store. Does not resolve symbolic links. */
function staysInside(name: string, store: string): boolean {
  const path = posix.resolve(store, name.replace(/^file:\/\//, ''));
  return path.startsWith(`${store}/`);
}

/** Creates folders with permitted and secret files, links to the secret files, and a link for swapLinks(). */
function lay(root: string): string {
  const store = join(root, 'store');
  for (const folder of ['store/sub', 'store/real', 'secret', 'store-secret'])
    fs.mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['store/data.bin', 'store/sub/data.bin', 'store/real/0.bin'])
    fs.writeFileSync(join(root, name), new Uint8Array(bytes).fill(inside));
  for (const name of ['secret/0.bin', 'store-secret/0.bin'])
    fs.writeFileSync(join(root, name), new Uint8Array(bytes).fill(secret));
  fs.symlinkSync('../secret/0.bin', join(store, 'link.bin'));
  fs.symlinkSync('../secret', join(store, 'links'));
  fs.symlinkSync('real', join(store, 'swap'));
  return store;
}

/** Makes a link point to the permitted and to the secret folder alternately, until the process ends. */
function swapLinks(store: string): void {
  const body = `
    const fs = require('node:fs');
    const { workerData: store } = require('node:worker_threads');
    for (let n = 0; ; n++) {
      const link = store + '/swap.new';
      fs.symlinkSync(n % 2 === 0 ? '../secret' : 'real', link);
      fs.renameSync(link, store + '/swap');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }`;
  new Worker(body, { eval: true, workerData: store }).unref();
}

/** Writes a reference file or a manifest of tiles that contains `name`. */
function writeReference(store: string, kind: 'kerchunk' | 'tiles', name: string): string {
  if (kind === 'kerchunk') {
    const path = join(store, 'refs.json');
    const zarray = arrayV2({ shape: [bytes], chunks: [bytes], dtype: '|u1', fill_value: 0 });
    fs.writeFileSync(
      path,
      JSON.stringify({
        version: 1,
        refs: { '.zgroup': { zarr_format: 2 }, 'a/.zarray': zarray, 'a/0': [name, 0, bytes] },
      }),
    );
    return path;
  }
  const manifest = {
    version: 1,
    shape: [bytes],
    tileShape: [bytes],
    dtype: 'uint8',
    fillValue: 0,
    path: name.replace('0.bin', '{0}.bin'),
  };
  fs.writeFileSync(join(store, 'tiles.json'), JSON.stringify(manifest));
  return store;
}

export const pathsCampaign: Campaign = {
  name: 'paths',
  what: 'names that lead elsewhere, and links that are swapped during reads',
  weight: 1,
  quickCases: 1500,
  batchCases: 3000,
  caseCpuMs: 2000,
  missing: () => null,
  async prepare({ folder }) {
    const root = fs.realpathSync(folder);
    const store = lay(root);
    const hdf5: readonly string[] =
      pythonMissing === null
        ? (JSON.parse(
            runPython(
              'test/attack/write_external.py',
              store,
              JSON.stringify(names.map((name) => name.replaceAll('{root}', root))),
            ),
          ) as string[])
        : [];
    swapLinks(store);
    return async ({ random, report, note }) => {
      const kind = random.pick(
        hdf5.length === 0 ? (['kerchunk', 'tiles'] as const) : (['kerchunk', 'tiles', 'hdf5'] as const),
      );
      const policy: Policy = random.pick(policies);
      let name = randomName(random, root);
      let path: string;
      if (kind === 'hdf5') {
        const i = random.below(hdf5.length);
        name = hdf5[i] ?? '';
        path = join(store, `external-${i}.h5`);
      } else path = writeReference(store, kind, name);
      note(`${kind} names ${JSON.stringify(name)}, externalFiles ${policy}`);
      const options = { ...(kind === 'tiles' ? {} : { array: 'a' }), ...policyOptions(policy, store) };
      try {
        await using array = await openArray(path, options);
        const read =
          random.below(2) === 0
            ? await array.read(null, randomReadOptions(random))
            : array.readSync(null, randomReadOptions(random));
        report.read();
        const found = new Set(resultBytes(read));
        if (found.has(secret) && !maySee(policy, kind, name, store))
          report.wrong('bytes of the secret file were returned');
        if (policy === 'none' && kind !== 'tiles' && found.has(inside))
          report.wrong('bytes of another file were returned');
      } catch (error) {
        report.failed(error);
      }
    };
  },
};

function policyOptions(policy: Policy, store: string): OpenOptions {
  if (policy === 'default') return {};
  return { externalFiles: policy === 'roots' ? { roots: [store] } : policy };
}

/**
 * Returns true if a read with the policy may return data of the secret file. Without roots, a name that is in the store
 * may lead out of it through symbolic links. The tiles of a store count as files of the store.
 */
function maySee(policy: Policy, kind: 'kerchunk' | 'tiles' | 'hdf5', name: string, store: string): boolean {
  if (policy === 'any') return true;
  if (policy === 'roots' || (policy === 'none' && kind !== 'tiles')) return false;
  return staysInside(name, store);
}
