import { random } from './shared/field.mjs';
import { fresh, scan } from './shared/files.mjs';

const whole = [[null, null, null]];
const nibabel = (more) => ({ use: 'nibabel-gzip', ...more });
const rapidgzip = (more) => ({ use: 'rapidgzip-nifti', ...more });
const later = { keeps_open: true };
const next = random(5);

/** Ten axial slices: planes of the slowest dimension of the file. */
const slices = Array.from({ length: 10 }, () => [null, null, Math.floor(next() * scan.shape[2])]);

export default [
  {
    ...scan,
    name: 'files-nifti-first',
    order: 700,
    title: 'a .nii.gz file of 200 MB, the whole array, opened again in each round, without an index',
    selections: whole,
    contenders: { 'posix-par': fresh(), nibabel: nibabel(), rapidgzip: rapidgzip() },
    targets: [
      { faster: 'posix-par', than: ['nibabel'], atLeast: 2 },
      { faster: 'posix-par', than: ['rapidgzip'], atLeast: 1 },
    ],
  },
  {
    ...scan,
    name: 'files-nifti-later',
    order: 701,
    title: 'the same with a saved index; peers keep the file and their index open',
    selections: whole,
    contenders: {
      'posix-par': fresh({ savesIndex: true }),
      'posix-par-open': { use: 'posix-par', kind: 'ours' },
      nibabel: nibabel(later),
      rapidgzip: rapidgzip(later),
    },
    targets: [{ faster: 'posix-par', than: ['nibabel'], atLeast: 4 }],
  },
  {
    ...scan,
    name: 'files-nifti-slices',
    order: 702,
    title: 'ten axial slices of the same file with a saved index; nibabel keeps the file and its index open',
    selections: slices,
    contenders: {
      'posix-par': fresh({ savesIndex: true }),
      'posix-par-open': { use: 'posix-par', kind: 'ours' },
      nibabel: nibabel(later),
    },
    targets: [{ faster: 'posix-par', than: ['nibabel'], atLeast: 20 }],
  },
];
