// Tests share() and attach(): handles, options, errors, and closing. test/lifecycle/attach.test.ts uses workers.
import { readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ArrayHandle,
  type ArrayToken,
  attach,
  ClosedError,
  createArray,
  createChunkCache,
  ExternalFileError,
  openArray,
  openGroup,
  slice,
  UnsupportedError,
} from '../../../lib/index.js';
import { failure } from '../../support/faults.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { counting, writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const opened: ArrayHandle[] = [];

afterEach(async () => {
  for (const array of opened.splice(0)) await array.close();
});

async function open(...args: Parameters<typeof openArray>): Promise<ArrayHandle> {
  const array = await openArray(...args);
  opened.push(array);
  return array;
}

/** Attaches with the token that arrives after posting. */
async function attachTo(array: ArrayHandle): Promise<ArrayHandle> {
  const attached = await attach(structuredClone(array.share()));
  opened.push(attached);
  return attached;
}

function descriptorsOf(path: string): number {
  return readdirSync('/proc/self/fd').filter((entry) => {
    try {
      return readlinkSync(`/proc/self/fd/${entry}`) === path;
    } catch {
      return false; // The descriptor of the listing itself.
    }
  }).length;
}

describe('a handle that attach() returns', () => {
  it('reads the array with the properties and options of the shared handle', async () => {
    const path = folder.write('plain.raw', new Uint8Array(counting(60).buffer));
    const array = await open(path, { format: 'raw', dtype: 'float32', shape: [6, 10], threads: 1, engine: 'mmap' });
    const attached = await attachTo(array);
    expect(attached.toJSON()).toEqual(array.toJSON());
    // Other programs change the memory that is available.
    expect({ ...attached.explain(), memory: null }).toEqual({ ...array.explain(), memory: null });
    const { data, stats } = await attached.read([slice(2, 4)]);
    expect(data).toEqual(counting(60).slice(20, 40));
    expect(stats.engine).toBe('mmap');
  });

  it('uses the open file of the shared handle', async () => {
    const path = writeNpy(folder, 'one-file.npy', [8, 16]);
    const array = await open(path);
    // Files are closed by threads of the pool, so this may take a moment.
    const limit = { timeout: 10_000 };
    await expect.poll(() => descriptorsOf(path), limit).toBe(1);
    await attachTo(array);
    await expect.poll(() => descriptorsOf(path), limit).toBe(1);
    await array.read();
    await expect.poll(() => descriptorsOf(path), limit).toBe(1);
  });

  it('shares the chunk cache, also after the other handle was closed', async () => {
    const path = folder.at('cached.zarr');
    {
      await using written = await createArray(path, {
        format: 'zarr',
        shape: [64, 64],
        dtype: 'float32',
        chunkShape: [16, 16],
      });
      await written.write(null, counting(64 * 64));
    }
    await new Promise((resolve) => setTimeout(resolve, 30)); // The cache keeps no chunks of files that just changed.
    using chunkCache = createChunkCache({ bytes: 2 ** 20 });
    const array = await open(path, { chunkCache });
    const attached = await attachTo(array);
    expect((await attached.read()).stats).toMatchObject({ chunksDecoded: 16, chunkCacheHits: 0 });
    expect((await array.read()).stats).toMatchObject({ chunksDecoded: 0, chunkCacheHits: 16 });
    expect(chunkCache.usage.hits).toBe(16);
    await array.close();
    const { data, stats } = await attached.read();
    expect(stats).toMatchObject({ chunksDecoded: 0, chunkCacheHits: 16 });
    expect(data).toEqual(counting(64 * 64));
  });

  it('stays usable after the shared handle was closed, until it is closed itself', async () => {
    const array = await open(writeNpy(folder, 'independent.npy', [8, 16]));
    const attached = await attachTo(array);
    await array.close();
    expect((await attached.read([3])).data).toEqual(counting(128).slice(48, 64));
    await attached.close();
    expect(await failure(() => attached.read())).toBeInstanceOf(ClosedError);
  });

  it('can be shared itself', async () => {
    const array = await open(writeNpy(folder, 'again.npy', [8, 16]));
    const attached = await attachTo(array);
    const third = await attachTo(attached);
    await array.close();
    await attached.close();
    expect((await third.read([0])).data).toEqual(counting(16));
  });

  it('opens an array of a group, and the field of an array of records', async () => {
    writeFiles(folder.at('group.zarr'), {
      '.zgroup': '{"zarr_format":2}',
      'a/.zgroup': '{"zarr_format":2}',
      'a/b/.zarray': arrayV2({ shape: [4], chunks: [4], dtype: '|u1' }),
      'a/b/0': new Uint8Array([1, 2, 3, 4]),
      'records/.zarray': arrayV2({
        shape: [2],
        chunks: [2],
        dtype: [
          ['x', '|u1'],
          ['y', '|u1'],
        ],
      }),
      'records/0': new Uint8Array([1, 10, 2, 20]),
    });
    const group = await (await openGroup(folder.at('group.zarr'))).openGroup('a');
    const inGroup = await group.openArray('b');
    opened.push(inGroup);
    expect([...(await (await attachTo(inGroup)).read()).data]).toEqual([1, 2, 3, 4]);
    const field = await group.openArray('/records', { field: 'y' });
    opened.push(field);
    expect([...(await (await attachTo(field)).read()).data]).toEqual([10, 20]);
  });

  it('opens only files below the roots of the shared handle', async () => {
    const inside = folder.at('roots');
    const path = writeNpy(folder, 'roots/inside.npy', [4, 4]);
    const array = await open(path, { externalFiles: { roots: [inside] } });
    const attached = await attachTo(array);
    await array.close();
    expect((await attached.read()).data).toEqual(counting(16));
    renameSync(path, folder.at('outside.npy'));
    const { symlinkSync } = await import('node:fs');
    symlinkSync(folder.at('outside.npy'), path);
    expect(await failure(() => attach(attached.share()))).toBeInstanceOf(ExternalFileError);
  });

  it.skipIf(pythonMissing !== null)(`reads HDF5 with a chunk index${pythonMissing ?? ''}`, async () => {
    runPython('test/fault/write_hdf5.py', folder.at('chunks.h5'), '500', '300');
    using chunkCache = createChunkCache({ bytes: 2 ** 26 });
    const group = await openGroup(folder.at('chunks.h5'), { chunkCache });
    const [entry] = (await group.children()).filter(({ kind }) => kind === 'array');
    const array = await group.openArray(entry?.name ?? '');
    opened.push(array);
    const expected = await array.read();
    const { data, stats } = await (await attachTo(array)).read();
    expect(data).toEqual(expected.data);
    expect(stats.chunksDecoded).toBe(0);
  });
});

describe('attach()', () => {
  it('fails after the shared handle was closed', async () => {
    const array = await open(writeNpy(folder, 'closed.npy', [4, 4]));
    const token = array.share();
    await array.close();
    const error = await failure(() => attach(token));
    expect(error).toBeInstanceOf(ClosedError);
    expect(error).toHaveProperty(
      'message',
      `Cannot attach to the array ${folder.at('closed.npy')}: the handle that shared it was closed`,
    );
    expect(() => array.share()).toThrow(ClosedError);
  });

  it('refuses tokens of another process, and values that are no tokens', async () => {
    const array = await open(writeNpy(folder, 'foreign.npy', [4, 4]));
    const token = array.share();
    const other: ArrayToken = { ...token, processId: token.processId + 1 };
    const error = await failure(() => attach(other));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toHaveProperty('path', folder.at('foreign.npy'));
    for (const value of [undefined, null, 'token', {}, { ...token, id: 3 }, { ...token, kind: 'array' }, [token]]) {
      expect(await failure(() => attach(value as ArrayToken))).toBeInstanceOf(TypeError);
    }
    expect(await failure(() => attach({ ...token, id: 'unknown' }))).toBeInstanceOf(ClosedError);
  });

  it('reports a change of the shape, and of a file that was replaced', async () => {
    const store = (shape: number): Record<string, object> => ({
      '.zarray': arrayV2({ shape: [shape], chunks: [4], dtype: '|u1' }),
    });
    writeFiles(folder.at('grown.zarr'), store(4));
    const grown = await open(folder.at('grown.zarr'));
    writeFiles(folder.at('grown.zarr'), store(8));
    expect(await failure(() => attach(grown.share()))).toMatchObject({ code: 'ECHANGED' });

    const path = writeNpy(folder, 'replaced.npy', [4, 4]);
    const array = await open(path);
    writeFileSync(`${path}.new`, npyBytes(npyDict('<f4', false, [4, 4]), new Uint8Array(64)));
    renameSync(`${path}.new`, path);
    const attached = await attachTo(array);
    expect(await failure(() => attached.read())).toMatchObject({ code: 'ECHANGED', path });
  });

  it('ends with its signal', async () => {
    const array = await open(writeNpy(folder, 'aborted.npy', [4, 4]));
    expect(await failure(() => attach(array.share(), { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    });
  });
});
