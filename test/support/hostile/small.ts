/**
 * Creates hostile files of formats with a small header: npy, npz, safetensors, NIfTI, tiles, raw data with a sidecar,
 * N5.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { countingBytes } from '../byte-writer.js';
import { nifti1Header, nifti2Header, niftiFile } from '../nifti-bytes.js';
import { deflatedMember, npyBytes, npyDict, type ZipMemberBytes, zipBytes } from '../npy-bytes.js';
import { safetensorsBytes } from '../safetensors-bytes.js';
import { digits, growingBytes, growingValue, type HostileCase, listed, repeated, variant } from './case.js';
import { hostileJson } from './json.js';

const data = countingBytes(64);
const plain = npyBytes(npyDict('<f4', false, [4]), data);

const npy = (name: string, dict: (size: number) => string): HostileCase =>
  growingBytes(name, '/a.npy', (size) => ({ '/a.npy': npyBytes(dict(size), data, 3) }));
const dict = (descr: string, shape: string): string => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}}`;

/** Hostile cases of npy. The largest ones are refused because a header may have at most one megabyte. */
export const npyCases: readonly HostileCase[] = [
  npy('descr', (size) => dict(`'${repeated('<', size)}'`, '(4,)')),
  npy('the digits of descr', (size) => dict(`'<f${repeated('4', size)}'`, '(4,)')),
  npy('brackets in descr', (size) => dict(`'<M8${repeated('[', size)}'`, '(4,)')),
  npy('the fields of a structure', (size) => dict(`[${listed(size, (i) => `('f${i}', '<f4')`)}]`, '(4,)')),
  npy('escapes', (size) => dict(`'${repeated('\\x41', size)}'`, '(4,)')),
  npy('shape', (size) => dict("'<f4'", `(${listed(size, () => '1')},)`)),
  npy('the digits of shape', (size) => dict("'<f4'", `(${repeated('9', size)},)`)),
  npy('brackets', (size) => repeated('(', size)),
  npy('keys', (size) => `{${listed(size, (i) => `'k${i}': 1`)}}`),
  npy('spaces', (size) => `${repeated(' ', size)}x`),
  npy('a word', (size) => repeated('a', size)),
  growingValue('extents', '/a.npy', (size) => ({
    '/a.npy': npyBytes(dict("'<f4'", `(${size}00000000, ${size}00000000)`), data, 3),
  })),
];

const npz = (name: string, members: (size: number) => readonly ZipMemberBytes[], comment = ''): HostileCase =>
  growingBytes(name, '/a.npz', (size) => ({ '/a.npz': zipBytes(members(size), true, comment) }));
const many = (size: number, member: (i: number) => ZipMemberBytes): ZipMemberBytes[] =>
  Array.from({ length: Math.ceil(size / (100 + plain.length)) }, (_, i) => member(i));

/** Hostile cases of npz. */
export const npzCases: readonly HostileCase[] = [
  npz('members', (size) => many(size, (i) => ({ name: `a${i}.npy`, content: plain }))),
  npz('members of the same name', (size) => many(size, () => ({ name: 'a.npy', content: plain }))),
  npz('the name of a member', (size) => [{ name: `${'n'.repeat(Math.min(size, 65_000))}.npy`, content: plain }]),
  npz(
    'signatures in the comment',
    (size) => many(size / 10, (i) => ({ name: `a${i}.npy`, content: plain })),
    repeated('PK\x05\x06', 65_000),
  ),
  npz('compressed members', (size) => many(size, (i) => deflatedMember(`a${i}.npy`, plain))),
  npz('a compressed header', (size) => [
    deflatedMember('a.npy', npyBytes(dict(`'<f4'`, repeated('(', size)), data, 3)),
  ]),
  npz('a member that is not deflate', (size) => [
    { name: 'a.npy', content: new Uint8Array(size), decoded: plain, method: 8 },
  ]),
  npz('empty deflate blocks', (size) => [
    { name: 'a.npy', content: new Uint8Array(size).fill(2), decoded: plain, method: 8 },
  ]),
  growingBytes('zeros in front', '/a.npz', (size) => ({
    '/a.npz': Buffer.concat([Buffer.from('PK\x03\x04'), new Uint8Array(size), zipBytes([])]),
  })),
  growingBytes('no end', '/a.npz', (size) => ({
    '/a.npz': Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.from(repeated('PK\x05\x06', size))]),
  })),
];

const tensor = (i: number): string => `"t${i}": {"dtype": "F32", "shape": [16], "data_offsets": [0, 64]}`;
const tensors = (name: string, header: (size: number) => string): HostileCase =>
  growingBytes(name, '/a.safetensors', (size) => ({ '/a.safetensors': safetensorsBytes(header(size), data) }));

/** Hostile cases of safetensors. */
export const safetensorsCases: readonly HostileCase[] = [
  tensors('tensors', (size) => `{${listed(size, tensor)}}`),
  tensors('metadata', (size) => `{"__metadata__": {${listed(size, (i) => `"k${i}": "v"`)}}, ${tensor(0)}}`),
  tensors('shape', (size) => `{"t": {"dtype": "F32", "shape": [${listed(size, () => '1')}], "data_offsets": [0, 4]}}`),
  tensors('brackets', (size) => `{"t": ${repeated('[', size)}`),
  tensors('the name of a type', (size) => `{"t": {"dtype": "${repeated('F', size)}"}}`),
];

/** Hostile cases of NIfTI. Headers have a fixed size, so only their values grow, and the gzip stream around a file. */
export const niftiCases: readonly HostileCase[] = [
  growingValue('extents', '/a.nii', (size) => {
    const dim = [3, size * 1e9, size * 1e9, 1, 1, 1, 1, 1];
    return { '/a.nii': niftiFile(nifti2Header({ dim }), 544, data) };
  }),
  growingValue('the offset of the data', '/a.nii', (size) => ({
    '/a.nii': niftiFile(nifti1Header({ voxOffset: size * 16 }), 352, data),
  })),
  growingBytes('compressed zeros before the header', '/a.nii.gz', (size) => ({
    '/a.nii.gz': gzipSync(new Uint8Array(size)),
  })),
  growingBytes('the name in a gzip header', '/a.nii.gz', (size) => ({
    '/a.nii.gz': Buffer.concat([Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3), Buffer.from(repeated('n', size))]),
  })),
  growingValue('the extents of a compressed file', '/a.nii.gz', (size) => ({
    '/a.nii.gz': gzipSync(niftiFile(nifti2Header({ dim: [3, size * 1e4, size * 1e3, 1, 1, 1, 1, 1] }), 544, data)),
  })),
  growingBytes('extensions', '/a.nii', (size) => ({ '/a.nii': niftiFile(nifti1Header(), size + 352, data) })),
];

const manifest = {
  version: 1,
  shape: [30, 40],
  tileShape: [7, 8],
  dtype: 'int16',
  order: 'C',
  byteOrder: 'little',
  fillValue: 0,
  path: '{0}_{1}',
  edgeTiles: 'full',
  offset: 0,
  attributes: {},
  dimensionNames: ['y', 'x'],
};

/**
 * Returns one case for each pair of a member of `document` (or an unknown member) and a hostile value. The member of
 * the case has that value.
 */
function documents(path: string, file: string, document: object, more: Record<string, Uint8Array> = {}): HostileCase[] {
  const marker = '\u0001';
  return [...Object.keys(document), 'unknown'].flatMap((member) =>
    hostileJson.map(({ name, make }) =>
      variant(
        growingBytes(`${member}: ${name}`, path, (size, random) => ({
          ...more,
          [file]: JSON.stringify({ ...document, [member]: marker }).replace(JSON.stringify(marker), () =>
            make(size, random),
          ),
        })),
      ),
    ),
  );
}

/** Hostile cases of tile directories. */
export const tilesCases: readonly HostileCase[] = [
  ...documents('/t', '/t/tiles.json', manifest),
  growingValue('extents', '/t', (size) => ({
    '/t/tiles.json': JSON.stringify({ ...manifest, shape: [size * 1e8, size * 1e8] }),
  })),
  growingValue('the size of a tile', '/t', (size) => ({
    '/t/tiles.json': JSON.stringify({ ...manifest, tileShape: [size * 1e8, size] }),
  })),
];

/** Hostile cases of sidecars of raw data. */
export const rawCases: readonly HostileCase[] = [
  ...documents('/r.bin', '/r.bin.json', { dtype: 'int16', shape: [4, 5], order: 'F', offset: 8 }, { '/r.bin': data }),
  growingBytes('digits', '/r.bin', (size, random) => ({
    '/r.bin': data,
    '/r.bin.json': `{"dtype":"int16","shape":[${digits(size, random)}]}`,
  })),
];

const n5Dataset = {
  n5: '2.0.0',
  dimensions: [40, 7],
  blockSize: [16, 4],
  dataType: 'int16',
  compression: { type: 'gzip' },
  axes: ['x', 'y'],
};

/** Hostile cases of N5. */
export const n5Cases: readonly HostileCase[] = [
  ...documents('/n', '/n/attributes.json', n5Dataset),
  growingValue('extents', '/n', (size) => ({
    '/n/attributes.json': JSON.stringify({ ...n5Dataset, dimensions: [size * 1e8, size * 1e8] }),
  })),
  growingValue('the size of a block', '/n', (size) => ({
    '/n/attributes.json': JSON.stringify({ ...n5Dataset, blockSize: [size, size] }),
  })),
  growingBytes('children of a group', '/n', (size) => {
    const files: Record<string, string> = { '/n/attributes.json': '{"n5":"2.0.0"}' };
    for (let i = 0; i < Math.min(size / 100, 5000); i += 1) files[`/n/a${i}/attributes.json`] = '{}';
    return files;
  }),
];
