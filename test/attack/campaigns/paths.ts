/**
 * Reads files that refer to other files by names that lead to other folders, while symbolic links are swapped. The
 * names are in kerchunk files, tile manifests, zipped Zarr stores, and in external data, external links and virtual
 * datasets of HDF5. A read must not return data of a file that `externalFiles` does not permit.
 * @module
 */
import * as fs from 'node:fs';
import { join, posix } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type OpenOptions, openArray } from '../../../lib/index.js';
import { type ZipMemberBytes, zipBytes } from '../../support/npy-bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import type { Random } from '../../support/random.js';
import { arrayV2 } from '../../support/zarr-store.js';
import type { Campaign } from '../campaign.js';
import { randomReadOptions } from '../examine.js';
import { resultBytes } from '../results.js';

/** Bytes in permitted files (including the file that names others) and in secret files. */
const [inside, secret] = [0x11, 0xee];
const bytes = 64;
const policies = ['default', 'none', 'same-directory', 'any', 'roots'] as const;
type Policy = (typeof policies)[number];
/** Kinds of files that name others. */
const kinds = ['kerchunk', 'tiles', 'zip', 'external', 'link', 'virtual', 'chain'] as const;
type Kind = (typeof kinds)[number];
/** Kinds of HDF5 files. External links and virtual datasets name HDF5 files, which end with `.h5` instead of `.bin`. */
const hdf5Kinds = { external: '.bin', link: '.h5', virtual: '.h5', chain: '.h5' } as const;

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
  fs.symlinkSync('../secret/0.h5', join(store, 'link.h5'));
  fs.symlinkSync('../secret', join(store, 'links'));
  fs.symlinkSync('real', join(store, 'swap'));
  return store;
}

/**
 * Writes an HDF5 file next to each `.bin` file, and files that name them.
 * @returns the names, in the order of the numbers in the names of the files.
 */
function writeHdf5(root: string, store: string): Readonly<Record<keyof typeof hdf5Kinds, readonly string[]>> | null {
  if (pythonMissing !== null) return null;
  const files = ['store/data', 'store/sub/data', 'store/real/0', 'secret/0', 'store-secret/0'];
  runPython('test/attack/write_data.py', ...files.map((file) => join(root, file)));
  const byKind = {} as Record<keyof typeof hdf5Kinds, readonly string[]>;
  for (const kind of Object.keys(hdf5Kinds) as (keyof typeof hdf5Kinds)[]) {
    const wanted = names.map((name) => name.replaceAll('{root}', root).replaceAll('.bin', hdf5Kinds[kind]));
    const written = join(root, `written-${kind}`);
    fs.mkdirSync(written);
    byKind[kind] = JSON.parse(runPython('test/attack/write_external.py', written, JSON.stringify(wanted))) as string[];
    // A chain leads through the file with the external link.
    for (const file of fs.readdirSync(written))
      if (file.startsWith(kind)) fs.copyFileSync(join(written, file), join(store, file));
  }
  return byKind;
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

/** Returns a zipped Zarr store. The names and contents of members lead elsewhere, also as symbolic links. */
function zipOf(name: string): Uint8Array {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const zarray = arrayV2({ shape: [2 * bytes], chunks: [bytes], dtype: '|u1', fill_value: 0 });
  const members: ZipMemberBytes[] = [
    { name: 'a/.zarray', content: text(zarray) },
    { name: 'a/0', content: Buffer.alloc(bytes, name === '' ? ' ' : name) },
    { name, content: new Uint8Array(bytes).fill(inside) },
    { name: `a/${name}`, content: new Uint8Array(bytes).fill(inside), localName: name },
    { name: '.zgroup', content: text({ zarr_format: 2 }) },
  ];
  return zipBytes(members);
}

/** Writes a reference file, a manifest of tiles or an archive that contains `name`. */
function writeReference(store: string, kind: 'kerchunk' | 'tiles' | 'zip', name: string): string {
  if (kind === 'zip') {
    fs.writeFileSync(join(store, 'a.zip'), zipOf(name));
    return join(store, 'a.zip');
  }
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
    const hdf5 = writeHdf5(root, store);
    swapLinks(store);
    return async ({ random, report, note, kind: setKind }) => {
      const kind = random.pick(hdf5 === null ? (['kerchunk', 'tiles', 'zip'] as const) : kinds);
      setKind(kind);
      const policy: Policy = random.pick(policies);
      let name = randomName(random, root);
      let path: string;
      if (kind === 'kerchunk' || kind === 'tiles' || kind === 'zip') path = writeReference(store, kind, name);
      else {
        const i = random.below(hdf5?.[kind].length ?? 0);
        name = hdf5?.[kind][i] ?? '';
        path = join(store, `${kind}-${i}.h5`);
      }
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
        if (policy === 'none' && kind !== 'tiles' && kind !== 'zip' && found.has(inside))
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
function maySee(policy: Policy, kind: Kind, name: string, folder: string): boolean {
  if (kind === 'zip') return false;
  if (policy === 'any') return true;
  if (policy === 'roots' || (policy === 'none' && kind !== 'tiles')) return false;
  return staysInside(name, folder);
}
