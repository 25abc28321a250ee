/** Shared by the scenarios of files that other software writes: compressed, text, records, links. */
import { join } from 'node:path';
import { cache } from '../../runner/places.mjs';

/** Properties of all scenarios of the group. */
export const files = { group: 'files', rounds: 5 };

/** Shape and data of the scan: int16, as a NIfTI file of about 200 MB and as a NumPy file. */
export const scan = {
  ...files,
  reference: 'scan.npy',
  data: 'scan.nii.gz',
  shape: [512, 512, 680],
};

/** The contender that opens the array, reads it and closes it again in each round. */
export const fresh = (more = {}) => ({ use: 'posix-par-fresh', kind: 'ours', ...more });

/** Path of a data set, or of a file in a data set that is a folder. */
export const dataPath = (...names) => join(cache, ...names);
