/** Tests that each refusal names the feature and says what to do instead, as docs/guide/not-read.md does. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { isPosixParError, openArray, openRecords, openText } from '../../../lib/index.js';
import { nifti1Header } from '../../support/nifti-bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const page = readFileSync(new URL('../../../docs/guide/not-read.md', import.meta.url), 'utf8');

/** A refused file or array, the feature in its error, the advice after it, and the advice in the documentation. */
type Refusal = readonly [name: string, what: string | RegExp, hint: RegExp, documented: RegExp];

const convert = /Convert the data with NumPy: data\.astype\('f8'\)$/;
const convertRow = /^\| floats .*`long double`.* \| convert them with NumPy: `data\.astype\('f8'\)` \|$/m;
const n5Row = /^\| N5: .* \| convert the dataset with n5-utils, or to Zarr \|$/m;

/** Checks the error of opening the array, or of reading it if it can be opened. */
async function check([name, what, hint, documented]: Refusal, read: (path: string) => Promise<unknown>): Promise<void> {
  const error: unknown = await read(directory.at(name)).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isPosixParError(error, 'UnsupportedError')) throw error ?? new Error(`${name} was read`);
  if (typeof what === 'string') expect(error.what).toBe(what);
  else expect(error.what).toMatch(what);
  expect(error.message).toMatch(hint);
  expect(page).toMatch(documented);
}

async function readNumbers(path: string): Promise<unknown> {
  await using array = await openArray(path);
  return await array.read();
}

describe('refusals of files that tests write', () => {
  beforeAll(() => {
    const metadata = { zarr_format: 2, shape: [2], chunks: [2], compressor: null, fill_value: null, order: 'C' };
    directory.write('objects.zarr/.zarray', JSON.stringify({ ...metadata, dtype: '|O', filters: null }));
    directory.write('long.zarr/.zarray', JSON.stringify({ ...metadata, dtype: '<f16', filters: null }));
    const optional = {
      ...{ zarr_format: 3, node_type: 'array', shape: [2], fill_value: null, codecs: ['bytes'] },
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [2] } },
      chunk_key_encoding: 'default',
      data_type: { name: 'optional', configuration: { name: 'int32', configuration: {} } },
    };
    directory.write('optional.zarr/zarr.json', JSON.stringify(optional));
    const dataset = { dimensions: [2], blockSize: [2], dataType: 'uint8', compression: { type: 'raw' } };
    directory.write('object.n5/attributes.json', JSON.stringify({ ...dataset, n5: '2.5.0', dataType: 'object' }));
    directory.write(
      'jpeg.n5/attributes.json',
      JSON.stringify({ ...dataset, n5: '2.5.0', compression: { type: 'jpeg' } }),
    );
    directory.write('long.nii', nifti1Header({ datatype: 1536 }));
    directory.write('forecast.grib2', `GRIB${'\0'.repeat(60)}`);
    directory.write('scan.dcm', `${'\0'.repeat(128)}DICM${'\0'.repeat(60)}`);
    directory.write('photo.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0));
    directory.write('a.h5.gz', Uint8Array.of(0x1f, 0x8b, 8));
  });

  test.each<Refusal>([
    [
      'objects.zarr',
      'Zarr arrays of objects (dtype |O)',
      /Read them with zarr-python$/,
      /\| read them with zarr-python \|/,
    ],
    ['long.zarr', 'Zarr arrays of long double, dtype <f16', convert, convertRow],
    [
      'optional.zarr',
      "the Zarr data type 'optional'",
      /Read it with zarrs, and store the values and a mask as two arrays$/,
      /`optional` .* \| read them with zarrs, and store the values and a mask as two arrays \|/,
    ],
    ['object.n5', 'the N5 data type "object"', /Convert the dataset with n5-utils, or to Zarr$/, n5Row],
    ['jpeg.n5', 'the N5 compression "jpeg"', /Convert the dataset with n5-utils, or to Zarr$/, n5Row],
    ['long.nii', 'NIfTI voxels of type long double (float128)', convert, convertRow],
    [
      'forecast.grib2',
      'a GRIB file',
      /Convert it to Zarr or NetCDF with cfgrib or ecCodes$/,
      /^\| GRIB \| convert it to Zarr or NetCDF with cfgrib or ecCodes \|$/m,
    ],
    [
      'scan.dcm',
      'a DICOM file',
      /Convert it to NIfTI with dcm2niix$/,
      /^\| DICOM \| convert it to NIfTI with dcm2niix \|$/m,
    ],
    [
      'photo.jpg',
      'a JPEG image',
      /Read images with a library such as sharp or geotiff$/,
      /\| use sharp or geotiff\.js \|/,
    ],
    ['a.h5.gz', 'a file compressed with gzip', /decompress it once$/, /`\.h5\.gz` .* \| decompress the file once \|/],
  ])('%s', (...refusal) => check(refusal, readNumbers));

  test('GRIB bytes after the start of a file are no GRIB file', async () => {
    await expect(openArray(directory.write('other.bin', 'xGRIB'))).rejects.toThrow(/a file of no known format/);
  });
});

describe.skipIf(pythonMissing !== null)(`refusals${pythonMissing === null ? '' : ` (${pythonMissing})`}`, () => {
  beforeAll(() => {
    runPython('test/conformance/describe/refusals.py', directory.path);
  });
  const h5py = /Read it with h5py, and save what you need with another type$/;

  test.each<Refusal>([
    ['long.npy', "npy arrays of long double, dtype '<f16'", convert, convertRow],
    ['complex-long.npy', "npy arrays of complex long double, dtype '<c32'", convert, convertRow],
    [
      'objects.npy',
      /^npy arrays of Python objects/,
      /for example a\.astype\('S16'\)$/,
      /objects.*`a\.astype\('S16'\)`/,
    ],
    ['five.mat', 'a MATLAB file of version 5 to 7', /Save it with -v7\.3$/, /^\| MATLAB: .* \| save with `-v7\.3`/m],
    ['refused.h5#/long', /^the HDF5 datatype long double \(/, convert, convertRow],
    ['refused.h5#/nested', /^HDF5 sequences of the datatype variable/, h5py, /sequences of sequences .* with h5py/],
    [
      'refused.h5#/irregular',
      'an HDF5 virtual dataset with an irregular selection',
      /Copy it into an ordinary dataset with h5py$/,
      /virtual datasets .* \| copy them into an ordinary dataset with h5py \|/,
    ],
    [
      'sparse.tdb',
      'sparse TileDB array',
      /copy it into a dense array$/,
      /^\| TileDB: sparse .* copy them into dense arrays/m,
    ],
    [
      'encrypted.tdb',
      'encrypted TileDB array',
      /without encryption with TileDB-Py$/,
      /^\| TileDB: .* without encryption \|$/m,
    ],
    ['variable.tdb', /^TileDB attribute 'n' with any number of/, /Read it with TileDB-Py$/, /^\| TileDB: .*TileDB-Py/m],
  ])('%s', (...refusal) => check(refusal, readNumbers));

  test('a field of records is refused with the same advice', async () => {
    await using records = await openRecords(directory.at('long-field.npy'));
    const long = /^Not supported: NumPy fields of long double, dtype '<f16' \(.*\)\. Convert the data with NumPy/;
    expect(records.fields).toMatchObject([
      { name: 'x', dtype: null, offset: 0, problem: expect.stringMatching(long) },
      { name: 'y', dtype: 'float32', offset: 16, problem: null },
    ]);
    await expect(openText(directory.at('long.npy'))).rejects.toThrow(/long double/);
  });
});
