/**
 * Compares what posix-par and the netCDF4 library read from NetCDF-4 files: groups, dimensions, attributes and values.
 * The files are written by netCDF4 or come from other projects.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ArrayDescriptor } from '../../../lib/formats/descriptor.js';
import { openGroupDescriptor } from '../../../lib/formats/registry.js';
import { isPosixParError, openArray, openGroup } from '../../../lib/index.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

type Attributes = Readonly<Record<string, string | null | { readonly numbers: readonly string[] }>>;

interface DescribedGroup {
  readonly path: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly dimensions: Readonly<Record<string, { readonly size: number; readonly isUnlimited: boolean }>>;
  readonly children: readonly (readonly [string, string])[];
}

interface DescribedVariable {
  readonly path: string;
  readonly array: string;
  readonly shape: readonly number[];
  readonly dimensions: readonly string[];
  readonly attributes: Attributes;
  readonly dtype?: string;
  readonly hash?: string;
  readonly error?: string;
}

type Described = DescribedGroup | DescribedVariable | { readonly path: string; readonly error: string };

const script = 'test/conformance/netcdf4/describe.py';
/**
 * Names that netCDF4 invents for dimensions of HDF5 datasets without scales. In posix-par, such dimensions have no
 * names.
 */
const madeUp = /^phony_dim_/;

describe('NetCDF-4 files written by netCDF4', () => {
  if (pythonMissing !== null) {
    test.skip(pythonMissing, () => {});
    return;
  }
  const directory = new TemporaryDirectory();
  compareAll(directory.path, JSON.parse(runPython(script, 'write', directory.path)));

  test('fills a variable that is shorter than its unlimited dimension', async () => {
    await using array = await openArray(directory.at('grown.nc'), { array: 'short' });
    expect(array.shape).toEqual([10, 4]);
    const { data } = await array.read([3]);
    expect([...(data as Float32Array)]).toEqual(new Array(4).fill(Math.fround(9.969209968386869e36)));
  });

  test('uses the fill value of NetCDF past the end of a dataset, and that of HDF5 in absent chunks', async () => {
    const read = async (array: string): Promise<readonly [unknown[], unknown]> => {
      await using opened = await openArray(directory.at('short-hdf5.nc'), { array });
      return [[...(await opened.read()).data], opened.fillValue];
    };
    expect(await read('i4_ifset_None')).toEqual([[1, 2, 0, 0, 0, ...new Array(3).fill(-2147483647)], -2147483647]);
    expect(await read('i4_alloc_-3')).toEqual([[1, 2, ...new Array(6).fill(-3)], -3]);
    expect(await read('i4_never_-3')).toEqual([[1, 2, 3, 4, 5, -3, -3, -3], -3]);
    // Opened as HDF5, the array ends at the end of the dataset.
    await using hdf5 = await openArray(directory.at('short-hdf5.nc'), { array: 'i4_ifset_None', format: 'hdf5' });
    expect([hdf5.shape, hdf5.fillValue]).toEqual([[5], null]);
  });

  test('refuses elements past the end that have no single fill value, and reads the others', async () => {
    for (const array of ['text', 'flag']) {
      await using opened = await openArray(directory.at('short-mixed.h5'), { array, format: 'netcdf4' });
      expect(opened.shape[0]).toBe(4);
      expect((await opened.read([{ stop: 2 }])).data.length).toBeGreaterThan(0);
      await expect(opened.read()).rejects.toThrow(/past the end of a variable .* up to \[2/);
    }
  });

  test('returns attributes with one value as that value, and scalars without dimensions, as in NetCDF-3', async () => {
    await using netcdf = await openArray(directory.at('one.nc'));
    expect(netcdf.attributes).toEqual({ number: 0.5, big: 2n ** 60n, text: 'a', list: 'b', two: [1, 2] });
    expect(netcdf.dimensionNames).toEqual([]);
    expect((await openGroup(directory.at('one.nc'))).attributes).toEqual({ of: 7 });
    await using hdf5 = await openArray(directory.at('one.nc'), { format: 'hdf5' });
    expect(hdf5.attributes).toMatchObject({ number: [0.5], two: [1, 2] });
    await using classic = await openArray(directory.at('classic.nc'));
    expect(classic.attributes).toEqual({ number: 0.5, text: 'a' });
    expect(classic.dimensionNames).toEqual([]);
  });

  test('does not list a dimension without a variable as an array', async () => {
    await expect(openArray(directory.at('grown.nc'), { array: 'alone' })).rejects.toThrow(/a dimension without one/);
    await expect(openArray(directory.at('grown.nc'), { array: 'nothing' })).rejects.toThrow(/'nothing' does not exist/);
  });

  test('lists the variables if no name is given', async () => {
    await expect(openArray(directory.at('grown.nc'))).rejects.toThrow(
      /Expected one of 'long', 'never', 'scaled', 'short', 'time' for `options.array`/,
    );
    await using only = await openArray(directory.at('plain.nc'));
    expect(only.shape).toEqual([2, 3]);
  });
});

describe.each(['netcdf', 'pyfive'])('NetCDF-4 files of %s', (corpus) => {
  const folder = pythonMissing ?? runPython('test/conformance/hdf5/corpora.py', corpus).trim();
  if (folder.startsWith('SKIP')) {
    test.skip(folder, () => {});
    return;
  }
  compareAll(folder, JSON.parse(runPython(script, 'read', folder)));
});

function compareAll(folder: string, found: readonly Described[]): void {
  const groups = found.filter((one): one is DescribedGroup => 'children' in one);
  const variables = found.filter((one): one is DescribedVariable => 'shape' in one);

  test('lists the same contents of groups as the library', () => {
    expect(groups.length).toBeGreaterThan(0);
    for (const expected of groups) {
      const request = { array: expected.name, options: {}, format: 'netcdf4' };
      const group = runSync(openGroupDescriptor(`${folder}/${expected.path}`, request), nodeSyncBackend);
      const said = `${expected.path} ${expected.name}`;
      const children = runSync(group.children(), nodeSyncBackend).filter(({ kind }) => kind !== 'other');
      const known = new Set(expected.children.map(([name]) => name));
      const both = children.filter(({ name }) => known.has(name)).map(({ name, kind }) => [name, kind]);
      expect(both, said).toEqual(expected.children);
      // The library netCDF4 leaves out variables of opaque and nested types, such as records with unreadable members.
      for (const { name } of children.filter((child) => !known.has(child.name))) {
        const shown = kindOfElements(() => runSync(group.openArray(name), nodeSyncBackend));
        expect(shown, `${said} ${name}`).toMatch(/^records$|hdf5:opaque|HDF5 datatype/);
      }
      const dimensions = Object.entries(expected.dimensions).filter(([name]) => !madeUp.test(name));
      expect({ ...group.dimensions }, said).toEqual(Object.fromEntries(dimensions));
      compareAttributes(group.attributes, expected.attributes, said);
    }
  });

  test('variables have the same values, dimensions and attributes as in the library', {
    timeout: 600_000,
  }, async () => {
    expect(variables.length).toBeGreaterThan(10);
    for (const expected of variables) {
      const said = `${expected.path}#${expected.array}`;
      try {
        await using array = await openArray(`${folder}/${expected.path}`, { array: expected.array, format: 'netcdf4' });
        expect(expected.hash ?? expected.error, said).toMatch(/^[0-9a-f]{64}$|^too large|^never written|^skipped/);
        expect(array.shape, said).toEqual(expected.shape);
        expect(array.dtype, said).toBe(expected.dtype ?? array.dtype);
        const names = expected.dimensions.map((name) => (madeUp.test(name) ? null : name));
        expect(array.dimensionNames ?? names.map(() => null), said).toEqual(names);
        compareAttributes(array.attributes, expected.attributes, said);
        if (expected.hash !== undefined) expect(sha256((await array.read()).data), said).toBe(expected.hash);
      } catch (error) {
        const isRecords = isPosixParError(error, 'ChoiceError') && error.choice === 'field';
        if (!isRecords && !isPosixParError(error, 'UnsupportedError')) throw error;
        expect(expected.error, `${said}: ${error.message}`).toMatch(/no plain elements/);
      }
    }
  });
}

function compareAttributes(found: Readonly<Record<string, unknown>>, expected: Attributes, said: string): void {
  for (const [name, value] of Object.entries(expected)) {
    const ours = found[name];
    expect(Object.hasOwn(found, name), `${said} has ${name}`).toBe(true);
    // An empty text has no elements in the file. If a text is not UTF-8, netCDF4 replaces characters, while this
    // library decodes it as Latin-1; such texts are not compared.
    if (typeof value === 'string' && !value.includes('\ufffd')) expect(ours ?? '', `${said} ${name}`).toBe(value);
    else if (value !== null && typeof value !== 'string') {
      const numbers = (Array.isArray(ours) ? ours : [ours]).map(Number);
      expect(numbers, `${said} ${name}`).toEqual(value.numbers.map(numberOf));
    }
  }
  const extra = Object.keys(found).filter((name) => !Object.hasOwn(expected, name) && !name.startsWith('hdf5:'));
  expect(extra, said).toEqual([]);
}

/** Returns `records` for records, otherwise the names of the attributes, or the error message if opening fails. */
function kindOfElements(open: () => ArrayDescriptor): string {
  try {
    const { records, attributes } = open();
    return records === undefined ? Object.keys(attributes).join() : 'records';
  } catch (error) {
    return String(error);
  }
}

/** Parses a number in the format of Python's repr(). */
function numberOf(text: string): number {
  return Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
}

function sha256(data: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}
