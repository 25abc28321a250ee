/** Tests which kinds of paths are accepted, and what relative paths mean. */
import * as fs from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { benchStorage } from '../../lib/bench/index.js';
import { openArray, openGroup, readSubset } from '../../lib/index.js';
import { describeStorage, evict, residency } from '../../lib/storage/index.js';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { failure } from '../support/faults.js';
import { counting, writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { writeFiles } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const names = ['a.npy', 'store', 'tiles', 'references.json'];

/**
 * Writes two directories with the same file names. Those in `here` have the numbers from 0 on; those in `there` have
 * other numbers.
 */
beforeAll(() => {
  compiledLibrary();
  for (const place of ['here', 'there']) {
    writeNpy(folder, `${place}/a.npy`, [8], place === 'here' ? {} : { value: (i) => 8 - i });
    writeZarr(folder, `${place}/store`, 8, 4);
    writeTiles(folder, `${place}/tiles`, [1, 8], [1, 4]);
    const zarray = fs.readFileSync(folder.at(`${place}/store/.zarray`), 'utf8');
    const refs = { '.zarray': zarray, 0: ['store/0'], 1: ['store/1'] };
    folder.write(`${place}/references.json`, JSON.stringify({ version: 1, refs }));
    writeFiles(folder.at(`${place}/group`), { '.zgroup': { zarr_format: 2 } });
    fs.cpSync(folder.at(`${place}/store`), folder.at(`${place}/group/store`), { recursive: true });
  }
  for (const name of ['store', 'group/store']) {
    const chunk = (i: number): string => folder.at(`there/${name}/${i}`);
    fs.copyFileSync(chunk(1), chunk(0));
  }
  for (const tile of [0, 1]) fs.writeFileSync(folder.at(`there/tiles/tile-0-${tile}.bin`), new Uint8Array(16));
});

test('a relative path keeps its meaning when the process changes its directory', async () => {
  const script = fileURLToPath(new URL('children/chdir.mjs', import.meta.url));
  const end = await runChild(script, [folder.at('here'), folder.at('there'), ...names]);
  expect(end).toMatchObject({ code: 0, stdout: 'ok\n', stderr: '' });
});

describe('a file: URL', () => {
  test('is the same path as for node:fs, and its fragment names the array', async () => {
    const odd = folder.write('with #, % and ü.npy', fs.readFileSync(folder.at('here/a.npy')));
    expect((await readSubset(pathToFileURL(odd))).data).toEqual(counting(8));
    const group = pathToFileURL(folder.at('here/group'));
    expect((await openGroup(group)).path).toBe(folder.at('here/group'));
    group.hash = 'store';
    await using array = await openArray(group);
    expect(array).toMatchObject({ name: 'store', path: folder.at('here/group') });
  });

  test('is accepted by the functions of posix-par/storage', async () => {
    const url = pathToFileURL(folder.at('here/a.npy'));
    const path = folder.at('here/a.npy');
    expect((await describeStorage(url)).path).toBe(path);
    expect((await residency(url)).path).toBe(path);
    expect((await evict(url)).path).toBe(path);
  });
});

describe.each<[string, (path: never) => Promise<unknown>]>([
  ['openArray', openArray],
  ['openGroup', openGroup],
  ['readSubset', readSubset],
  ['describeStorage', describeStorage],
  ['residency', residency],
  ['evict', evict],
  ['benchStorage', benchStorage],
])('%s', (_, call) => {
  test.each<[unknown, string]>([
    [undefined, 'Expected a string or a file: URL for `path`, received undefined'],
    [Buffer.from('a.npy'), 'Expected a string or a file: URL for `path`, received an object of type Buffer'],
    ['', "Expected a path that is not empty for `path`, received ''"],
    ['a.npy\0b', "Expected a path without a NUL for `path`, received 'a.npy\\0b'"],
    ...[new URL('https://example.org/a'), 'https://example.org/a'].map((url): [unknown, string] => [
      url,
      'Expected a path (URLs are not read: download the file, or mount its storage) for `path`, ' +
        "received 'https://example.org/a'",
    ]),
    [
      'file:///a.npy',
      "Expected a path, or an object of class URL for a file: URL, for `path`, received 'file:///a.npy'",
    ],
    [new URL('file://elsewhere/a'), "Expected a file: URL of this machine for `path`, received 'file://elsewhere/a'"],
  ])("refuses %j as a path, with the caller's frame", async (path, message) => {
    const error = await failure(async function theCaller() {
      await call(path as never);
    });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect(error.stack).toContain('theCaller');
  });
});
