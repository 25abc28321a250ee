/**
 * Reads texts and sequences of variable length from files with addresses and lengths of several sizes, and compares
 * them with the values that h5py wrote. Damaged heaps must give errors that name the place.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError, openGroup, openSequences, openText } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Written {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly sequences: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly many: string | null;
}

const seed = testSeed();
/** Sizes of addresses, lengths and the user block. */
const layouts = [
  [8, 8, 0],
  [4, 4, 0],
  [4, 8, 512],
  [8, 4, 1024],
] as const;

describe.skipIf(pythonMissing !== null).each(layouts)(
  `addresses of %i bytes, lengths of %i, a user block of %i, seed ${seed} ${pythonMissing ?? ''}`,
  (...sizes) => {
    const folder = new TemporaryDirectory();
    const path = folder.at('heaps.h5');
    let written: Written = { texts: {}, sequences: {}, attributes: {}, many: null };
    beforeAll(() => {
      const output = runPython('test/conformance/hdf5/heaps.py', path, ...sizes.map(String), String(seed));
      written = JSON.parse(output) as Written;
    }, 120_000);

    test('reads all texts, and random selections of them', async () => {
      const random = new Random(seed);
      for (const [name, texts] of Object.entries(written.texts)) {
        await using array = await openText(path, { array: name });
        expect([name, ...(await array.read()).data]).toEqual([name, ...texts]);
        for (let i = 0; i < 5; i++) {
          const { entries, indices } = randomSelection(random, array.shape);
          const wanted = (indices[0] ?? []).map((index) => texts[index]);
          expect([name, entries, ...(await array.read(entries)).data]).toEqual([name, entries, ...wanted]);
        }
      }
    });

    test('reads all sequences', async () => {
      for (const [name, lists] of Object.entries(written.sequences)) {
        await using array = await openSequences(path, { array: name });
        const { offsets, values } = await array.read();
        const found = lists.map((_, i) => Array.from<unknown>(values.slice(offsets[i], offsets[i + 1])));
        expect([name, ...found]).toEqual([name, ...lists]);
      }
    });

    test('reads attributes', async () => {
      const group = await openGroup(path);
      expect(group.attributes).toEqual(written.attributes);
    });
  },
);

describe.skipIf(pythonMissing !== null)(`a file with 150,000 texts, seed ${seed} ${pythonMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  const path = folder.at('many.h5');
  let written: string | null = null;
  beforeAll(() => {
    written = (JSON.parse(runPython('test/conformance/hdf5/heaps.py', path, '8', '8', '0', String(seed))) as Written)
      .many;
  }, 120_000);

  test('reads all of them', async () => {
    await using array = await openText(path, { array: 'many' });
    const { data } = await array.read();
    expect(createHash('sha256').update(data.join('\n')).digest('hex')).toBe(written);
  });

  test('names the place of a damaged heap', async () => {
    const bytes = fs.readFileSync(path);
    const at = bytes.lastIndexOf('GCOL');
    bytes.write('XXXX', at);
    const damaged = folder.at('damaged.h5');
    fs.writeFileSync(damaged, bytes);
    await using array = await openText(damaged, { array: 'many' });
    const error = await array.read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ path: damaged, offset: at });
  });
});
