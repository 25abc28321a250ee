/** Reads sequences of variable length that h5py and netCDF4 wrote. Uses every engine, and compares all bytes. */
import * as fs from 'node:fs';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import { engineNames } from '../../../lib/core/generated/choices.js';
import {
  ChoiceError,
  openArray,
  openRecords,
  openSequences,
  openText,
  type SequenceValues,
} from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: { readonly field?: string; readonly array: string };
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly itemShape: readonly number[];
  /** Number of numbers of each sequence. */
  readonly lengths: readonly number[];
  /** Path of a file with the numbers of all sequences. */
  readonly expected: string;
}

const seed = testSeed();

/** Returns the positions of the product of `indices` in an array of `shape`. */
function positionsOf(shape: readonly number[], indices: readonly (readonly number[])[]): number[] {
  let positions = [0];
  for (const [d, axis] of indices.entries()) {
    positions = positions.flatMap((at) => axis.map((index) => at * (shape[d] ?? 1) + index));
  }
  return positions;
}

function everyIndex(shape: readonly number[]): number[][] {
  return shape.map((size) => Array.from({ length: size }, (_, i) => i));
}

/** Compares sequences with the expected ones at `positions`. */
function check(
  { dtype, itemShape, lengths, expected }: Case,
  found: SequenceValues,
  positions: number[],
  where: string,
): void {
  const { offsets, values } = found;
  expect([where, found.dtype, offsets.length]).toEqual([where, dtype, positions.length + 1]);
  expect(found.itemShape).toEqual(itemShape);
  const whole = fs.readFileSync(expected);
  const { size } = dtypeInfo(dtype);
  const starts = [0];
  for (const [i, length] of lengths.entries()) starts.push((starts[i] ?? 0) + length * size);
  for (const [i, position] of positions.entries()) {
    const { buffer, byteOffset, byteLength } = values.subarray(offsets[i], offsets[i + 1]);
    const want = whole.subarray(starts[position], starts[position + 1]);
    expect(Buffer.compare(new Uint8Array(buffer, byteOffset, byteLength), want), `${where}, sequence ${i}`).toBe(0);
  }
  expect([where, offsets.at(-1)]).toEqual([where, values.length]);
}

describe.skipIf(pythonMissing !== null)(
  `sequences against the libraries that write them, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    let cases: readonly Case[] = [];
    beforeAll(() => {
      cases = JSON.parse(runPython('test/conformance/records/sequences.py', folder.path, String(seed))) as Case[];
    }, 120_000);

    test('reads all sequences', async () => {
      expect(cases.length).toBeGreaterThan(34);
      for (const one of cases) {
        const { path, options, shape, dtype, itemShape } = one;
        const where = `${path} ${JSON.stringify(options)}`;
        await using array = await openSequences(path, options);
        expect([where, array.shape, array.dtype, array.itemShape]).toEqual([where, shape, dtype, itemShape]);
        const result = await array.read();
        expect([where, result.shape]).toEqual([where, shape]);
        check(one, result, positionsOf(shape, everyIndex(shape)), where);
      }
    }, 120_000);

    test('all engines read the same random selections', async () => {
      const random = new Random(seed);
      for (const one of cases) {
        await using array = await openSequences(one.path, one.options);
        for (const engine of engineNames) {
          const { entries, indices, shape } = randomSelection(random, one.shape);
          const where = `${one.path} ${JSON.stringify([one.options, entries, engine])}`;
          const result = await array.read(entries, { engine });
          expect([where, result.shape]).toEqual([where, shape]);
          check(one, result, positionsOf(one.shape, indices), where);
        }
      }
    }, 120_000);

    test('reads sequences also among all fields of records', async () => {
      const ofFields = cases.filter(({ path, options }) => path.endsWith('sequence-records.h5') && options.field);
      expect(ofFields.length).toBe(8);
      for (const one of ofFields) {
        const { field = '', array } = one.options;
        await using records = await openRecords(one.path, { array });
        expect(records.fields.map(({ dtype }) => dtype)).toEqual(['float32', 'sequence', 'int16', 'sequence']);
        const found = (await records.read()).fields.get(field);
        if (found?.dtype !== 'sequence') throw new Error(`Expected sequences, found ${found?.dtype}`);
        expect(found.shape).toEqual(one.shape);
        check(one, found.data, positionsOf(one.shape, everyIndex(one.shape)), `${one.path} ${field}`);
      }
    });

    test('asks for the field of sequences of records', async () => {
      const path = folder.at('sequences-of-records.h5');
      const names = "one of 'n', 'v', 'inner.s', 'inner.c' for `options.field`";
      await expect(openSequences(path, { array: 'd0' })).rejects.toThrow(`Expected ${names}`);
      await expect(openArray(path, { array: 'd0' })).rejects.toThrow(ChoiceError);
      await expect(openSequences(path, { array: 'records', field: 'p.list' })).rejects.toThrow("one of 'p.list.n'");
      await using records = await openRecords(path, { array: 'records' });
      expect(records.fields.map(({ name, dtype }) => [name, dtype])).toEqual([
        ['x', 'int32'],
        ...['n', 'v', 'inner.s', 'inner.c'].map((name) => [`p.list.${name}`, 'sequence']),
      ]);
    });

    test('console.log and JSON.stringify describe arrays of sequences and their results briefly', async () => {
      const path = folder.at('sequences.nc');
      await using array = await openSequences(path);
      const shown = `{ format: 'netcdf4', dtype: 'float64', shape: [ 7 ], path: '${path}', name: 'depth' }`;
      expect(inspect(array, { breakLength: 400 })).toBe(`SequenceHandle ${shown}`);
      const json = { path, name: 'depth', dtype: 'sequence', of: 'float64', shape: [7] };
      expect(JSON.parse(JSON.stringify(array))).toMatchObject(json);
      const result = await array.read();
      expect(inspect(result)).toMatch(/^SequenceResult \{.*stats: \[ReadStats\]/s);
      expect(Object.keys(structuredClone(result))).toEqual([
        'dtype',
        'itemShape',
        'offsets',
        'values',
        'shape',
        'stats',
      ]);
    });

    test('other functions say how to read sequences', async () => {
      for (const { path, options } of cases) {
        await expect(openArray(path, options)).rejects.toThrow('Read them with openSequences');
        await expect(openText(path, options)).rejects.toThrow('Read them with openSequences');
      }
    });
  },
);
