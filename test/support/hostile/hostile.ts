/**
 * Collects the hostile cases of all formats. There is a generator for each field that an attacker can grow. The growth
 * test (test/hostile/growth.test.ts) checks that they take linear time and bounded memory; attacks use them at random.
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

/** A format with hostile cases. */
export type HostileFormat = keyof typeof byFormat;

/** Formats with hostile cases. */
export const hostileFormats = Object.keys(byFormat) as readonly HostileFormat[];

/** Returns the hostile cases of `format`. */
export function hostileCases(format: HostileFormat): readonly HostileCase[] {
  return byFormat[format];
}
