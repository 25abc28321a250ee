/**
 * Hostile files of every format: for each field of a format that a file can grow, a generator. The growth test
 * (test/hostile/growth.test.ts) requires linear time and bounded memory of them; attacks may take them at random.
 * @module
 */
import type { HostileCase } from './case.js';
import { hdf5Cases } from './hdf5.js';
import { kerchunkCases } from './kerchunk.js';
import { netcdf3Cases } from './netcdf3.js';
import { n5Cases, niftiCases, npyCases, npzCases, rawCases, tilesCases } from './small.js';
import { tiledbCases } from './tiledb.js';
import { zarrCases } from './zarr.js';

export type { Growth, HostileCase, HostileFiles } from './case.js';

const byFormat = {
  hdf5: hdf5Cases,
  kerchunk: kerchunkCases,
  n5: n5Cases,
  netcdf3: netcdf3Cases,
  nifti: niftiCases,
  npy: npyCases,
  npz: npzCases,
  raw: rawCases,
  tiledb: tiledbCases,
  tiles: tilesCases,
  zarr: zarrCases,
} as const satisfies Record<string, readonly HostileCase[]>;

/** A format that has hostile files. */
export type HostileFormat = keyof typeof byFormat;

/** The formats that have hostile files. */
export const hostileFormats = Object.keys(byFormat) as readonly HostileFormat[];

/** The fields of `format`. */
export function hostileCases(format: HostileFormat): readonly HostileCase[] {
  return byFormat[format];
}
