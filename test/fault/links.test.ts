/** Tests that symbolic links in a store are followed, and that a name in a store cannot leave its directory. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ChoiceError, FormatError, openArray, openGroup, readSubset } from '../../lib/index.js';
import { failure } from '../support/faults.js';
import { counting, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { writeFiles } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const elements = 4000;

describe('symbolic links', () => {
  test('to a store, to a chunk and to a parent directory are followed', async () => {
    const store = writeZarr(folder, 'a/store', elements, 400);
    const elsewhere = writeZarr(folder, 'b/store', elements, 400);
    fs.rmSync(folder.at('link'), { force: true });
    fs.symlinkSync(store, folder.at('link'));
    expect((await readSubset(folder.at('link'))).data).toEqual(counting(elements));
    fs.rmSync(`${store}/3`);
    fs.symlinkSync(`${elsewhere}/3`, `${store}/3`);
    expect((await readSubset(store)).data).toEqual(counting(elements));
    await using array = await openArray(folder.at('link'));
    expect(array.path).toBe(folder.at('link'));
    expect((await array.read()).data).toEqual(counting(elements));
    fs.rmSync(`${store}/3`);
  });

  test('broken links are absent chunks, and circular links are errors', async () => {
    const store = writeZarr(folder, 'c/store', elements, 400);
    fs.rmSync(`${store}/3`);
    fs.symlinkSync('nowhere', `${store}/3`);
    const { data, stats } = await readSubset<'float32'>(store);
    expect([stats.chunksAbsent, data[1200]]).toEqual([1, 0]);
    fs.rmSync(`${store}/3`);
    fs.symlinkSync('3', `${store}/3`);
    expect(await failure(() => readSubset(store))).toMatchObject({ code: 'ELOOP', path: `${store}/3` });
    fs.rmSync(`${store}/3`);
  });
});

describe('names that leave the directory are refused before anything is read', () => {
  test.each(['../secret', 'g/../../secret', '/../secret', './g/../../secret'])(
    'the array %j of a Zarr store',
    async (array) => {
      const store = writeFiles(folder.at('outer/store'), { '.zgroup': { zarr_format: 2 } });
      writeZarr(folder, 'outer/secret', elements, 400);
      for (const act of [() => openArray(store, { array }), () => openGroup(store, { array })]) {
        expect(await failure(act)).toBeInstanceOf(ChoiceError);
      }
      const group = await openGroup(store);
      expect(await failure(() => group.openArray(array))).toBeInstanceOf(ChoiceError);
    },
  );

  test.each(['../tile-{0}-{1}.bin', '/etc/passwd{0}{1}', 'a/../../{0}.{1}'])('the path %j of tiles', async (path) => {
    const tiles = writeTiles(folder, 'tiles', [64, 64], [32, 32]);
    const manifest = JSON.parse(fs.readFileSync(`${tiles}/tiles.json`, 'utf8')) as Record<string, unknown>;
    fs.writeFileSync(`${tiles}/tiles.json`, JSON.stringify({ ...manifest, path }));
    expect(await failure(() => openArray(tiles))).toBeInstanceOf(FormatError);
  });
});
