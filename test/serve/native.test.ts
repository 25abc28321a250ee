/** Reads arrays through `/zarr-native`, where chunks with codecs of numcodecs are sent as they are stored. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import * as zarrita from 'zarrita';
import { openArray } from '../../lib/index.js';
import { serve } from '../../lib/serve/index.js';
import { pythonMissing } from '../support/python.js';
import { testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { get } from './requests.js';
import { runClient, writeSamples } from './samples.js';

const directory = new TemporaryDirectory();
const seed = testSeed();
const samples = pythonMissing === null ? writeSamples(directory.at('samples'), seed) : [];
const root = pythonMissing === null ? directory.at('samples/root') : directory.path;
const server = await serve({ roots: [root], socket: directory.at('s'), port: 0 });
afterAll(() => server.close());
const base = new URL(String(server.url)).origin;

async function codecsOf(key: string): Promise<readonly string[]> {
  const { text } = await get(server, key);
  return (JSON.parse(text) as { codecs: { name: string }[] }).codecs.map(({ name }) => name);
}

describe.skipIf(pythonMissing !== null)(`the native view (seed ${seed}) ${pythonMissing ?? ''}`, () => {
  test('zarr-python with numcodecs reads every sample over TCP and the Unix socket', async () => {
    const args = [base, String(server.token), String(server.socket), String(seed), JSON.stringify(samples)];
    const { compared, wrong } = JSON.parse(await runClient('read_clients.py', ...args, 'zarr-native')) as {
      compared: Record<string, number>;
      wrong: string[];
    };
    expect(wrong).toEqual([]);
    expect(samples.length).toBeGreaterThan(40);
    expect(compared).toEqual({ zarr: samples.length, 'zarr over the socket': samples.length });
  }, 300_000);

  test('names the codecs of the file', async () => {
    for (const [path, codecs] of [
      ['run.h5/g/inner/gzip', ['bytes', 'numcodecs.shuffle', 'numcodecs.zlib', 'numcodecs.fletcher32']],
      ['run.h5/g/inner/shuffled', ['bytes', 'numcodecs.shuffle', 'numcodecs.zlib']],
      ['run.h5/g/inner/bzip2', ['bytes', 'numcodecs.bz2']],
      ['run.h5/g/inner/zstd', ['bytes', 'zstd']],
      ['netcdf4.nc/t2m', ['bytes', 'numcodecs.shuffle', 'numcodecs.zlib']],
      ['zlib.zarr', ['bytes', 'numcodecs.zlib']],
      ['lz4.zarr', ['bytes', 'numcodecs.lz4']],
      ['lzma.zarr', ['bytes', 'numcodecs.lzma']],
      // numcodecs has no codec for this filter, so the chunks are decoded.
      ['run.h5/g/inner/lz4', ['bytes']],
      ['zstd.tdb/v', ['bytes']],
    ] as const) {
      expect(await codecsOf(`/zarr-native/${path}/zarr.json`), path).toEqual(codecs);
      expect(await codecsOf(`/zarr/${path}/zarr.json?codecs=native`), path).toEqual(codecs);
    }
    expect(await codecsOf('/zarr/run.h5/g/inner/shuffled/zarr.json?codecs=core')).toEqual(['bytes']);
    const { text } = await get(server, '/zarr-native/run.h5/zarr.json');
    expect(text).toContain('numcodecs.zlib');
    const refused = await get(server, '/zarr/run.h5/zarr.json?codecs=all');
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('core or native')]);
  });

  test('sends chunks as they are stored', async () => {
    const chunk = await get(server, '/zarr-native/zlib.zarr/c/1/2');
    expect(chunk.body).toEqual(readFileSync(`${root}/zlib.zarr/1.2`));
    const file = readFileSync(`${root}/run.h5`);
    for (const key of ['gzip/c/0/0', 'gzip/c/3/1', 'shuffled/c/2/2', 'bzip2/c/1/1']) {
      const { status, body } = await get(server, `/zarr-native/run.h5/g/inner/${key}`);
      expect([status, file.includes(body)], key).toEqual([200, true]);
      const { body: decoded } = await get(server, `/zarr/run.h5/g/inner/${key}`);
      expect(decoded.equals(body), key).toBe(false);
    }
    const part = await get(server, '/zarr-native/zlib.zarr/c/1/2', { headers: { range: 'bytes=3-7' } });
    expect([part.status, part.body]).toEqual([206, chunk.body.subarray(3, 8)]);
  });

  test('zarrita reads byte-shuffled deflate', async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    for (const name of ['run.h5/g/inner/shuffled', 'run.h5/random', 'netcdf4.nc/t2m', 'zlib.zarr']) {
      const { path, expected } = samples.find((sample) => sample.path === name) ?? { path: name, expected: '' };
      await using wanted = await openArray(expected);
      const store = new zarrita.FetchStore(`${base}/zarr-native/${path}`, {
        fetch: (request: Request) => fetch(new Request(request, { headers })),
      });
      const got = await zarrita.get(await zarrita.open.v3(store, { kind: 'array' }), null);
      expect(got.shape, path).toEqual(wanted.shape);
      expect(Array.from(got.data as ArrayLike<number>), path).toEqual(
        Array.from<number | bigint>((await wanted.read()).data),
      );
    }
  });
});
