import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ByteOrder } from '../../../lib/core/dtype.js';
import { FormatError, UnsupportedError } from '../../../lib/core/errors.js';
import { ByteWriter, countingBytes } from '../../support/byte-writer.js';
import { type NiftiFields, nifti1Header, nifti2Header, niftiFile } from '../../support/nifti-bytes.js';
import { openPath } from '../../support/open.js';
import { readReference } from '../../support/reference-reader.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
let count = 0;

function write(bytes: Uint8Array, extension = 'nii'): string {
  count += 1;
  return temporary.write(`${count}.${extension}`, bytes);
}

/** Returns the voxels 0, 1, 2, … of a volume of 2 × 3 × 4 as int16. */
function voxels(order: ByteOrder): Uint8Array {
  return new ByteWriter(order).i16(...Array.from({ length: 24 }, (_, i) => i)).done();
}

/** The same voxels in C order: element (x, y, z) is x + 2y + 6z. */
const inCOrder = Int16Array.from(
  { length: 24 },
  (_, i) => Math.floor(i / 12) + 2 * (Math.floor(i / 4) % 3) + 6 * (i % 4),
);

function single(fields: NiftiFields = {}): string {
  return write(niftiFile(nifti1Header(fields), 352, voxels(fields.order ?? 'little')));
}

describe('the NIfTI format', () => {
  it.each([
    ['NIfTI-1', 'little', niftiFile(nifti1Header(), 352, voxels('little'))],
    ['NIfTI-1', 'big', niftiFile(nifti1Header({ order: 'big' }), 352, voxels('big'))],
    ['NIfTI-2', 'little', niftiFile(nifti2Header(), 544, voxels('little'))],
    ['NIfTI-2', 'big', niftiFile(nifti2Header({ order: 'big' }), 544, voxels('big'))],
    ['NIfTI-1 with extensions', 'little', niftiFile(nifti1Header({ voxOffset: 416 }), 416, voxels('little'))],
  ])('reads %s, %s-endian, with x fastest in the file and first in the shape', (_, __, bytes) => {
    const array = openPath(write(bytes));
    expect(array).toMatchObject({ format: 'nifti', shape: [2, 3, 4], dtype: 'int16', scaling: null });
    expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(inCOrder);
  });

  it.each([
    ['nifti1', nifti1Header({ magic: 'ni1\0', voxOffset: 0 }), 0],
    ['nifti1', nifti1Header({ magic: 'ni1\0', voxOffset: 16 }), 16],
    ['nifti2', nifti2Header({ magic: 'ni2\0\r\n\x1a\n', voxOffset: 0 }), 0],
    ['analyze', nifti1Header({ magic: '\0\0\0\0', voxOffset: 0 }), 0],
  ])('opens pairs of .hdr and .img by either name (%s)', (version, header, offset) => {
    count += 1;
    const headerPath = temporary.write(`pair${count}.hdr`, header);
    const dataPath = temporary.write(`pair${count}.img`, new ByteWriter().zeros(offset).bytes(voxels('little')).done());
    for (const path of [headerPath, dataPath]) {
      const array = openPath(path);
      expect(array).toMatchObject({ path, shape: [2, 3, 4], attributes: { version } });
      expect(array.guardedFiles).toEqual([dataPath, headerPath]);
      expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(inCOrder);
    }
  });

  it('uses the same case for the extension of the second file', () => {
    temporary.write('UPPER.HDR', nifti1Header({ magic: 'ni1\0', voxOffset: 0 }));
    expect(openPath(temporary.write('UPPER.IMG', voxels('little'))).shape).toEqual([2, 3, 4]);
  });

  it('reports which file of a pair is missing or truncated', () => {
    const lonely = temporary.write('lonely.hdr', nifti1Header({ magic: 'ni1\0', voxOffset: 0 }));
    expect(() => openPath(lonely)).toThrow(/Expected the data in .*lonely.img, found no such file/);
    temporary.write('short.hdr', nifti1Header({ magic: 'ni1\0', voxOffset: 0 }));
    const short = temporary.write('short.img', new Uint8Array(47));
    expect(() => openPath(short)).toThrow(/Expected 48 bytes .* found 47 .*short.img/);
    const misnamed = temporary.write('header.dat', nifti1Header({ magic: 'ni1\0', voxOffset: 0 }));
    expect(() => openPath(misnamed)).toThrow(/named .hdr/);
    expect(() => openPath(temporary.write('stray.img', voxels('little')))).toThrow(/of no known format/);
  });

  it.each([
    [2, 'uint8', 1],
    [4, 'int16', 2],
    [8, 'int32', 4],
    [16, 'float32', 4],
    [32, 'complex64', 8],
    [64, 'float64', 8],
    [256, 'int8', 1],
    [512, 'uint16', 2],
    [768, 'uint32', 4],
    [1024, 'int64', 8],
    [1280, 'uint64', 8],
    [1792, 'complex128', 16],
  ])('maps datatype %i to %s', (datatype, dtype, size) => {
    const array = openPath(write(niftiFile(nifti1Header({ datatype }), 352, countingBytes(24 * size))));
    expect(array).toMatchObject({ dtype, shape: [2, 3, 4] });
  });

  it.each([
    [128, 3],
    [2304, 4],
  ])('reads colours (datatype %i) as a last axis of %i bytes', (datatype, channels) => {
    const dim = [2, 2, 3, 1, 1, 1, 1, 1];
    const bytes = niftiFile(nifti1Header({ datatype, dim, slope: 2 }), 352, countingBytes(6 * channels));
    const array = openPath(write(bytes));
    expect(array).toMatchObject({ dtype: 'uint8', shape: [2, 3, channels], scaling: null });
    const expected = Uint8Array.from({ length: 6 * channels }, (_, i) => {
      const [x, y, c] = [Math.floor(i / (3 * channels)), Math.floor(i / channels) % 3, i % channels];
      return channels * (x + 2 * y) + c;
    });
    expect(readReference(array).bytes).toEqual(expected);
  });

  it('refuses unsupported types by name, and unknown codes', () => {
    expect(() => openPath(single({ datatype: 1 }))).toThrow(/DT_BINARY/);
    expect(() => openPath(single({ datatype: 1536 }))).toThrow(/float128/);
    expect(() => openPath(single({ datatype: 2048 }))).toThrow(UnsupportedError);
    expect(() => openPath(single({ datatype: 5 }))).toThrow(/code of a NIfTI datatype, found 5 .*at byte 70/);
  });

  it('returns slope and intercept as scaling, and none if the slope is 0 or NaN', () => {
    expect(openPath(single({ slope: 2.5, inter: -1 })).scaling).toEqual({ scale: 2.5, offset: -1 });
    expect(openPath(single({ slope: 1 })).scaling).toEqual({ scale: 1, offset: 0 });
    expect(openPath(single({ slope: 0, inter: 5 })).scaling).toBeNull();
    expect(openPath(single({ slope: Number.NaN, inter: Number.NaN })).scaling).toBeNull();
    expect(openPath(single({ slope: 2 })).attributes).toMatchObject({ scl_slope: 2, scl_inter: 0 });
    expect(() => openPath(single({ slope: 2, inter: Number.NaN }))).toThrow(/finite scl_inter/);
  });

  it('scales Analyze images as SPM99 and SPM2 do', () => {
    const open = (fields: NiftiFields) => {
      temporary.write('spm.hdr', nifti1Header({ magic: '\0\0\0\0', voxOffset: 0, ...fields }));
      return openPath(temporary.write('spm.img', voxels('little')));
    };
    expect(open({ slope: 2.5, inter: -1 }).scaling).toEqual({ scale: 2.5, offset: -1 });
    expect(open({ slope: 0.5 }).attributes).toMatchObject({ version: 'analyze', scl_slope: 0.5, scl_inter: 0 });
    expect(open({ slope: 2, inter: Number.NaN }).scaling).toEqual({ scale: 2, offset: 0 });
    // The header gives 100 and -100 as the maximum and minimum of the real values.
    expect(open({ slope: Number.NaN, inter: 7, glmax: 50, glmin: -50 }).scaling).toEqual({ scale: 2, offset: 0 });
    expect(open({ glmax: 500, glmin: 100 }).scaling).toEqual({ scale: 0.5, offset: -150 });
    expect(open({ slope: 0, inter: 5 }).scaling).toBeNull();
    expect(open({ slope: Number.POSITIVE_INFINITY, glmax: 3, glmin: 3 }).scaling).toBeNull();
  });

  it('returns the other fields as attributes', () => {
    for (const header of [nifti1Header(), nifti2Header()]) {
      const { attributes } = openPath(write(niftiFile(header, 544, voxels('little'))));
      expect(attributes).toMatchObject({
        descrip: 'made by hand',
        aux_file: 'aux',
        intent_name: 'intent',
        intent_code: 1001,
        intent_p1: 1,
        cal_max: 100,
        cal_min: -100,
        toffset: 0.5,
        spaceUnit: 'mm',
        timeUnit: 'sec',
        pixdim: [1, 2, 3, 4, 1, 0, 0, 0],
        bitpix: 16,
      });
    }
  });

  it('computes the affine from the sform, otherwise the qform, otherwise the voxel sizes', () => {
    const sform = [
      [2, 0, 0, -1],
      [0, 3, 0, -2],
      [0, 0, 4, -3],
      [0, 0, 0, 1],
    ];
    expect(openPath(single({ sformCode: 2, qformCode: 1 })).attributes).toMatchObject({ sform, affine: sform });
    // Rotates by 180° around z, and flips z.
    const half = { qformCode: 1, quaternion: [0, 0, 1], pixdim: [-1, 2, 3, 4, 1, 0, 0, 0] } as const;
    const qform = [
      [-2, 0, 0, 10],
      [0, -3, 0, 20],
      [0, 0, -4, 30],
      [0, 0, 0, 1],
    ];
    const { attributes } = openPath(single(half));
    expect(attributes['sform']).toBeNull();
    expect((attributes['qform'] as number[][]).map((row) => row.map((cell) => cell + 0))).toEqual(qform);
    // Rotates by 90° around z, which maps x to y.
    const root = Math.SQRT1_2;
    const quarter = openPath(single({ qformCode: 1, quaternion: [0, 0, root], pixdim: [1, 1, 1, 1, 1, 0, 0, 0] }));
    const [first, second] = quarter.attributes['affine'] as number[][];
    expect(first?.[0]).toBeCloseTo(0, 6);
    expect(first?.[1]).toBeCloseTo(-1, 6);
    expect(second?.[0]).toBeCloseTo(1, 6);
    expect(openPath(single()).attributes).toMatchObject({
      qform: null,
      sform: null,
      affine: [
        [-2, 0, 0, 1],
        [0, 3, 0, -3],
        [0, 0, 4, -6],
        [0, 0, 0, 1],
      ],
    });
  });

  it("reads FreeSurfer's encodings of long vectors", () => {
    const vector = nifti1Header({ datatype: 2, dim: [3, -1, 1, 1, 1, 1, 1, 1], glmin: 40_000 });
    expect(openPath(write(niftiFile(vector, 352, new Uint8Array(40_000)))).shape).toEqual([40_000, 1, 1]);
    const surface = nifti1Header({ datatype: 2, dim: [3, 27_307, 1, 6, 1, 1, 1, 1] });
    expect(openPath(write(niftiFile(surface, 352, new Uint8Array(163_842)))).shape).toEqual([163_842, 1, 1]);
  });

  it.each([
    [{ dim: [0, 2, 3, 4, 1, 1, 1, 1] }, /1 to 7 dimensions .* found 0 .*at byte 40/],
    [{ dim: [8, 2, 3, 4, 1, 1, 1, 1] }, /1 to 7 dimensions/],
    [{ dim: [3, 2, -3, 4, 1, 1, 1, 1] }, /extents of 0 or more/],
    [{ voxOffset: 0 }, /at least 352 as vox_offset, found 0 .*at byte 108/],
    [{ voxOffset: 352.5 }, /vox_offset/],
    [{ voxOffset: Number.NaN }, /vox_offset/],
    [{ voxOffset: 1e30 }, /vox_offset/],
    [{ voxOffset: 353 }, /Expected 48 bytes .* found 47/],
    [{ dim: [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767] }, /less than 2\^53 bytes/],
  ] as const)('reports the damaged header %j', (fields, message) => {
    const path = single(fields);
    expect(() => openPath(path)).toThrow(FormatError);
    expect(() => openPath(path)).toThrow(message);
  });

  it('reports NIfTI-2 numbers of 2^53 or more', () => {
    const path = write(niftiFile(nifti2Header({ dim: [1, 2 ** 60, 1, 1, 1, 1, 1, 1] }), 544, countingBytes(8)));
    expect(() => openPath(path)).toThrow(/number below 2\^53 as dim/);
  });

  it('reads empty volumes', () => {
    const array = openPath(single({ dim: [3, 2, 0, 4, 1, 1, 1, 1] }));
    expect(readReference(array)).toMatchObject({ shape: [2, 0, 4], bytes: new Uint8Array(0) });
  });

  it('describes a compressed file, and reports a truncated header', () => {
    const bytes = gzipSync(niftiFile(nifti1Header(), 352, voxels('little')));
    expect(openPath(temporary.write('brain.nii.gz', bytes))).toMatchObject({ shape: [2, 3, 4], dtype: 'int16' });
    const path = temporary.write('cut.nii.gz', bytes.subarray(0, 14));
    expect(() => openPath(path)).toThrow(FormatError);
    expect(() => openPath(path)).toThrow(/348 or 540/);
  });

  it('explains the header magic if a different file is opened as NIfTI', () => {
    const path = temporary.write('text.nii', 'no header');
    expect(() => openPath(path, { format: 'nifti' })).toThrow(/348 or 540/);
    expect(() => openPath(single(), { options: { scaled: true } })).toThrow(/options.scaled/);
  });
});
