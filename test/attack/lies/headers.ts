/**
 * Makes NumPy, zip, NIfTI and NetCDF-3 files whose headers have wrong values, field by field.
 * @module
 */
import { ByteWriter, countingBytes } from '../../support/byte-writer.js';
import { type NcAttribute, type NcType, ncTypes, netcdf3Bytes } from '../../support/netcdf3-bytes.js';
import { nifti1Header, nifti2Header, niftiFile } from '../../support/nifti-bytes.js';
import { npyBytes, npyDict, zipBytes } from '../../support/npy-bytes.js';
import type { Random } from '../../support/random.js';
import { type Liar, oddNames, oddNumber } from './lie.js';

const data = countingBytes(96);
const descriptors = [
  '<f4',
  '>i2',
  '|u1',
  '<c16',
  '|b1',
  '<f8',
  '|O',
  '<U4',
  '|S3',
  '<M8[ns]',
  '<f2',
  '=i8',
  '<i3',
  '<f99999',
  '',
];

function shape(random: Random, limit: number): number[] {
  const rank = random.below(8) === 0 ? random.below(70) : random.below(5);
  return Array.from({ length: rank }, () => oddNumber(random, limit));
}

/** Returns a NumPy file in which header text, version, length and shape may be wrong. */
function npyLie(random: Random): Uint8Array {
  let dict = npyDict(random.pick(descriptors), random.below(2) === 0, shape(random, 2 ** 64));
  const kind = random.below(8);
  if (kind === 0)
    dict = dict.replace(
      /\(.*\)/,
      random.pick([
        '()',
        '(1,',
        '(1,,)',
        '(-1,)',
        '(1e5,)',
        '(0x10,)',
        '(None,)',
        '((1,),)',
        '(1L, 2L)',
        `(${'1,'.repeat(9999)})`,
      ]),
    );
  if (kind === 1) dict = dict.replace('descr', random.pick(oddNames));
  if (kind === 2)
    dict = dict.replace(/'descr': '[^']*'/, `'descr': [('a', '<f4'), ('b', '<i2', (${oddNumber(random, 2 ** 53)},))]`);
  if (kind === 3) dict = `${'('.repeat(random.below(3000))}${dict}`;
  const bytes = npyBytes(dict, data, random.pick([1, 1, 2, 3, 4, 0, 255]), random.pick([16, 64]));
  if (random.below(4) === 0) new DataView(bytes.buffer).setUint16(8, oddNumber(random, 65535), true);
  return bytes;
}

/** Returns the offset of a random 2-byte field after the signature of a random record of a zip archive. */
function zipField(bytes: Uint8Array, random: Random): number {
  const starts = [...bytes.keys()].filter((at) => bytes[at] === 0x50 && bytes[at + 1] === 0x4b);
  return random.pick(starts) + 4 + 2 * random.below(24);
}

function zipLie(random: Random): Uint8Array {
  const members = Array.from({ length: 1 + random.below(4) }, (_, i) => ({
    name: random.below(3) === 0 ? random.pick(oddNames) : `${'ab'[i % 2]}.npy`,
    content: npyLie(random),
    method: random.pick([0, 0, 0, 8, 99]),
    flags: random.pick([0, 0, 0, 1, 0x800]),
    localSizes: random.pick(['plain', 'descriptor', 'zip64'] as const),
    wide: random.below(2) === 0,
    ...(random.below(4) === 0 ? { localName: random.pick(oddNames) } : {}),
  }));
  const bytes = zipBytes(
    members,
    random.below(2) === 0,
    random.below(4) === 0 ? 'PK\x05\x06'.repeat(random.below(20)) : '',
  );
  for (let n = random.below(3); n > 0; n -= 1) {
    const at = Math.min(zipField(bytes, random), bytes.length - 8);
    const view = new DataView(bytes.buffer);
    if (random.below(2) === 0) view.setUint32(at, oddNumber(random, 2 ** 32 - 1), true);
    else view.setUint16(at, oddNumber(random, 65535), true);
  }
  return bytes;
}

function niftiLie(random: Random): Uint8Array {
  const limit = random.below(2) === 0 ? 32767 : 20;
  const fields = {
    order: random.pick(['little', 'big'] as const),
    dim: [random.pick([0, 1, 3, 4, 7, 8, -1]), ...Array.from({ length: 7 }, () => oddNumber(random, limit))],
    datatype: random.pick([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2304, -1]),
    voxOffset: random.pick([352, 544, 0, -1, 1, 348, 1e9, 1e30, Number.NaN, Number.POSITIVE_INFINITY]),
    slope: random.pick([0, 1, Number.NaN, 1e38, -1]),
    inter: random.pick([0, Number.NEGATIVE_INFINITY, 5]),
    quaternion: [random.pick([0, 2, Number.NaN]), 0, 0] as const,
    qformCode: random.below(6),
    sformCode: random.below(6),
    glmax: oddNumber(random, 2 ** 31 - 1),
    glmin: oddNumber(random, 2 ** 31 - 1),
  };
  const one = random.below(2) === 0;
  if (!one) return niftiFile(nifti2Header({ ...fields, voxOffset: oddNumber(random, 2 ** 53 - 1) }), 544, data);
  return niftiFile(nifti1Header(fields), 352, data);
}

function ncName(random: Random, usual: string): string {
  return random.below(5) === 0 ? random.pick(oddNames) : usual;
}

function ncAttributes(random: Random): NcAttribute[] {
  const types = Object.keys(ncTypes) as NcType[];
  const names = [
    '_FillValue',
    'scale_factor',
    'add_offset',
    'missing_value',
    'valid_range',
    'units',
    'coordinates',
    'x',
  ];
  return Array.from({ length: random.below(4) }, (): NcAttribute => {
    const type = random.pick(types);
    const count = random.below(5);
    const bytes = Uint8Array.from({ length: count * ncTypes[type][1] }, () => random.pick([0, 255, 0x7f, 65]));
    return [ncName(random, random.pick(names)), type, bytes];
  });
}

function netcdf3Lie(random: Random): Uint8Array {
  const types = Object.keys(ncTypes) as NcType[];
  const rank = random.below(10) === 0 ? random.below(2000) : random.below(5);
  const dims = Array.from({ length: rank }, (_, i): [string, number] => [
    ncName(random, `d${i}`),
    oddNumber(random, 2 ** 32 - 1),
  ]);
  const variables = Array.from({ length: random.below(4) }, (_, i) => ({
    name: ncName(random, 'fa'[i % 2] ?? 'f'),
    type: random.pick(types),
    dims: Array.from({ length: random.below(5) }, () => oddNumber(random, random.below(3) === 0 ? 2 ** 32 - 1 : rank)),
    attributes: ncAttributes(random),
    data: countingBytes(random.below(64)),
  }));
  const bytes = netcdf3Bytes({
    version: random.pick([1, 2, 5]),
    dims,
    attributes: ncAttributes(random),
    variables,
    heldRecords: 0,
    records: random.pick([0, 1, 5, 2 ** 32 - 1, 'streaming']),
  });
  // Changes tags and counts of the lists.
  for (let n = random.below(3); n > 0 && bytes.length > 8; n -= 1) {
    const at = 4 * random.below(Math.floor(bytes.length / 4));
    new DataView(bytes.buffer).setUint32(at, random.pick([0, 10, 11, 12, oddNumber(random, 2 ** 32 - 1)]));
  }
  return bytes;
}

function liar(
  name: string,
  path: string,
  make: (random: Random) => Uint8Array,
  arrays: readonly (string | null)[],
): Liar {
  return {
    name,
    lie(random) {
      let bytes = make(random);
      if (random.below(8) === 0) bytes = bytes.slice(0, random.below(bytes.length + 1));
      if (random.below(16) === 0) bytes = new ByteWriter().bytes(bytes).bytes(bytes).done();
      return {
        what: `${name}: ${Buffer.from(bytes.subarray(0, 400)).toString('latin1')}`,
        path,
        files: { [path]: bytes },
        arrays,
      };
    },
  };
}

export const headerLiars: readonly Liar[] = [
  liar('npy', '/a.npy', npyLie, [null]),
  liar('npz', '/a.npz', zipLie, ['a', 'b', '', null]),
  liar('nifti', '/a.nii', niftiLie, [null]),
  liar('netcdf3', '/a.nc', netcdf3Lie, ['f', 'a', null]),
];
