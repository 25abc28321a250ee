/** Reads arrays of several formats through the server with clients of Zarr, and compares their elements. */
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

interface Metadata {
  readonly chunk_grid: { readonly configuration: { readonly chunk_shape: readonly number[] } };
  readonly codecs: readonly { readonly name: string }[];
  readonly dimension_names?: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** An array as zarrita returns it. */
interface Strided {
  readonly data: ArrayLike<number | bigint>;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Returns the elements of an array in C order. */
function inOrder({ data, shape, stride }: Strided): (number | bigint)[] {
  const offsets = shape.reduce(
    (before, size, d) =>
      before.flatMap((offset) => Array.from({ length: size }, (_, i) => offset + i * (stride[d] ?? 0))),
    [0],
  );
  return offsets.map((offset) => data[offset] ?? Number.NaN);
}

const metadataOf = async (path: string): Promise<Metadata> =>
  JSON.parse((await get(server, `/zarr/${path}/zarr.json`)).text) as Metadata;

describe.skipIf(pythonMissing !== null)(`clients (seed ${seed}) ${pythonMissing ?? ''}`, () => {
  test('zarr-python over TCP and the Unix socket, and TensorStore, read every sample', async () => {
    const socket = String(server.socket);
    const args = [base, String(server.token), socket, String(seed), JSON.stringify(samples)];
    const { compared, wrong } = JSON.parse(await runClient('read_clients.py', ...args)) as {
      compared: Record<string, number>;
      wrong: string[];
    };
    expect(wrong).toEqual([]);
    expect(samples.length).toBeGreaterThan(40);
    expect(compared).toEqual({
      zarr: samples.length,
      'zarr over the socket': samples.length,
      tensorstore: samples.length,
    });
  });

  test('zarrita reads every sample', async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    for (const { path, expected } of samples) {
      await using wanted = await openArray(expected);
      const { data, dtype } = await wanted.read();
      // zarrita has no arrays of complex numbers, and its arrays of these other types are not typed arrays.
      if (dtype === 'bool' || dtype === 'float16' || dtype.startsWith('complex')) continue;
      const store = new zarrita.FetchStore(`${base}/zarr/${path}`, {
        fetch: (request: Request) => fetch(new Request(request, { headers })),
      });
      const array = await zarrita.open.v3(store, { kind: 'array' });
      expect(array.shape, path).toEqual(wanted.shape);
      const got = await zarrita.get(array, null);
      const elements = typeof got === 'object' && 'stride' in got ? inOrder(got as Strided) : [got];
      expect(elements, path).toEqual(Array.from<number | bigint>(data));
    }
  });

  test('chunks with core codecs are sent as they are stored', async () => {
    const stored = readFileSync(`${root}/v3.zarr/zstd/c/2/1`);
    expect((await get(server, '/zarr/v3.zarr/zstd/c/2/1')).body).toEqual(stored);
    const names = async (path: string): Promise<string[]> => (await metadataOf(path)).codecs.map(({ name }) => name);
    expect(await names('v3.zarr/zstd')).toEqual(['bytes', 'zstd']);
    expect(await names('v3.zarr/sharded')).toEqual(['bytes', 'zstd']);
    expect(await names('v3.zarr/crc')).toEqual(['bytes', 'zstd', 'crc32c']);
    expect(await names('v3.zarr/transposed')).toEqual(['transpose', 'bytes', 'zstd']);
    expect(await names('blosc.zarr')).toEqual(['bytes', 'blosc']);
    expect(await names('fortran.zarr')).toEqual(['transpose', 'bytes', 'gzip']);
    expect(await names('run.h5/g/inner/zstd')).toEqual(['bytes', 'zstd']);
    expect(await names('run.h5/g/inner/blosc')).toEqual(['bytes', 'blosc']);
    // The codecs of these arrays are not core codecs of Zarr v3, so the server decodes the chunks.
    for (const path of ['run.h5/g/inner/gzip', 'run.h5/g/inner/lz4', 'zlib.zarr', 'zstd.tdb/v']) {
      expect(await names(path), path).toEqual(['bytes']);
    }
  });

  test('the chunk grid, the attributes and the names of dimensions are those of the file', async () => {
    const gzip = await metadataOf('run.h5/g/inner/gzip');
    expect(gzip.chunk_grid.configuration.chunk_shape).toEqual([7, 9]);
    expect(gzip.attributes).toEqual({ units: 'K' });
    expect((await metadataOf('v3.zarr/sharded')).chunk_grid.configuration.chunk_shape).toEqual([8, 10]);
    expect((await metadataOf('netcdf4.nc/t2m')).dimension_names).toEqual(['time', 'lat', 'lon']);
    expect((await metadataOf('zstd.tdb/v')).dimension_names).toEqual(['y', 'x']);
  });

  test('chunks that do not exist are absent', async () => {
    expect((await get(server, '/zarr/run.h5/mixed/c/0/3')).status).toBe(404);
    expect((await get(server, '/zarr/run.h5/mixed/c/0/0')).status).toBe(200);
    expect((await get(server, '/zarr/v3.zarr/zstd/c/1/0')).status).toBe(404);
  });

  test('a group lists everything below it in one document', async () => {
    const { text } = await get(server, '/zarr/run.h5/zarr.json');
    const { consolidated_metadata: consolidated } = JSON.parse(text) as {
      consolidated_metadata: { metadata: Record<string, { attributes: unknown }> };
    };
    expect(Object.keys(consolidated.metadata)).toContain('g/inner/gzip');
    expect(consolidated.metadata['g/inner']?.attributes).toEqual({ title: 'Größe' });
    expect(consolidated.metadata['g/inner/gzip']).toEqual(await metadataOf('run.h5/g/inner/gzip'));
  });
});
