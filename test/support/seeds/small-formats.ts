/**
 * Provides small files of formats with a single header, for tests that damage them.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { countingBytes } from '../byte-writer.js';
import { type NcFile, netcdf3Bytes } from '../netcdf3-bytes.js';
import { nifti1Header, nifti2Header, niftiFile } from '../nifti-bytes.js';
import { deflatedMember, npyBytes, npyDict, zipBytes } from '../npy-bytes.js';
import { safetensorsBytes } from '../safetensors-bytes.js';
import { fileSeed, type Seed } from './seed.js';

const data = countingBytes(96);
const npy = npyBytes(npyDict('<f4', true, [2, 3, 4]), data, 1, 16);
const record = "[('a', '<f4'), ('', '|V2'), ('p', [('w', '>i2', (2,)), ('s', '|S3')]), ('u', '<U1')]";
const records = npyBytes(`{'descr': ${record}, 'fortran_order': True, 'shape': (2, 2), }`, data, 1, 16);
/** A `tiles.json` with all members. */
export const tileManifest = {
  version: 1,
  shape: [30, 40],
  tileShape: [7, 8],
  dtype: 'complex64',
  order: 'F',
  byteOrder: 'big',
  fillValue: [1, 'NaN'],
  path: 'a/{0:02}_{1}',
  edgeTiles: 'clipped',
  offset: 16,
  attributes: { a: [1, { b: null }] },
  dimensionNames: ['y', null],
};
const netcdf = (version: 1 | 2 | 5): NcFile => ({
  version,
  dims: [
    ['t', 0],
    ['x', 3],
  ],
  attributes: [['title', 'char', new TextEncoder().encode('seed')]],
  variables: [
    {
      name: 'f',
      type: 'short',
      dims: [1],
      data: countingBytes(6),
      attributes: [['_FillValue', 'short', Uint8Array.of(1, 2)]],
    },
    { name: 'a', type: 'short', dims: [0, 1], data: countingBytes(12) },
    { name: 'd', type: 'double', dims: [0], data: countingBytes(16) },
  ],
  heldRecords: 2,
});
/** Appends a NUL to the names of all dimensions and variables, as some writers do. */
function withNuls(file: NcFile): NcFile {
  return {
    ...file,
    dims: file.dims.map(([name, size]): [string, number] => [`${name}\0`, size]),
    variables: file.variables.map((variable) => ({ ...variable, name: `${variable.name}\0` })),
  };
}

/** Creates a seed whose first `span` bytes are mutated. */
function single(
  name: string,
  path: string,
  bytes: Uint8Array,
  span: number,
  format: string,
  arrays?: Seed['arrays'],
): Seed {
  return fileSeed(name, format, path, { [path]: bytes }, { span, ...(arrays === undefined ? {} : { arrays }) });
}

const archive = zipBytes(
  [
    { name: 'a.npy', content: npy, localSizes: 'zip64', wide: true },
    { name: 'b.npy', content: npy },
  ],
  true,
);
const describedArchive = zipBytes([{ name: 'a.npy', content: npy, localSizes: 'descriptor' }]);
const tensors = safetensorsBytes(
  {
    __metadata__: { format: 'np' },
    a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
    b: { dtype: 'I16', shape: [36], data_offsets: [24, 96] },
  },
  data,
);
const compressedArchive = zipBytes([deflatedMember('a.npy', npy)]);
const zarray = new TextEncoder().encode(
  JSON.stringify({
    ...{ zarr_format: 2, shape: [4, 6], chunks: [2, 6], dtype: '<f4', order: 'C' },
    ...{ fill_value: 0, compressor: null, filters: null, dimension_separator: '.' },
  }),
);
const zippedStore = zipBytes([
  { name: 'a/.zarray', content: zarray },
  { name: 'a/0.0', content: data.subarray(0, 48) },
  deflatedMember('a/1.0', data.subarray(48)),
  { name: '.zgroup', content: new TextEncoder().encode('{"zarr_format":2}') },
]);
const nifti1 = niftiFile(nifti1Header({ slope: 2, qformCode: 1, sformCode: 1 }), 352, data);

/** Files of an N5 dataset: one block in full size and one at the edge. */
const n5Files = {
  '/n/attributes.json': JSON.stringify({
    ...{ n5: '2.5.1', dimensions: [6, 4], blockSize: [4, 4], dataType: 'int16' },
    ...{ compression: { type: 'raw' }, axes: ['x', 'y'] },
  }),
  '/n/0/0': Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4, ...data.subarray(0, 32)),
  '/n/1/0': Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4, ...data.subarray(0, 16)),
};

/**
 * Seeds for each kind of header. A null in the list of arrays requests the only array, which fails if there are
 * several.
 */
export const smallFormatSeeds: readonly Seed[] = [
  single('npy 1', '/a.npy', npy, npy.length - 96, 'npy'),
  single('npy 3', '/a.npy', npyBytes(npyDict('>c16', false, [6]), data, 3, 16), 80, 'npy'),
  single('npy of records', '/a.npy', records, records.length - 96, 'npy'),
  single('npy of text', '/a.npy', npyBytes(npyDict('<U3', false, [4, 2]), data, 1, 16), 80, 'npy'),
  single('npz', '/a.npz', archive, 2_000, 'npz', ['a', 'b', null]),
  single('npz with a descriptor', '/a.npz', describedArchive, 2_000, 'npz'),
  single('compressed npz', '/a.npz', compressedArchive, 2_000, 'npz'),
  single('zipped Zarr', '/a.zip', zippedStore, 2_000, 'zarr', ['a', null]),
  single('compressed NIfTI-1', '/a.nii.gz', gzipSync(nifti1), 2_000, 'nifti'),
  single('safetensors', '/a.safetensors', tensors, tensors.length - 96, 'safetensors', ['a', 'b', null]),
  single('NIfTI-1', '/a.nii', nifti1, 352, 'nifti'),
  single('NIfTI-1 BE', '/a.nii', niftiFile(nifti1Header({ order: 'big', qformCode: 1 }), 352, data), 352, 'nifti'),
  single('NIfTI-2', '/a.nii', niftiFile(nifti2Header({ qformCode: 1 }), 544, data), 544, 'nifti'),
  fileSeed(
    'NIfTI-1 pair',
    'nifti',
    '/a.img',
    { '/a.img': data, '/a.hdr': nifti1Header({ magic: 'ni1\0', voxOffset: 0 }) },
    { mutated: '/a.hdr' },
  ),
  ...([1, 2, 5] as const).map((version) =>
    single(`CDF-${version}`, '/a.nc', netcdf3Bytes(netcdf(version)), 1_000, 'netcdf3', ['f', 'a', 'd', null]),
  ),
  single('CDF-1, names that end in NUL', '/a.nc', netcdf3Bytes(withNuls(netcdf(1))), 1_000, 'netcdf3', [
    'f',
    'a',
    'd',
    null,
  ]),
  fileSeed(
    'tiles.json',
    'tiles',
    '/t',
    { '/t/tiles.json': JSON.stringify(tileManifest) },
    { mutated: '/t/tiles.json' },
  ),
  fileSeed('attributes.json of N5', 'n5', '/n', n5Files, { mutated: '/n/attributes.json' }),
  fileSeed(
    'a sidecar',
    'raw',
    '/r.bin',
    { '/r.bin': data, '/r.bin.json': JSON.stringify({ dtype: 'int16', shape: [4, 5], order: 'F', offset: 8 }) },
    { mutated: '/r.bin.json' },
  ),
];

/** A block of N5 to mutate. Opening the array does not read it. */
export const n5BlockSeeds: readonly Seed[] = [
  fileSeed('a block of N5', 'n5', '/n', n5Files, { mutated: '/n/1/0', span: 12 }),
];
