/**
 * Compares histograms with NumPy, for every real element type, random bins and selections, and several formats.
 * `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, it } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { parseHexFloat } from '../../support/hex-float.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface HistogramCase {
  readonly bins: number | readonly string[];
  readonly range?: readonly string[];
  readonly skipMissing: boolean;
  /** Message of NumPy's error. */
  readonly error?: string;
  readonly counts?: readonly number[];
  readonly edges?: readonly string[];
  readonly missing?: number;
  readonly below?: number;
  readonly above?: number;
}

interface Sample {
  readonly dtype: string;
  readonly files: readonly { readonly path: string; readonly array?: string }[];
  readonly cases: readonly { readonly selection: string; readonly histogram: HistogramCase }[];
}

function numbers(texts: readonly string[]): number[] {
  return texts.map((text) => Number(parseHexFloat(text)));
}

/** Replaces -0 by 0, because NumPy does not define the sign of a zero that is the minimum or maximum. */
function withoutSigns(values: Iterable<number>): number[] {
  return Array.from(values, (value) => value + 0);
}

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'distributions', () => {
  const seed = testSeed();
  const count = Number(process.env['POSIX_PAR_CASES'] ?? 12);
  const directory = new TemporaryDirectory();

  it(`counts as numpy.histogram does (POSIX_PAR_SEED=${seed})`, { timeout: 300_000 }, async () => {
    const samples: readonly Sample[] = JSON.parse(
      runPython('test/conformance/reduce/write_distributions.py', directory.path, String(seed), String(count)),
    );
    let compared = 0;
    let refused = 0;
    for (const { dtype, files, cases } of samples) {
      for (const { path, ...open } of files) {
        await using array = await openArray(directory.at(path), open);
        for (const { selection, histogram } of cases) {
          const { bins, range, skipMissing } = histogram;
          const what = `${path} (${dtype}) ${selection} ${JSON.stringify({ bins, range, skipMissing })}`;
          const [low = Number.NaN, high = Number.NaN] = numbers(range ?? []);
          const options = {
            selection,
            bins: typeof bins === 'number' ? bins : numbers(bins),
            ...(range === undefined ? {} : { range: [low, high] as const }),
            skipMissing,
            // With a small budget, the array is read in many blocks.
            budgetBytes: [1000, 20_000, 2 ** 20][compared % 3] ?? 1000,
          };
          const reduced = array.reduce('histogram', options);
          if (histogram.error !== undefined) {
            await expect(reduced, `${what}: NumPy says ${histogram.error}`).rejects.toThrow();
            refused += 1;
            continue;
          }
          const result = await reduced.catch((error: Error) => {
            throw new Error(what, { cause: error });
          });
          const { edges, below, above, missing } = result;
          expect(withoutSigns(edges), what).toEqual(withoutSigns(numbers(histogram.edges ?? [])));
          expect(Array.from(result.data), what).toEqual(histogram.counts);
          expect({ below, above, missing }, what).toEqual({
            below: histogram.below,
            above: histogram.above,
            missing: histogram.missing,
          });
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(count * 100);
    expect(refused).toBeGreaterThan(0);
  });
});
