/**
 * Compares `as` with NumPy's casts for every pair of real types, every overflow mode and both byte orders.
 */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DType, dtypeInfo, type RealDType } from '../../../lib/core/dtype.js';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray } from '../../../lib/index.js';
import { bytesOf } from '../../support/bytes.js';
import { failure } from '../../support/faults.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly from: DType;
  readonly to: RealDType;
  readonly fits: string;
  readonly clamp: string;
  readonly wrap: string;
}

/**
 * Returns the bits with all NaNs replaced by one NaN, because the processor chooses the bits of a NaN that a conversion
 * creates.
 */
function canonical(bytes: Buffer, type: DType): Buffer {
  const { kind, size } = dtypeInfo(type);
  if (kind !== 'f') return bytes;
  const [exponent, top] = size === 2 ? [0x7c00, 16] : size === 4 ? [0x7f80_0000, 32] : [0x7ff0, 16];
  const out = Buffer.from(bytes);
  for (let at = 0; at < out.length; at += size) {
    const high = size === 2 ? out.readUInt16LE(at) : size === 4 ? out.readUInt32LE(at) : out.readUInt16LE(at + 6);
    const magnitude = high & (2 ** (top - 1) - 1);
    const notANumber = size === 8 ? Number.isNaN(out.readDoubleLE(at)) : magnitude > exponent;
    if (notANumber) out.fill(0xff, at, at + size);
  }
  return out;
}

describe.skipIf(pythonMissing !== null)(`\`as\` against NumPy ${pythonMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  let cases: readonly Case[] = [];
  beforeAll(() => {
    cases = JSON.parse(runPython('test/conformance/convert/generate.py', folder.path)) as Case[];
  }, 60_000);

  test('covers all pairs of types in both byte orders', () => {
    expect(cases).toHaveLength(12 * 12 * 2);
  });

  test.each(engineNames)('clamps and wraps values, %s', async (engine) => {
    for (const { path, from, to, clamp, wrap } of cases) {
      await using array = await openArray(path, { engine });
      expect([path, array.dtype]).toEqual([path, from]);
      for (const [overflow, file] of [
        ['clamp', clamp],
        ['wrap', wrap],
      ] as const) {
        const want = canonical(fs.readFileSync(file), to);
        for (const got of [await array.read(null, { as: to, overflow }), array.readSync(null, { as: to, overflow })]) {
          expect(got.dtype).toBe(to);
          const bytes = canonical(bytesOf(got.data), to);
          const at = Math.floor(bytes.findIndex((byte, i) => byte !== want[i]) / dtypeInfo(to).size);
          expect([bytes.length, at], `${path} as ${to}, ${overflow}: element ${at}`).toEqual([want.length, -1]);
        }
      }
    }
  });

  test('reports a value that does not fit, and reads the others', async () => {
    let refused = 0;
    for (const { path, to, fits, wrap } of cases) {
      await using array = await openArray(path);
      const fitting: number[] = [];
      const other: number[] = [];
      for (const [i, fit] of fs.readFileSync(fits).entries()) (fit === 1 ? fitting : other).push(i);
      const size = dtypeInfo(to).size;
      const all = fs.readFileSync(wrap);
      const want = canonical(Buffer.concat(fitting.map((i) => all.subarray(i * size, (i + 1) * size))), to);
      const got = await array.read([fitting], { as: to });
      expect(canonical(bytesOf(got.data), to).equals(want), `${path} as ${to}`).toBe(true);
      if (other.length === 0) continue;
      expect(await failure(() => array.read(null, { as: to }))).toMatchObject({ _tag: 'ConversionError' });
      for (const i of other) {
        const error = await failure(() => array.readSync([i], { as: to }));
        expect(error, `${path} as ${to}, element ${i}`).toMatchObject({ _tag: 'ConversionError', path, offset: 128 });
        expect(error.message).toMatch(
          new RegExp(
            `^value \\S+ \\(stored as \\w+\\) does not fit ${to}: set .options.overflow. to 'clamp' or 'wrap' .* \\(chunk of `,
          ),
        );
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
