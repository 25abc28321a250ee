/**
 * Collects the hostile cases of all formats: one for each field that an attacker can make large. The growth tests
 * (test/hostile) check that parsing them takes linear time and bounded memory. The attack (test/attack) makes such
 * fields with random sizes.
 * @module
 */
import type { HostileCase } from './case.js';
import { hdf5Cases } from './hdf5.js';
import { kerchunkCases } from './kerchunk.js';
import { matlabCases } from './matlab.js';
import { netcdf3Cases } from './netcdf3.js';
import { n5Cases, niftiCases, npyCases, npzCases, rawCases, safetensorsCases, tilesCases } from './small.js';
import { tiledbCases } from './tiledb.js';
import { zarrCases } from './zarr.js';
import { zarrZipCases } from './zarr-zip.js';

export type { Growth, HostileCase, HostileFiles } from './case.js';

const byFormat = {
  hdf5: hdf5Cases,
  kerchunk: kerchunkCases,
  matlab: matlabCases,
  n5: n5Cases,
  netcdf3: netcdf3Cases,
  nifti: niftiCases,
  npy: npyCases,
  npz: npzCases,
  safetensors: safetensorsCases,
  raw: rawCases,
  tiledb: tiledbCases,
  tiles: tilesCases,
  zarr: zarrCases,
  'zarr-zip': zarrZipCases,
} as const satisfies Record<string, readonly HostileCase[]>;

/** A format with hostile cases. */
export type HostileFormat = keyof typeof byFormat;

/** Formats with hostile cases. */
export const hostileFormats = Object.keys(byFormat) as readonly HostileFormat[];

/** Formats whose cases take about as long as those of all other formats together. */
export const slowFormats: ReadonlySet<HostileFormat> = new Set(['kerchunk', 'zarr']);

/** Returns the hostile cases of `format`. */
export function hostileCases(format: HostileFormat): readonly HostileCase[] {
  return byFormat[format];
}
