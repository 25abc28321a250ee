/** Reads texts of variable length that tiledb-py wrote into dense arrays, whole and by random selections. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { isPosixParError, openArray, openText } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: { readonly array: string };
  readonly shape: readonly number[];
  readonly texts: readonly string[];
}

const seed = testSeed();

/** Returns the texts at the product of `indices`. */
function pick({ shape, texts }: Case, indices: readonly (readonly number[])[]): string[] {
  let positions = [0];
  for (const [d, axis] of indices.entries()) {
    positions = positions.flatMap((at) => axis.map((index) => at * (shape[d] ?? 1) + index));
  }
  return positions.map((at) => texts[at] ?? '');
}

describe.skipIf(pythonMissing !== null)(
  `texts of TileDB arrays against tiledb-py, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    let cases: readonly Case[] = [];
    beforeAll(() => {
      cases = JSON.parse(runPython('test/conformance/tiledb/text.py', folder.path, String(seed))) as Case[];
    }, 240_000);

    test('reads all texts, as strings and as UTF-8', async () => {
      expect(cases.length).toBeGreaterThan(30);
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      for (const { path, options, shape, texts } of cases) {
        await using array = await openText(path, options);
        expect([path, array.shape]).toEqual([path, shape]);
        const { data } = await array.read();
        expect([path, ...data]).toEqual([path, ...texts]);
        const { offsets, bytes } = await array.read(null, { strings: 'utf8' });
        const decoded = texts.map((_, i) => decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])));
        expect([path, ...decoded]).toEqual([path, ...texts]);
      }
    }, 120_000);

    test('all engines read the same random selections', async () => {
      const random = new Random(seed);
      for (const one of cases) {
        await using array = await openText(one.path, one.options);
        for (const engine of engineNames) {
          const { entries, indices, shape } = randomSelection(random, one.shape);
          const where = `${one.path} ${JSON.stringify([entries, engine])}`;
          const found = await array.read(entries, { engine });
          expect([where, found.shape, ...found.data]).toEqual([where, shape, ...pick(one, indices)]);
        }
      }
    }, 120_000);

    test('reads only the tiles that a selection needs', async () => {
      await using array = await openText(folder.at('filter-zstd'), { array: 'text' });
      const { stats } = await array.read([[3, 40]]);
      expect([stats.chunks, stats.chunksDecoded]).toEqual([4, 4]);
    });

    test('an open array reads its state again after a vacuum', async () => {
      const path = folder.at('random-vacuum');
      runPython('test/conformance/tiledb/text_vacuum.py', path, 'write');
      await using array = await openText(path, { array: 'text' });
      runPython('test/conformance/tiledb/text_vacuum.py', path, 'vacuum');
      expect((await array.read()).data).toEqual(['a', 'b', 'c', 'd']);
    }, 60_000);

    test('refuses other values of variable length and the filters of strings by name', async () => {
      const path = folder.at('refused');
      const read = async (array: string): Promise<void> => {
        await using text = await openText(path, { array });
        await text.read();
      };
      await expect(read('numbers')).rejects.toThrow("'numbers' with any number of values of type INT64");
      await expect(read('rle')).rejects.toThrow('TileDB filter rle of strings of variable length');
      await expect(read('dictionary')).rejects.toThrow('TileDB filter dictionary');
      await expect(openArray(folder.at('filter-zstd'), { array: 'text' })).rejects.toThrow('Read them with openText');
    });

    test('damaged files give an error of this library, or texts', async () => {
      const random = new Random(seed);
      const path = folder.at('filter-none');
      const file = fs.readdirSync(`${path}/__fragments`).map((name) => `${path}/__fragments/${name}`)[0] ?? '';
      for (const name of ['a0.tdb', 'a0_var.tdb', '__fragment_metadata.tdb']) {
        const original = fs.readFileSync(`${file}/${name}`);
        let failed = 0;
        for (let i = 0; i < 150; i++) {
          const bytes = Uint8Array.from(original);
          for (let k = 0; k < 1 + (i % 3); k++) bytes[random.below(bytes.length)] = random.below(256);
          fs.writeFileSync(`${file}/${name}`, i % 10 === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
          try {
            await using array = await openText(path, { array: 'text' });
            expect((await array.read()).data).toHaveLength(50);
          } catch (error) {
            if (!isPosixParError(error)) throw error;
            failed += 1;
          }
        }
        fs.writeFileSync(`${file}/${name}`, original);
        expect([name, failed > 0]).toEqual([name, true]);
      }
    }, 60_000);
  },
);
