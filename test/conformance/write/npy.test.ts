/** Writes .npy and raw files. Reads them with NumPy and with this library, and compares the elements with a model. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DType, dtypeTable } from '../../../lib/core/dtype.js';
import { createArray, readSubset } from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { ArrayModel, elementsOf, randomBytes, randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();
const shapes = [[], [1], [7], [5, 6], [3, 4, 5], [2, 1, 3, 4]];
const orders = ['C', 'F'] as const;
const byteOrders = ['little', 'big'] as const;

/** A written file, and the path of the file with its expected bytes, as check_npy.py gets them. */
interface Case {
  readonly path: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly order: 'C' | 'F';
  readonly expected: string;
}

async function writeCase(
  random: Random,
  format: 'npy' | 'raw',
  name: string,
  dtype: DType,
  shape: readonly number[],
  order: 'C' | 'F',
  byteOrder: 'little' | 'big',
): Promise<Case> {
  const path = folder.at(`${name}.${format}`);
  const model = new ArrayModel(shape, dtype);
  {
    await using out = await createArray(path, { format, shape, dtype, order, byteOrder, durability: 'none' });
    for (let i = 0; i < 3; i++) {
      const write = randomWrite(random, shape, dtype);
      await out.write(write.entries, { data: elementsOf(write.bytes, dtype), dtype, shape: write.shape });
      model.apply(write);
      expectSameBytes(bytesOf((await out.read()).data), model.bytes, `${path} before it is closed`);
    }
  }
  expectSameBytes(bytesOf((await readSubset(path)).data), model.bytes, path);
  const expected = folder.write(`${name}.${format}.expected`, model.bytes);
  return { path, dtype, shape, order, expected };
}

describe('writes of random selections', () => {
  const seed = testSeed();
  const random = new Random(seed);

  test.each(['npy', 'raw'] as const)(
    `equal a model, %s, seed ${seed}`,
    async (format) => {
      const cases: Case[] = [];
      for (const { name: dtype } of dtypeTable) {
        for (const [i, shape] of shapes.entries()) {
          for (const order of orders) {
            for (const byteOrder of byteOrders) {
              const name = `${dtype}-${i}-${order}-${byteOrder}`;
              cases.push(await writeCase(random, format, name, dtype, shape, order, byteOrder));
            }
          }
        }
      }
      expect(cases).toHaveLength(dtypeTable.length * shapes.length * 4);
      if (format === 'raw' || pythonMissing !== null) return;
      const manifest = folder.write('cases.json', JSON.stringify(cases));
      expect(runPython('test/conformance/write/check_npy.py', manifest).trim()).toBe(String(cases.length));
    },
    120_000,
  );

  test('are applied in the order of the calls if they overlap', async () => {
    const path = folder.at('overlapping.npy');
    const shape = [40, 50];
    const model = new ArrayModel(shape, 'float32');
    {
      await using out = await createArray(path, { shape, dtype: 'float32', durability: 'none' });
      const pending: Promise<unknown>[] = [];
      for (let i = 0; i < 200; i++) {
        const write = randomWrite(random, shape, 'float32');
        model.apply(write);
        pending.push(out.write(write.entries, elementsOf(write.bytes, 'float32')));
      }
      await Promise.all(pending);
    }
    expectSameBytes(bytesOf((await readSubset(path)).data), model.bytes, `seed ${seed}`);
  });

  test('of many megabytes are shared by threads', async () => {
    const path = folder.at('large.npy');
    const shape = [48, 512, 256];
    const bytes = randomBytes(new Random(1), 1 << 16, 'uint8');
    const data = new Float32Array(48 * 512 * 256);
    for (let at = 0; at < data.byteLength; at += bytes.length) bytesOf(data).set(bytes, at);
    await using out = await createArray(path, { shape, dtype: 'float32', durability: 'none' });
    const stats = await out.write(null, data);
    expect(stats).toMatchObject({
      bytesGiven: data.byteLength,
      bytesWritten: data.byteLength,
      bytesRead: 0,
      chunks: 1,
    });
    expect(stats.systemCalls).toBe(24);
    await out.close();
    const content = fs.readFileSync(path);
    expect(Buffer.compare(content.subarray(content.length - data.byteLength), bytesOf(data))).toBe(0);
  });
});
