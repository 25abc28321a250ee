/**
 * Tests that every file, including the opened path, is opened below the roots, even if files are exchanged at the same
 * time.
 */
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import {
  type ArrayHandle,
  ExternalFileError,
  engineNames,
  openArray,
  openGroup,
  readSubset,
  UnsupportedError,
} from '../../lib/index.js';
import { errno, failure, withFaults } from '../support/faults.js';
import { counting, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Folders, kerchunkPart, makeFolders } from './files.js';

const directory = new TemporaryDirectory();
let made = 0;

function folders(): Folders {
  made += 1;
  return makeFolders(directory.at(String(made)));
}

const characters = (array: { readonly data: unknown }): string =>
  Buffer.from(array.data as Uint8Array).toString('latin1');

/** Returns the outcome of an asynchronous and a synchronous read of an open array. */
async function bothReads(array: ArrayHandle): Promise<unknown[]> {
  return [await failure(() => array.read()), await failure(() => array.readSync())];
}

const refused = [expect.any(ExternalFileError), expect.any(ExternalFileError)];

describe('the opened path', () => {
  const elements = 4000;

  test('must be below a root, for arrays and groups', async () => {
    const { root, beyond } = folders();
    const store = writeZarr(directory, `${made}/root/zarr`, elements, 400);
    for (const act of [openArray, openGroup, (path: string, options: object) => readSubset(path, ':', options)]) {
      expect(await failure(() => act(store, { externalFiles: { roots: [beyond] } }))).toMatchObject({
        _tag: 'ExternalFileError',
        policy: 'roots',
        path: expect.stringContaining(store),
        message: expect.stringContaining(`roots ${beyond}`),
      });
    }
    const { data } = await readSubset(store, ':', { externalFiles: { roots: [beyond, root] } });
    expect(data).toEqual(counting(elements));
  });

  test('may be relative, and a root may be given through a link', async () => {
    const { root, beyond } = folders();
    const store = writeZarr(directory, `${made}/root/zarr`, elements, 400);
    fs.symlinkSync(root, directory.at(`${made}/named`));
    const named = directory.at(`${made}/named`);
    for (const [path, roots] of [
      [`${named}/zarr`, [named]],
      [store, [named]],
      [`${root}/../root/./zarr/`, [`${root}/`, beyond]],
    ] as const) {
      expect((await readSubset(path, ':', { externalFiles: { roots } })).data).toEqual(counting(elements));
    }
    // A path outside the roots is refused, even if it leads inside.
    await expect(readSubset(`${named}/zarr`, ':', { externalFiles: { roots: [root] } })).rejects.toThrow(
      ExternalFileError,
    );
  });

  test('is refused if it is a link that leaves the roots, but not if the link stays inside', async () => {
    const { root, beyond } = folders();
    writeZarr(directory, `${made}/beyond/zarr`, elements, 400);
    writeZarr(directory, `${made}/root/inner/zarr`, elements, 400);
    fs.symlinkSync(`${beyond}/zarr`, `${root}/out`);
    fs.symlinkSync('../beyond/zarr', `${root}/relative-out`);
    fs.symlinkSync('inner/zarr', `${root}/in`);
    const externalFiles = { roots: [root] };
    for (const name of ['out', 'relative-out']) {
      await expect(openArray(`${root}/${name}`, { externalFiles })).rejects.toThrow(ExternalFileError);
    }
    expect((await readSubset(`${root}/in`, ':', { externalFiles })).data).toEqual(counting(elements));
  });

  test.each(engineNames)(
    'is read by %s with chunks in separate files, tiles, and links inside the root',
    async (engine) => {
      const { root } = folders();
      const externalFiles = { roots: [root] };
      const store = writeZarr(directory, `${made}/root/zarr`, elements, 40);
      // The chunk becomes a link into a directory next to the store, as in DataLad.
      fs.mkdirSync(`${root}/objects`);
      fs.renameSync(`${store}/7`, `${root}/objects/7`);
      fs.symlinkSync('../objects/7', `${store}/7`);
      const tiles = writeTiles(directory, `${made}/root/tiles`, [64, 64], [32, 32]);
      await using array = await openArray(store, { externalFiles, engine });
      expect((await array.read()).data).toEqual(counting(elements));
      expect(array.readSync().data).toEqual(counting(elements));
      const expected = (await readSubset(tiles)).data;
      expect((await readSubset(tiles, ':', { externalFiles, engine })).data).toEqual(expected);
    },
  );
});

describe('parts of a store that lead outside', () => {
  test('a chunk, a directory of chunks and a document are refused, and not treated as absent', async () => {
    const { root, beyond } = folders();
    const externalFiles = { roots: [root] };
    const store = writeZarr(directory, `${made}/root/zarr`, 4000, 400);
    fs.renameSync(`${store}/3`, `${beyond}/3`);
    fs.symlinkSync(`${beyond}/3`, `${store}/3`);
    await using array = await openArray(store, { externalFiles });
    expect(await bothReads(array)).toEqual(refused);
    expect((await array.read('400:800')).data).toHaveLength(400);
    fs.renameSync(`${store}/.zarray`, `${beyond}/.zarray`);
    fs.symlinkSync(`${beyond}/.zarray`, `${store}/.zarray`);
    await expect(openArray(store, { externalFiles })).rejects.toThrow(ExternalFileError);
  });

  test('an array of a group is opened below the roots of the group', async () => {
    const { root, beyond } = folders();
    const store = directory.at(`${made}/root/group`);
    directory.write(`${made}/root/group/.zgroup`, '{"zarr_format":2}');
    writeZarr(directory, `${made}/root/group/a`, 4000, 400);
    const group = await openGroup(store, { externalFiles: { roots: [root] } });
    expect(await group.children()).toEqual([{ name: 'a', kind: 'array' }]);
    await using array = await group.openArray('a');
    expect((await array.read()).data).toEqual(counting(4000));
    fs.renameSync(`${store}/a`, `${beyond}/a`);
    fs.symlinkSync(`${beyond}/a`, `${store}/a`);
    await expect(group.openArray('a')).rejects.toThrow(ExternalFileError);
    await expect(group.children()).rejects.toThrow(ExternalFileError);
  });
});

describe('a file that is exchanged after the check', () => {
  test('is refused for the named file, a directory above it, and the file at the opened path', async () => {
    const { root, store, beyond } = folders();
    fs.writeFileSync(`${beyond}/in.bin`, 'secret__');
    const externalFiles = { roots: [root] };
    await using array = await openArray(kerchunkPart.write(store, 'k', 'sub/in.bin'), { array: 'data', externalFiles });
    expect(characters(await array.read())).toBe('inside__');
    fs.renameSync(`${store}/sub`, `${store}/before`);
    fs.symlinkSync(beyond, `${store}/sub`);
    expect(await bothReads(array)).toEqual(refused);
    fs.unlinkSync(`${store}/sub`);
    fs.mkdirSync(`${store}/sub`);
    fs.symlinkSync(`${beyond}/in.bin`, `${store}/sub/in.bin`);
    expect(await bothReads(array)).toEqual(refused);
  });

  test('is refused if the same file is reached through a link that leaves the roots', async () => {
    const { root, store, beyond } = folders();
    const path = `${store}/sub/plain.npy`;
    const zeros = Buffer.alloc(64);
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (64,), }".padEnd(117).concat('\n');
    fs.writeFileSync(path, Buffer.concat([Buffer.from('\x93NUMPY\x01\0v\0', 'latin1'), Buffer.from(header), zeros]));
    fs.linkSync(path, `${beyond}/plain.npy`);
    const roots = await openArray(path, { externalFiles: { roots: [root] } });
    const anywhere = await openArray(path);
    fs.renameSync(`${store}/sub`, `${store}/before`);
    fs.symlinkSync(beyond, `${store}/sub`);
    expect(await failure(() => roots.read())).toBeInstanceOf(ExternalFileError);
    expect((await anywhere.read()).data).toHaveLength(64);
    await roots.close();
    await anywhere.close();
  });

  test('never gives outside data while it is exchanged repeatedly during reads', async () => {
    const { root, store, beyond } = folders();
    const target = `${store}/raced.bin`;
    fs.writeFileSync(target, 'inside__');
    const path = kerchunkPart.write(store, 'raced', 'raced.bin');
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const renamer = new Worker(
      `const fs = require('node:fs');
       const { workerData: { flag, target, secret } } = require('node:worker_threads');
       while (Atomics.load(flag, 0) === 0) {
         fs.symlinkSync(secret, target + '.next');
         fs.renameSync(target + '.next', target);
         fs.writeFileSync(target + '.next', 'inside__');
         fs.renameSync(target + '.next', target);
         Atomics.add(flag, 1, 1);
       }`,
      { eval: true, workerData: { flag, target, secret: `${beyond}/secret.bin` } },
    );
    const ended = new Promise((resolve) => renamer.once('exit', resolve));
    const found = new Set<string>();
    try {
      for (let round = 0; round < 300 || Atomics.load(flag, 1) < 100; round++) {
        const outcome = async (read: (array: ArrayHandle) => unknown): Promise<void> => {
          try {
            await using array = await openArray(path, { array: 'data', externalFiles: { roots: [root] } });
            found.add(characters((await read(array)) as { data: unknown }));
          } catch (error) {
            found.add((error as { code?: string }).code ?? (error as Error).name);
          }
        };
        await outcome((array) => array.read());
        await outcome((array) => array.readSync());
      }
    } finally {
      Atomics.store(flag, 0, 1);
      await ended;
    }
    expect([...found].filter((one) => !['inside__', 'ExternalFileError', 'ECHANGED'].includes(one))).toEqual([]);
  });
});

describe('openat2', () => {
  test.each([
    ['a kernel that does not know it', 38, /openat2.*`options\.externalFiles`.*5\.6/],
    ['a filter that refuses it', errno.EPERM, /openat2.*seccomp/],
  ])('%s: is refused by name', async (_what, value, message) => {
    const { root, store } = folders();
    const path = kerchunkPart.write(store, 'k', 'inside.bin');
    const faults = [{ op: 'openat2', action: 'error', value, times: 0 }] as const;
    for (const open of [openArray, openGroup]) {
      const error = await withFaults(faults, () => failure(() => open(path, { externalFiles: { roots: [root] } })));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toMatch(message);
    }
    // Without roots, openat2 is not needed.
    await withFaults(faults, () => readSubset(path, ':', { array: 'data' }));
  });

  test('is retried after a concurrent rename or a signal, and EACCES stays EACCES', async () => {
    const { root, store } = folders();
    const path = kerchunkPart.write(store, 'k', 'inside.bin');
    const read = () => readSubset(path, ':', { array: 'data', externalFiles: { roots: [root] } });
    for (const value of [errno.EAGAIN, errno.EMFILE]) {
      const { data } = await withFaults([{ op: 'openat2', action: 'error', value, times: 1, path: 'inside' }], read);
      expect(characters({ data })).toBe('inside__');
    }
    await withFaults([{ op: 'openat2', action: 'eintr', times: 3 }], read);
    const denied = [{ op: 'openat2', action: 'error', value: errno.EACCES, path: 'inside' }] as const;
    expect(await withFaults(denied, () => failure(read))).toMatchObject({
      code: 'EACCES',
      path: `${store}/inside.bin`,
    });
  });

  test('leaves no descriptor open when arrays are closed or refused', async () => {
    const { root, store } = folders();
    const path = kerchunkPart.write(store, 'k', 'inside.bin');
    const out = kerchunkPart.write(store, 'out', 'link-beyond.bin');
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    const use = async (): Promise<void> => {
      const externalFiles = { roots: [root, store] };
      await readSubset(path, ':', { array: 'data', externalFiles });
      await failure(() => readSubset(out, ':', { array: 'data', externalFiles }));
      await failure(() => openArray(`${store}/absent`, { externalFiles }));
    };
    await use();
    const before = count();
    for (let i = 0; i < 50; i++) await use();
    // A thread of the pool closes the files.
    await expect.poll(count).toBeLessThanOrEqual(before);
  });
});

describe('the option externalFiles', () => {
  test.each([
    ['everything', /Expected 'none', 'same-directory', 'any' or \{ roots: \[\.\.\.\] \} for `options\.externalFiles`/],
    [['/'], /`options\.externalFiles`/],
    [{ roots: [] }, /Expected a list of directories for `options\.externalFiles\.roots`/],
    [{ roots: '/' }, /`options\.externalFiles\.roots`/],
    [{ roots: [''] }, /`options\.externalFiles\.roots\[0\]`/],
    [{ roots: ['/'], more: 1 }, /`options\.externalFiles/],
  ])('%j is rejected', async (externalFiles, message) => {
    const error = await failure(() => openArray('/x', { externalFiles: externalFiles as never }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  test('a root that does not exist or is not a directory is an error that names it', async () => {
    const { root, store } = folders();
    for (const [name, code] of [
      [`${root}/absent`, 'ENOENT'],
      [`${store}/inside.bin`, 'ENOTDIR'],
    ] as const) {
      expect(await failure(() => openArray(store, { externalFiles: { roots: [name] } }))).toMatchObject({
        code,
        path: name,
      });
    }
  });
});
