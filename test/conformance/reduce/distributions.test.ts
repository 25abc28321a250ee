/**
 * Compares histograms and quantiles with NumPy, for every real element type, random bins and selections, and several
 * formats. `POSIX_PAR_SEED` repeats a run, and `POSIX_PAR_CASES` is the number of cases per array.
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

interface QuantileCase {
  readonly q: readonly string[];
  readonly skipMissing: boolean;
  /** Null if elements are infinite. NumPy then returns NaN for some quantiles that have a limit. */
  readonly results: readonly string[] | null;
  /** 1 if no element is left. */
  readonly empty: 0 | 1;
}

interface Sample {
  readonly dtype: string;
  readonly files: readonly { readonly path: string; readonly array?: string }[];
  readonly cases: readonly {
    readonly selection: string;
    readonly histogram: HistogramCase;
    readonly quantile: QuantileCase;
  }[];
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
  const count = Number(process.env['POSIX_PAR_CASES'] ?? 6);
  const directory = new TemporaryDirectory();

  it(`equals numpy.histogram and numpy.quantile (POSIX_PAR_SEED=${seed})`, { timeout: 300_000 }, async () => {
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

    let quantiles = 0;
    for (const { dtype, files, cases } of samples) {
      for (const { path, ...open } of files) {
        await using array = await openArray(directory.at(path), open);
        for (const { selection, quantile } of cases.slice(0, Math.ceil(count / 3))) {
          const { q, skipMissing, results, empty } = quantile;
          if (results === null) continue;
          // Elements are counted with a small budget, and sorted with a large one.
          const budgetBytes = [1000, 20_000, 2 ** 22][quantiles % 3] ?? 1000;
          const options = { selection, q: numbers(q), skipMissing, budgetBytes };
          const { data, mask } = await array.reduce('quantile', options);
          const what = `${path} (${dtype}) ${selection} ${JSON.stringify({ q, skipMissing, budgetBytes })}`;
          expect(withoutSigns(data), what).toEqual(withoutSigns(numbers(results)));
          expect(mask === null ? null : Array.from(mask), what).toEqual(skipMissing ? q.map(() => empty) : null);
          quantiles += 1;
        }
      }
    }
    expect(quantiles).toBeGreaterThan(count * 20);
  });
});
