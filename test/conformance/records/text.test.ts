/** Reads text that NumPy, h5py, netCDF4 and zarr-python wrote. Uses every engine. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray, openRecords, openText } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: { readonly field?: string; readonly array?: string };
  readonly shape: readonly number[];
  readonly texts: readonly string[];
}

const seed = testSeed();

/** Returns the texts at the product of `indices`. */
function pick({ shape, texts }: Case, indices: readonly (readonly number[])[]): string[] {
  let offsets = [0];
  for (const [d, axis] of indices.entries()) {
    offsets = offsets.flatMap((offset) => axis.map((index) => offset * (shape[d] ?? 1) + index));
  }
  return offsets.map((offset) => texts[offset] ?? '');
}

describe.skipIf(pythonMissing !== null)(
  `text against the libraries that write it, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    let cases: readonly Case[] = [];
    beforeAll(() => {
      cases = JSON.parse(runPython('test/conformance/records/text.py', folder.path, String(seed))) as Case[];
    }, 120_000);

    test('reads all texts, as strings and as UTF-8', async () => {
      expect(cases.length).toBeGreaterThan(30);
      const decoder = new TextDecoder();
      for (const { path, options, shape, texts } of cases) {
        const where = `${path} ${JSON.stringify(options)}`;
        await using array = await openText(path, options);
        expect([where, array.shape]).toEqual([where, shape]);
        const { data } = await array.read();
        expect([where, ...data]).toEqual([where, ...texts]);
        const { offsets, bytes } = await array.read(null, { strings: 'utf8' });
        const decoded = texts.map((_, i) => decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])));
        expect([where, ...decoded]).toEqual([where, ...texts]);
        expect(offsets.at(-1)).toBe(bytes.length);
      }
    }, 120_000);

    test('all engines read the same random selections', async () => {
      const random = new Random(seed);
      for (const found of cases) {
        await using array = await openText(found.path, found.options);
        for (const engine of engineNames) {
          const { entries, indices, shape } = randomSelection(random, found.shape);
          const where = `${found.path} ${JSON.stringify([found.options, entries, engine])}`;
          const got = await array.read(entries, { engine });
          expect([where, got.shape, ...got.data]).toEqual([where, shape, ...pick(found, indices)]);
        }
      }
    }, 120_000);

    test('reads one text after the other', async () => {
      for (const { path, options, shape, texts } of cases.filter(({ shape: { length } }) => length === 1)) {
        await using array = await openText(path, options);
        for (let i = 0; i < (shape[0] ?? 0); i++) {
          expect([path, options, i, (await array.read([i])).data[0]]).toEqual([path, options, i, texts[i]]);
        }
      }
    }, 120_000);

    test('reads the texts of a field also among all fields of the records', async () => {
      const ofFields = cases.filter(({ options }) => options.field !== undefined);
      expect(ofFields.length).toBeGreaterThan(60);
      for (const { path, options, shape, texts } of ofFields) {
        const { field = '', ...others } = options;
        await using records = await openRecords(path, others);
        const info = records.fields.find(({ name }) => name === field);
        const inner = shape.slice(records.shape.length);
        expect(info).toMatchObject({ name: field, dtype: 'text', shape: inner, problem: null });
        const { fields } = await records.read();
        expect(fields.size).toBe(records.fields.length);
        const found = fields.get(field);
        const where = `${path} ${JSON.stringify(options)}`;
        if (found?.dtype !== 'text') throw new Error(`${where}: expected text, found ${found?.dtype}`);
        expect([where, found.shape, ...found.data]).toEqual([where, shape, ...texts]);
      }
    }, 120_000);

    test('a virtual dataset of records reads numbers, and refuses texts and sequences by name', async () => {
      const path = folder.at('virtual.h5');
      await using records = await openRecords(path, { array: 'virtual' });
      const refused = (what: string): string => `${what} of arrays that consist of others`;
      expect(records.fields.map(({ name, dtype }) => [name, dtype])).toEqual([
        ['x', 'float32'],
        ['name', null],
        ['hits', null],
      ]);
      expect(records.fields[1]?.problem).toContain(refused('variable-length strings'));
      expect(records.fields[2]?.problem).toContain(refused('variable-length sequences'));
      expect((await records.read()).fields.get('x')?.data).toEqual(Float32Array.of(0, 1, 2));
      const options = { array: 'virtual', field: 'name' };
      await expect(openText(path, options)).rejects.toThrow(refused('variable-length strings'));
    });

    test('text of a fixed length is also an array of code units, and text of variable length is not', async () => {
      for (const { path, options, shape } of cases) {
        await using text = await openText(path, options);
        if (text.elementBytes === null) {
          await expect(openArray(path, options)).rejects.toThrow('Read them with openText');
          continue;
        }
        await using units = await openArray(path, options);
        expect(units.shape.slice(0, shape.length)).toEqual(shape);
      }
    });
  },
);
