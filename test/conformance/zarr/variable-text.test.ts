/**
 * Reads texts and byte sequences of variable length that zarr-python wrote. `POSIX_PAR_SEED` repeats a run.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray, openText } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly array: string | null;
  readonly kind: 'text' | 'bytes';
  readonly shape: readonly number[];
  /** Texts, or bytes in hexadecimal. */
  readonly texts: readonly string[];
}

const seed = testSeed();

function optionsOf({ array }: Case): { array?: string } {
  return array === null ? {} : { array };
}

/** Returns the expected texts at the product of `indices`. */
function pick({ shape, texts }: Case, indices: readonly (readonly number[])[]): string[] {
  let offsets = [0];
  for (const [d, axis] of indices.entries()) {
    offsets = offsets.flatMap((offset) => axis.map((index) => offset * (shape[d] ?? 1) + index));
  }
  return offsets.map((offset) => texts[offset] ?? '');
}

function elementsOf({ kind }: Case, offsets: Float64Array, bytes: Uint8Array): string[] {
  const encoding = kind === 'bytes' ? 'hex' : 'utf8';
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString(encoding),
  );
}

describe.skipIf(pythonMissing !== null)(
  `Zarr texts of variable length by zarr-python, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    let cases: readonly Case[] = [];
    beforeAll(() => {
      cases = JSON.parse(runPython('test/conformance/zarr/variable-text.py', folder.path, String(seed))) as Case[];
    }, 120_000);

    test('reads all texts, as strings and as UTF-8', async () => {
      expect(cases.length).toBe(27 + 28 + 8 + 8 + 2 + 3);
      for (const found of cases) {
        await using array = await openText(found.path, optionsOf(found));
        expect([found.path, array.shape]).toEqual([found.path, found.shape]);
        const { offsets, bytes, stats } = await array.read(null, { strings: 'utf8' });
        expect([found.path, ...elementsOf(found, offsets, bytes)]).toEqual([found.path, ...found.texts]);
        expect(offsets.at(-1)).toBe(bytes.length);
        expect(stats.chunksAbsent).toBe(0);
        if (found.kind === 'bytes') continue;
        const { data, shape } = await array.read();
        expect([found.path, shape, ...data]).toEqual([found.path, found.shape, ...found.texts]);
      }
    }, 120_000);

    test('all engines read the same random selections', async () => {
      const random = new Random(seed);
      for (const found of cases) {
        await using array = await openText(found.path, optionsOf(found));
        for (const engine of engineNames) {
          const { entries, indices, shape } = randomSelection(random, found.shape);
          const where = `${found.path} ${JSON.stringify([entries, engine])}`;
          const { offsets, bytes, ...got } = await array.read(entries, { engine, strings: 'utf8' });
          const texts = elementsOf(found, offsets, bytes);
          expect([where, got.shape, ...texts]).toEqual([where, shape, ...pick(found, indices)]);
        }
      }
    }, 120_000);

    test('openArray refuses them', async () => {
      for (const found of cases) {
        await expect(openArray(found.path, optionsOf(found))).rejects.toThrow('Read them with openText');
      }
    });
  },
);
