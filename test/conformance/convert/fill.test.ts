/**
 * Checks that an absent chunk is read in the same way as a chunk that stores the fill value, with `as`, `overflow`,
 * `scaled`, `decode` and `mask`. Each array has one chunk of each kind.
 */
import { describe, expect, test } from 'vitest';
import { type DType, dtypeInfo, dtypeTable, type RealDType } from '../../../lib/core/dtype.js';
import { engineNames, overflowModes } from '../../../lib/core/generated/choices.js';
import { type ArrayHandle, openArray, type ReadOptions, type Selection, slice } from '../../../lib/index.js';
import { bytesOf } from '../../support/bytes.js';
import { failure } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { type ArraySpec, tiledbFiles } from '../../support/tiledb-bytes.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const isReal = (type: DType): type is RealDType => dtypeInfo(type).kind !== 'c';
const realTypes = dtypeTable.map(({ name }) => name).filter(isReal);

/** A value in `.zarray` notation, and its bytes. */
type Value = readonly [json: number | bigint | boolean | string, stored: ArrayBufferView];

const halves = (json: number | string, bits: number): Value => [json, Uint16Array.of(bits)];
const numbers = [1.5, -1.5, 0, 127, 128, -129, 300, 70_000, 3e9, -3e9, 1e19, 1e30];
const specials = ['NaN', 'Infinity', '-Infinity'] as const;

function limits(info: { readonly kind: string; readonly size: number }): readonly bigint[] {
  const bits = BigInt(8 * info.size);
  const [low, high] = info.kind === 'i' ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
  return [low, 0n, 1n, 100n, high - 1n, high];
}

function integers(type: RealDType): readonly Value[] {
  const info = dtypeInfo(type);
  return limits(info).map((value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    return [info.size === 8 ? value : Number(value), bytes.subarray(0, info.size)];
  });
}

/** Returns fill values of `type`. */
function valuesOf(type: RealDType): readonly Value[] {
  switch (type) {
    case 'bool':
      return [
        [false, Uint8Array.of(0)],
        [true, Uint8Array.of(1)],
      ];
    case 'float16':
      return [
        ...[halves(1.5, 0x3e00), halves(-1.5, 0xbe00), halves(300, 0x5cb0), halves(65504, 0x7bff), halves(0, 0)],
        // 2049 and 2051 are halfway between the float16 numbers 2048, 2050 and 2052. They are rounded to the number
        // with an even mantissa.
        ...[halves(2049, 0x6800), halves(2051, 0x6802), halves(2 ** -24, 1), halves('NaN', 0x7e00)],
        ...[halves('Infinity', 0x7c00), halves('-Infinity', 0xfc00)],
      ];
    case 'float32':
      return [...numbers, ...specials].map((value) => [value, Float32Array.of(Number(value))]);
    case 'float64':
      return [...numbers, 1e300, ...specials].map((value) => [value, Float64Array.of(Number(value))]);
    default:
      return integers(type);
  }
}

const codes: Readonly<Record<RealDType, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};

/** Formats JSON. Writes 64-bit integers exactly. */
function json(value: object): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `@${one}@` : one)).replace(
    /"@(-?\d+)@"/g,
    '$1',
  );
}

const folder = new TemporaryDirectory();
let stores = 0;

/**
 * Creates an array of four elements in two chunks. The first chunk stores the fill value twice; the second does not
 * exist.
 */
function store(type: RealDType, [fill, stored]: Value, attributes: object = {}): string {
  const bytes = bytesOf(stored);
  return writeFiles(folder.at(`store${stores++}`), {
    '.zarray': json(arrayV2({ shape: [4], chunks: [2], dtype: codes[type], fill_value: fill })),
    '.zattrs': json(attributes),
    '0': Buffer.concat([bytes, bytes]),
  });
}

type Outcome = { readonly data: Buffer; readonly mask: readonly number[] | null } | 'does not fit';

function outcome(array: ArrayHandle, selection: Selection, options: ReadOptions): Outcome {
  try {
    const { data, mask } = array.readSync(selection, options);
    return { data: bytesOf(data), mask: mask === null ? null : [...mask] };
  } catch (error) {
    expect(error).toMatchObject({ _tag: 'ConversionError' });
    return 'does not fit';
  }
}

/** Compares the absent chunk, and a selection of both chunks, with the stored chunk. */
function expectTheSame(array: ArrayHandle, options: ReadOptions, where: string): Outcome {
  const stored = outcome(array, [slice(0, 2)], options);
  expect([where, outcome(array, [slice(2, 4)], options)]).toEqual([where, stored]);
  expect([where, outcome(array, [slice(1, 3)], options)]).toEqual([where, stored]);
  return stored;
}

describe('absent chunks', () => {
  test.each(realTypes)('of %s are read as all types in all overflow modes', async (from) => {
    const seen = new Set<string>();
    for (const value of valuesOf(from)) {
      await using array = await openArray(store(from, value));
      for (const as of realTypes) {
        for (const overflow of overflowModes) {
          const found = expectTheSame(array, { as, overflow }, `${from} ${String(value[0])} as ${as}, ${overflow}`);
          seen.add(found === 'does not fit' ? `${overflow} fails` : overflow);
        }
      }
      expectTheSame(array, {}, `${from} ${String(value[0])}`);
    }
    const failing = from === 'bool' ? [] : ['error fails'];
    expect([...seen].sort()).toEqual(['clamp', 'error', ...failing, 'wrap']);
  });

  test('of numbers are read with scaling', async () => {
    for (const from of ['uint8', 'int16', 'int64', 'float32', 'float64'] as const) {
      for (const value of valuesOf(from)) {
        await using array = await openArray(store(from, value, { scale_factor: 0.1, add_offset: 7 }));
        for (const as of realTypes) {
          for (const overflow of overflowModes) {
            expectTheSame(array, { as, overflow, scaled: true }, `${from} ${String(value[0])} as ${as}, ${overflow}`);
          }
        }
        expectTheSame(array, { scaled: true }, `${from} ${String(value[0])}`);
      }
    }
  });

  test('without a fill value are read like a stored 0, also with scaling', async () => {
    const path = writeFiles(folder.at('none'), {
      '.zarray': json(arrayV2({ shape: [4], chunks: [2], fill_value: null })),
      '.zattrs': json({ scale_factor: 2, add_offset: 7 }),
      '0': new Uint8Array(4),
    });
    await using array = await openArray(path);
    expect([...array.readSync(null, { scaled: true }).data]).toEqual([7, 7, 7, 7]);
    expect(Array.from<number | bigint>(array.readSync().data)).toEqual([0, 0, 0, 0]);
  });

  test.each([
    {},
    { missing_value: 100 },
    { scale_factor: 0.1, add_offset: 7 },
    { scale_factor: 0.1, valid_min: 1 },
    { valid_range: [0, 99] },
    { _Unsigned: 'true' },
    { _Unsigned: 'false' },
    { _Unsigned: 'true', scale_factor: 3 },
    { _FillValue: 'NaN', add_offset: 1 },
  ])('decoded by %j', async (attributes) => {
    for (const from of realTypes) {
      for (const value of valuesOf(from)) {
        await using array = await openArray(store(from, value, attributes));
        for (const options of [
          { decode: 'cf' },
          { decode: 'cf', mask: true },
          { mask: true },
          { decode: 'cf', as: 'float32', overflow: 'clamp' },
          { decode: 'cf', as: 'float16' },
        ] as const) {
          expectTheSame(array, options, `${from} ${String(value[0])} ${JSON.stringify(options)}`);
        }
      }
    }
  });

  test('of 64-bit integers are exact if only the type changes', async () => {
    const big = 2n ** 53n + 1n;
    await using array = await openArray(store('int64', [big, BigInt64Array.of(big)], { _Unsigned: 'true' }));
    // The fill value of Zarr v2 means missing data, so decoding would convert to floats. The attribute `_FillValue`
    // prevents that.
    const path = store('int64', [big, BigInt64Array.of(big)], { _Unsigned: 'true', _FillValue: 'NaN' });
    await using exact = await openArray(path);
    const { data, dtype } = exact.readSync(null, { decode: 'cf', mask: true });
    expect([dtype, ...Array.from<number | bigint>(data)]).toEqual(['uint64', big, big, big, big]);
    expect(array.readSync(null, { decode: 'cf' }).dtype).toBe('float64');
  });
});

describe('a fill value that does not fit', () => {
  const path = store('float32', [300, Float32Array.of(300)]);

  test.each(engineNames)('is an error only if the read needs it, %s', async (engine) => {
    const stored = writeFiles(folder.at(`one${stores++}`), {
      '.zarray': json(arrayV2({ shape: [6], chunks: [2], dtype: '<f4', fill_value: 300 })),
      '0': bytesOf(Float32Array.of(1, 2)),
      '2': bytesOf(Float32Array.of(5, 6)),
    });
    await using array = await openArray(stored, { engine });
    for (const selection of [null, [slice(2, 4)], [3]]) {
      const error = await failure(() => array.read(selection, { as: 'uint8' }));
      expect(error).toMatchObject({ _tag: 'ConversionError', path: '', offset: undefined });
      expect(error.message).toBe(
        `fill value 300 (stored as float32) does not fit uint8: set \`options.overflow\` to 'clamp' or 'wrap' to convert it`,
      );
      expect(await failure(() => array.readSync(selection, { as: 'uint8' }))).toMatchObject({ message: error.message });
    }
    expect([...(await array.read([[0, 1, 4, 5]], { as: 'uint8' })).data]).toEqual([1, 2, 5, 6]);
    expect([...(await array.read(null, { as: 'uint8', overflow: 'clamp' })).data]).toEqual([1, 2, 255, 255, 5, 6]);
  });

  test('NaN as an integer does not prevent reads of stored chunks', async () => {
    for (const as of ['int64', 'uint64', 'int32'] as const) {
      const values = writeFiles(folder.at(`nan${stores++}`), {
        '.zarray': json(arrayV2({ shape: [4], chunks: [2], dtype: '<f8', fill_value: 'NaN' })),
        '0': bytesOf(Float64Array.of(1, 2)),
      });
      await using array = await openArray(values);
      expect([...(await array.read([slice(0, 2)], { as })).data].map(Number)).toEqual([1, 2]);
      expect(await failure(() => array.read(null, { as }))).toMatchObject({ _tag: 'ConversionError' });
    }
  });

  test('is an error for a whole array', async () => {
    await using array = await openArray(path);
    expect([...(await array.read(null, { as: 'uint8', overflow: 'wrap' })).data]).toEqual([44, 44, 44, 44]);
  });

  test('is an error if there are no chunks', async () => {
    const spec: ArraySpec = {
      version: 22,
      dimensions: [{ name: 'x', lo: 0, hi: 7, extent: 4 }],
      attributes: [{ name: 'v' }],
      tileOrder: 'row',
      cellOrder: 'row',
      fragments: [{ time: 1, lo: [0], hi: [1] }],
    };
    for (const [name, bytes] of Object.entries(tiledbFiles(spec))) folder.write(`cells/${name}`, bytes);
    await using array = await openArray<'int32'>(folder.at('cells'));
    expect([...(await array.read()).data]).toEqual([0, 100, -7, -7, -7, -7, -7, -7]);
    for (const read of [() => array.read(null, { as: 'uint8' }), () => array.readSync([5], { as: 'uint8' })]) {
      const error = await failure(read);
      expect(error).toMatchObject({ _tag: 'ConversionError', path: '' });
      expect(error.message).toBe(
        `fill value -7 (stored as int32) does not fit uint8: set \`options.overflow\` to 'clamp' or 'wrap' to convert it`,
      );
    }
    expect([...(await array.read([slice(0, 2)], { as: 'uint8' })).data]).toEqual([0, 100]);
    expect([...(await array.read([slice(0, 4)], { as: 'uint8', overflow: 'clamp' })).data]).toEqual([0, 100, 0, 0]);
    expect([...(await array.read([slice(0, 4)], { as: 'uint8', overflow: 'wrap' })).data]).toEqual([0, 100, 249, 249]);
  });
});
