/**
 * Compares reductions with exact results, for every element type, random selections and axes, and several formats.
 * `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, it } from 'vitest';
import { ConversionError, openArray, type Reduction } from '../../../lib/index.js';
import { parseHexFloat } from '../../support/hex-float.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly selection: string;
  readonly operation: Reduction;
  readonly axis?: readonly number[];
  readonly ddof?: number;
  readonly keepDims: boolean;
  readonly skipMissing: boolean;
  readonly shape: readonly number[];
  /** Decimal integers, or floats as Python's `float.hex` writes them. */
  readonly results: readonly string[];
  readonly empty: readonly number[];
}

interface Sample {
  readonly dtype: string;
  readonly files: readonly { readonly path: string; readonly array?: string }[];
  readonly cases: readonly Case[];
}

function exceeds64Bits(sum: number | bigint, dtype: string): boolean {
  if (typeof sum === 'number') return false;
  return dtype.startsWith('u') ? BigInt.asUintN(64, sum) !== sum : BigInt.asIntN(64, sum) !== sum;
}

function bitsOf(value: number): bigint {
  return new BigInt64Array(new Float64Array([Math.abs(value)]).buffer)[0] ?? 0n;
}

/** Checks a result: `std` within two units in the last place, all others exactly. */
function check(operation: Reduction, actual: number | bigint, expected: number | bigint, what: string): void {
  if (typeof actual === 'bigint' || typeof expected === 'bigint') {
    expect(BigInt(actual), what).toBe(BigInt(expected));
  } else if (operation === 'std' && Number.isFinite(expected)) {
    const distance = bitsOf(actual) - bitsOf(expected);
    expect(distance <= 2n && distance >= -2n && actual >= 0, `${what}: ${actual} instead of ${expected}`).toBe(true);
  } else {
    // NumPy does not define the sign of zero.
    expect(
      actual === expected || (Number.isNaN(actual) && Number.isNaN(expected)),
      `${what}: ${actual} != ${expected}`,
    ).toBe(true);
  }
}

function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >> 15 === 0 ? 1 : -1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'reductions', () => {
  const seed = testSeed();
  const cases = Number(process.env['POSIX_PAR_CASES'] ?? 12);

  it(`equal exact results (POSIX_PAR_SEED=${seed})`, { timeout: 300_000 }, async () => {
    const directory = new TemporaryDirectory();
    const samples: readonly Sample[] = JSON.parse(
      runPython('test/conformance/reduce/write.py', directory.path, String(seed), String(cases)),
    );
    let compared = 0;
    for (const { dtype, files, cases } of samples) {
      for (const { path, ...open } of files) {
        await using array = await openArray(directory.at(path), open);
        for (const { operation, shape, results, empty, skipMissing, ...options } of cases) {
          const what = `${path} ${operation} ${JSON.stringify({ skipMissing, ...options })}`;
          // With a small budget, the array is read in many blocks.
          const budget = { budgetBytes: [1000, 20_000, 2 ** 20][compared % 3] ?? 1000 };
          const reduced = array.reduce(operation, { ...options, ...budget, skipMissing });
          if (operation === 'sum' && results.some((text) => exceeds64Bits(parseHexFloat(text), dtype))) {
            await expect(reduced, what).rejects.toThrow(ConversionError);
            continue;
          }
          const result = await reduced.catch((error: Error) => {
            throw new Error(what, { cause: error });
          });
          expect(result.shape, what).toEqual(shape);
          const isHalf = result.dtype === 'float16' && result.data instanceof Uint16Array;
          const data = Array.from(result.data as ArrayLike<number | bigint>);
          expect(data.length, what).toBe(results.length);
          for (const [i, value] of data.entries()) {
            const number = isHalf ? halfToNumber(Number(value)) : value;
            check(operation, number, parseHexFloat(results[i] ?? ''), `${what} [${i}]`);
          }
          expect(result.mask === null ? null : Array.from(result.mask), what).toEqual(skipMissing ? empty : null);
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(cases * 100);
  });
});
