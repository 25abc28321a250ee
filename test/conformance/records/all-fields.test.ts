/**
 * Reads all fields of records in one call, and compares each with its bytes. NumPy, h5py and zarr-python wrote the
 * records.
 */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import { engineNames } from '../../../lib/core/generated/choices.js';
import {
  type NumberField,
  openRecords,
  openText,
  type RecordHandle,
  type SequenceField,
  type TextField,
} from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: { readonly field: string; readonly array?: string };
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly expected: string;
}

const seed = testSeed();

/** Compares a field of a result with the expected bytes at the product of `indices`. */
async function check(
  { path, options, shape, dtype, expected }: Case,
  found: NumberField | SequenceField | TextField | undefined,
  entries: readonly unknown[] | null,
  indices: readonly (readonly number[])[],
  where: string,
): Promise<void> {
  if (found === undefined || found.dtype === 'sequence') throw new Error(`${where}: no such field`);
  if (found.dtype === 'text') {
    await using text = await openText(path, options);
    const want = await text.read(entries as null);
    expect([where, found.shape, ...found.data]).toEqual([where, want.shape, ...want.data]);
    return;
  }
  const inner = shape.slice(indices.length).map((size) => Array.from({ length: size }, (_, i) => i));
  const want = pickBytes(fs.readFileSync(expected), shape, dtypeInfo(dtype).size, [...indices, ...inner]);
  const { buffer, byteOffset, byteLength } = found.data;
  expect([where, found.dtype]).toEqual([where, dtype]);
  expect(Buffer.compare(new Uint8Array(buffer, byteOffset, byteLength), want), where).toBe(0);
}

describe.skipIf(pythonMissing !== null)(
  `all fields of records against the libraries that write them, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    const groups = new Map<string, Case[]>();
    beforeAll(() => {
      const cases = JSON.parse(runPython('test/conformance/records/generate.py', folder.path, String(seed))) as Case[];
      for (const one of cases) {
        const key = `${one.path}#${one.options.array ?? ''}`;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [one]);
        else group.push(one);
      }
    }, 120_000);

    function open([first]: readonly Case[]): Promise<RecordHandle> {
      const { array } = first?.options ?? {};
      return openRecords(first?.path ?? '', array === undefined ? {} : { array });
    }

    test('reads all fields, and decodes each chunk once', async () => {
      expect(groups.size).toBeGreaterThan(30);
      let encoded = 0;
      for (const [where, cases] of groups) {
        await using records = await open(cases);
        expect(records.fields.map(({ name }) => name)).toEqual(cases.map(({ options }) => options.field));
        const indices = records.shape.map((size) => Array.from({ length: size }, (_, i) => i));
        const { fields, shape, stats } = await records.read();
        expect(shape).toEqual(records.shape);
        expect([...fields.keys()]).toEqual(cases.map(({ options }) => options.field));
        for (const one of cases) await check(one, fields.get(one.options.field), null, indices, where);
        if (stats.chunksDecoded === 0) continue;
        encoded += 1;
        expect([where, stats.chunksDecoded * cases.length]).toEqual([where, stats.chunks - stats.chunksAbsent]);
      }
      expect(encoded).toBeGreaterThan(5);
    }, 120_000);

    test('all engines read the same random selections of some fields', async () => {
      const random = new Random(seed);
      for (const [where, cases] of groups) {
        await using records = await open(cases);
        for (const engine of engineNames) {
          const { entries, indices, shape } = randomSelection(random, records.shape);
          const chosen = cases.filter(() => random.below(2) === 0);
          const names = chosen.map(({ options }) => options.field);
          const result = await records.read(entries, { engine, fields: names });
          expect(result.shape).toEqual(shape);
          expect([...result.fields.keys()]).toEqual(names);
          const at = `${where} ${JSON.stringify([entries, engine])}`;
          for (const one of chosen) await check(one, result.fields.get(one.options.field), entries, indices, at);
        }
      }
    }, 240_000);
  },
);
