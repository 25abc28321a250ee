/** Tests that /h5grove shows arrays of every format as the library reads them. */
import { afterAll, describe, expect, test } from 'vitest';
import { type ArrayHandle, openArray } from '../../lib/index.js';
import { serve } from '../../lib/serve/index.js';
import { pythonMissing, runPython } from '../support/python.js';
import { testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { get } from './requests.js';
import { type Sample, writeSamples } from './samples.js';

const directory = new TemporaryDirectory();
const folder = directory.at('samples');
const seed = testSeed();
const samples = pythonMissing === null ? [...writeSamples(folder, seed), ...writeMore()] : [];
const root = pythonMissing === null ? directory.at('samples/root') : directory.path;
const server = await serve({ roots: [root], port: 0 });
afterAll(() => server.close());

function writeMore(): readonly Sample[] {
  return JSON.parse(runPython('test/serve/write_more_samples.py', folder, String(seed))) as Sample[];
}

interface Described {
  readonly kind: string;
  readonly shape: readonly number[];
  readonly type: { readonly dtype: unknown };
  readonly attributes: readonly { readonly name: string }[];
}

/** Returns the reply to a request for the array at `path`. */
async function ask(route: string, path: string, more = ''): Promise<Buffer> {
  const [file = '', ...inner] = path.split('/');
  const name = inner.length === 0 ? 'data' : inner.join('/');
  const { status, body } = await get(server, `/h5grove/${route}?file=${file}&path=/${name}${more}`);
  expect(status, `${route} ${path}: ${body.toString().slice(0, 200)}`).toBe(200);
  return body;
}

const askJson = async <T>(route: string, path: string, more = ''): Promise<T> =>
  JSON.parse((await ask(route, path, more)).toString()) as T;

/** Converts a value as h5grove does: numbers as JSON has them, NaN and infinities as null. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, plain);
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Opens the sample at `path` with the library. */
function openSample(path: string): Promise<ArrayHandle> {
  const [file = '', ...inner] = path.split('/');
  return openArray(`${root}/${file}`, {
    externalFiles: { roots: [root] },
    ...(inner.length === 0 ? {} : { array: inner.join('/') }),
  });
}

describe.skipIf(pythonMissing !== null)(`/h5grove (seed ${seed}) ${pythonMissing ?? ''}`, () => {
  test('there are samples of all formats', async () => {
    const formats = new Set<string>();
    for (const { path } of samples) {
      await using array = await openSample(path);
      formats.add(array.format);
    }
    expect([...formats]).toEqual(
      expect.arrayContaining([
        ...['npy', 'npz', 'safetensors', 'nifti', 'raw', 'tiles', 'hdf5', 'netcdf3', 'netcdf4'],
        ...['zarr', 'n5', 'matlab', 'tiledb', 'kerchunk'],
      ]),
    );
  });

  test('sends the elements of every sample', async () => {
    for (const { path, expected } of samples) {
      await using wanted = await openArray(expected);
      const isHalf = wanted.dtype === 'float16';
      const { data } = await wanted.read([], isHalf ? { as: 'float32' } : {});
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(new Uint8Array(await ask('data', path, '&format=bin&dtype=safe')), path).toEqual(bytes);
      const listed = [await askJson<unknown>('data', path, '&flatten=true')].flat(2);
      expect(
        listed.map((value) => (typeof value === 'boolean' ? Number(value) : value)),
        path,
      ).toEqual(plain(data));
    }
  }, 120_000);

  test('describes the shape and the attributes of every sample', async () => {
    for (const { path, expected } of samples) {
      await using wanted = await openArray(expected);
      await using stored = await openSample(path);
      const { kind, shape, attributes } = await askJson<Described>('meta', path);
      expect([kind, shape], path).toEqual(['dataset', wanted.shape]);
      const values = await askJson<Record<string, unknown>>('attr', path);
      expect(Object.keys(values).sort(), path).toEqual(attributes.map(({ name }) => name).sort());
      for (const [name, value] of Object.entries(stored.attributes)) {
        if (Object.hasOwn(values, name)) expect(values[name], `${path} ${name}`).toEqual(plain(value));
        // The library adds attributes for details of a datatype, which are not in a file of HDF5.
        else expect(['hdf5', 'netcdf4', 'matlab'], `${path} ${name}`).toContain(stored.format);
      }
    }
  }, 120_000);

  test('shows the attributes that files of other formats store', async () => {
    expect(await askJson('attr', 'blocks.n5/volume')).toMatchObject({ resolution: [4, 4, 40], unit: 'nm' });
    expect(await askJson('attr', 'netcdf3_classic.nc/t2m')).toMatchObject({ units: 'K' });
    expect(await askJson('attr', 'm.mat/matrix')).toMatchObject({ MATLAB_class: 'double' });
  });
});
