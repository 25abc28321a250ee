/**
 * Reads the NIfTI images that nibabel and nilearn contain, as a whole and by random selections, and compares them with
 * nibabel. refusals.json has the numbers of refused images. `POSIX_PAR_REFUSALS=write` rewrites it.
 */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { type ForeignArray, testForeignArrays } from '../../support/foreign-arrays.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'images of nibabel and nilearn', () => {
  if (pythonMissing !== null) return;
  const elements = new TemporaryDirectory().at('elements.bin');
  const nilearn = runPython('test/conformance/hdf5/corpora.py', 'nilearn').trim();
  if (nilearn.startsWith('SKIP')) console.log(nilearn);
  const found: readonly ForeignArray[] = JSON.parse(runPython('test/conformance/nifti/describe.py', elements, nilearn));

  testForeignArrays({
    found,
    elements,
    refusals: fileURLToPath(new URL('refusals.json', import.meta.url)),
    fileOf: ({ path }) => path.slice(path.lastIndexOf('/') + 1),
    selections: 400,
    least: 8,
  });
});
