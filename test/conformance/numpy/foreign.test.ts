/**
 * Reads the `.npy` and `.npz` files that NumPy, SciPy and scikit-image contain, as a whole and by random selections.
 * Compares them with NumPy. refusals.json has the numbers of refused arrays. `POSIX_PAR_REFUSALS=write` rewrites it,
 * `POSIX_PAR_SELECTIONS` sets the number of selections, and `POSIX_PAR_SEED` repeats a run.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openText } from '../../../lib/index.js';
import { type ForeignArray, optionsOf, testForeignArrays } from '../../support/foreign-arrays.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

/** Output of describe.py. */
interface Described extends ForeignArray {
  readonly texts?: readonly string[];
}

/** Returns the path below the folder of Python's packages. */
const fileOf = ({ path }: ForeignArray): string => path.slice(path.lastIndexOf('/site-packages/') + 15);

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'files of NumPy, SciPy and scikit-image', () => {
  if (pythonMissing !== null) return;
  const elements = new TemporaryDirectory().at('elements.bin');
  const found: readonly Described[] = JSON.parse(runPython('test/conformance/numpy/describe.py', elements));

  testForeignArrays({
    found: found.filter(({ texts }) => texts === undefined),
    elements,
    refusals: fileURLToPath(new URL('refusals.json', import.meta.url)),
    fileOf,
    selections: 5000,
    least: 400,
  });

  test('texts are those that NumPy reads', async () => {
    const texts = found.filter(({ texts }) => texts !== undefined);
    for (const one of texts) {
      await using array = await openText(one.path, optionsOf(one));
      const { data, shape } = await array.read();
      expect([data, shape], fileOf(one)).toEqual([one.texts, one.shape]);
    }
    expect(texts.length).toBeGreaterThan(3);
  });
});
