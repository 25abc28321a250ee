/** Tests that files below the roots cannot make the server open files elsewhere. */
import * as fs from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { Catalog } from '../../lib/serve/catalog/catalog.js';
import { Roots } from '../../lib/serve/catalog/roots.js';
import { serve } from '../../lib/serve/index.js';
import { failure } from '../support/faults.js';
import { pythonMissing, runPython } from '../support/python.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get } from './requests.js';

const directory = new TemporaryDirectory();
const [root, outside] = [directory.at('root'), directory.at('outside')];
for (const folder of [root, outside]) fs.mkdirSync(folder);
const server = await serve({ roots: [root], port: 0 });
afterAll(() => server.close());

const read = (path: string): Promise<Answer> => get(server, `/api/v1/read?path=${path}`);

describe.skipIf(pythonMissing !== null)(`references ${pythonMissing ?? ''}`, () => {
  if (pythonMissing === null) runPython('test/serve/write_references.py', root, outside);

  test.each([
    ['external data of HDF5', 'external-inside.h5/data', 'inside__'],
    ['an external link of HDF5', 'links.h5/inside', 'inside__'],
    ['a member of a TileDB group', 'group/inside', 'elements'],
  ])('inside the roots are followed: %s', async (_, path, content) => {
    const { status, text } = await read(path);
    expect([status, text]).toEqual([200, content]);
  });

  test.each([
    ['external data of HDF5, absolute', 'external-outside.h5/data'],
    ['external data of HDF5, relative', 'external-up.h5/data'],
    ['an external link of HDF5', 'links.h5/outside'],
    ['a member of a TileDB group', 'group/outside'],
  ])('out of the roots are refused: %s', async (_, path) => {
    for (const route of [`/api/v1/read?path=${path}`, `/zarr/${path}/c/0`, `/api/v1/stats?path=${path}`]) {
      const { status, text } = await get(server, route);
      expect([status, JSON.parse(text)], route).toMatchObject([403, { tag: 'ExternalFileError' }]);
      expect(text).not.toContain(directory.path);
    }
    const [file, name] = path.split('/');
    const grove = await get(server, `/h5grove/data?file=${file}&path=/${name}&format=bin`);
    expect([403, 404], grove.text).toContain(grove.status);
    expect(grove.text).not.toContain(directory.path);
  });
});

describe('the page cache', () => {
  const path = writeNpy(directory, 'root/a.npy', [2000]);
  writeNpy(directory, 'outside/secret.npy', [2000]);

  test('of a file below the roots is reported', async () => {
    const { status, text } = await get(server, '/api/v1/residency?path=a.npy');
    expect([status, JSON.parse(text)]).toMatchObject([200, { bytes: fs.statSync(path).size, pageBytes: 4096 }]);
  });

  test('of a file elsewhere is not, also if a link replaces a file after its path was checked', async () => {
    fs.symlinkSync('../outside/secret.npy', `${root}/link.npy`);
    expect((await get(server, '/api/v1/residency?path=link.npy')).status).toBe(403);
    const catalog = await Catalog.open(new Roots([root]));
    const { signal } = new AbortController();
    expect(await catalog.residency(path, 4, signal)).toMatchObject({ bytes: fs.statSync(path).size, files: 1 });
    for (const other of [`${root}/link.npy`, `${outside}/secret.npy`, `${root}/../outside/secret.npy`]) {
      expect(await failure(() => catalog.residency(other, 4, signal)), other).toMatchObject({
        _tag: 'ExternalFileError',
      });
    }
    await catalog.close();
  });
});
