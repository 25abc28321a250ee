/** Tests that the options `scaled` and `decode` apply `scale_factor` and `add_offset` by the same rule. */
import { describe, expect, test } from 'vitest';
import { cfScaling } from '../../../lib/formats/cf.js';
import { openArray } from '../../../lib/index.js';
import { failure } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const cases: readonly (readonly [object, { readonly scale: number; readonly offset: number } | null])[] = [
  [{}, null],
  [{ scale_factor: 0.5 }, { scale: 0.5, offset: 0 }],
  [{ scale_factor: [0.5] }, { scale: 0.5, offset: 0 }],
  [{ add_offset: -1 }, { scale: 1, offset: -1 }],
  [{ scale_factor: '2' }, null],
  [
    { scale_factor: '2', add_offset: 3 },
    { scale: 1, offset: 3 },
  ],
  [{ scale_factor: [2, 3], add_offset: [] }, null],
];

describe('linear scaling', () => {
  test('is read from the attributes', () => {
    const inherited = Object.create({ scale_factor: 2 }) as Record<string, unknown>;
    expect(cfScaling(inherited)).toBeNull();
    expect(cfScaling({ scale_factor: 2n, add_offset: [3n] })).toEqual({ scale: 2, offset: 3 });
    expect(cfScaling({ scale_factor: Number.NaN, add_offset: Number.POSITIVE_INFINITY })).toBeNull();
    for (const [attributes, scaling] of cases)
      expect([attributes, cfScaling({ ...attributes })]).toEqual([attributes, scaling]);
  });

  const folder = new TemporaryDirectory();
  const write = (name: string, attributes: object, changes: object = {}): string =>
    writeFiles(folder.at(name), {
      '.zarray': arrayV2({ shape: [2], chunks: [2], fill_value: null, ...changes }),
      '.zattrs': attributes,
      '0': new Uint8Array(Int16Array.of(3, -4).buffer),
    });

  test('is the same with `scaled` and with `decode`', async () => {
    for (const [i, [attributes, scaling]] of cases.entries()) {
      const { scale, offset } = scaling ?? { scale: 1, offset: 0 };
      const expected = [3 * scale + offset, -4 * scale + offset];
      await using array = await openArray<'int16'>(write(`store${i}`, attributes));
      const scaled = await array.read(null, { scaled: true });
      expect([scaled.dtype, ...scaled.data]).toEqual(['float64', ...expected]);
      expect([...(await array.read(null, { decode: 'cf', as: 'float64' })).data]).toEqual(expected);
    }
  });

  test('is refused only for complex numbers', async () => {
    await using complex = await openArray(write('complex', { scale_factor: 2 }, { dtype: '<c8', shape: [0] }));
    expect(await failure(() => complex.read(null, { scaled: true }))).toMatchObject({
      name: 'TypeError',
      message: '`options.scaled` is not supported for complex arrays',
    });
    expect((await complex.read()).data).toHaveLength(0);
    await using flags = await openArray<'bool'>(write('flags', { scale_factor: 2 }, { dtype: '|b1', shape: [2] }));
    expect([...(await flags.read(null, { scaled: true })).data]).toEqual([1, 0]);
  });
});
