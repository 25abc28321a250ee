/**
 * Computes the affine matrices of a NIfTI header, which map voxel indices to millimetres (or the header's units).
 * Source: nifti1.h, "3D IMAGE (VOLUME) ORIENTATION AND LOCATION IN SPACE".
 * @module
 */
import type { NiftiHeader } from './nifti-header.js';

/** A 4×4 matrix, row by row. */
export type Affine = readonly (readonly number[])[];

const lastRow = [0, 0, 0, 1];

/**
 * Returns the matrix of "method 2", which is given by a quaternion (b, c, d), voxel sizes and an offset. Returns null
 * unless qform_code is above 0.
 */
export function qformOf(header: NiftiHeader): Affine | null {
  if (header.number('qform_code') <= 0) return null;
  const [x, y, z] = [header.number('quatern_b'), header.number('quatern_c'), header.number('quatern_d')];
  const sum = x * x + y * y + z * z;
  // For a half turn, w is 0. The square root would turn a rounding error of `sum` into a visible slant.
  const rounding = 3 * (header.kind.version === 'nifti2' ? 2 ** -52 : 2 ** -23);
  const w = 1 - sum < rounding ? 0 : Math.sqrt(1 - sum);
  // The quaternion has length 1 except for rounding errors, which `norm` corrects.
  const norm = w * w + sum;
  const s = norm > 0 ? 2 / norm : 0;
  const rotation = [
    [1 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y)],
    [s * (x * y + w * z), 1 - s * (x * x + z * z), s * (y * z - w * x)],
    [s * (x * z - w * y), s * (y * z + w * x), 1 - s * (x * x + y * y)],
  ];
  const [qfac = 1, dx = 1, dy = 1, dz = 1] = header.list('pixdim');
  const sizes = [dx, dy, qfac < 0 ? -dz : dz];
  const shift = [header.number('qoffset_x'), header.number('qoffset_y'), header.number('qoffset_z')];
  return [...rotation.map((row, i) => [...row.map((cell, j) => cell * (sizes[j] ?? 1)), shift[i] ?? 0]), lastRow];
}

/** Returns the stored matrix ("method 3"); null unless sform_code is above 0. */
export function sformOf(header: NiftiHeader): Affine | null {
  if (header.number('sform_code') <= 0) return null;
  return [header.list('srow_x'), header.list('srow_y'), header.list('srow_z'), lastRow];
}

/**
 * Returns the matrix of "method 1", for headers without orientation: voxel sizes, the centre of the volume as origin,
 * and an x axis from right to left. nibabel does the same for these files.
 */
export function baseAffine(header: NiftiHeader, shape: readonly number[]): Affine {
  const pixdim = header.list('pixdim');
  const rows = [0, 1, 2].map((d) => {
    const extent = shape[d];
    const size = extent === undefined ? 1 : (pixdim[d + 1] ?? 1);
    const step = d === 0 ? -size : size;
    const row = [0, 0, 0, extent === undefined ? 0 : (-(extent - 1) / 2) * step];
    row[d] = step;
    return row;
  });
  return [...rows, lastRow];
}
