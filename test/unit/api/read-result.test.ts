import { inspect } from 'node:util';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { type ArrayHandle, ClosedError, openArray, ReadError, type ReadResult, slice } from '../../../lib/index.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
let array: ArrayHandle;
let longs: ArrayHandle;
let pairs: ArrayHandle;

beforeAll(async () => {
  const write = (name: string, descr: string, shape: number[], values: ArrayBufferView): string =>
    folder.write(
      name,
      npyBytes(npyDict(descr, false, shape), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
    );
  const floats = Float32Array.from({ length: 24 }, (_, i) => i);
  array = await openArray(write('a.npy', '<f4', [2, 3, 4], floats));
  longs = await openArray(write('l.npy', '<i8', [2, 2], BigInt64Array.of(1n, -2n, 2n ** 62n, 4n)));
  pairs = await openArray(write('c.npy', '<c8', [2, 2], Float32Array.of(0, 1, 2, 3, 4, 5, 6, Number.NaN)));
});
afterAll(async () => {
  await Promise.all([array.close(), longs.close(), pairs.close()]);
});

describe('a result', () => {
  test('returns elements by their indices, negative ones from the end', async () => {
    const result = await array.read([null, [2, 0], null]);
    expect(result.at(0, 0, 1)).toBe(9);
    expect(result.at(-1, -1, -1)).toBe(15);
    expect((await longs.read()).at(1, 0)).toBe(2n ** 62n);
    expect((await pairs.read()).at(1, 0)).toEqual([4, 5]);
    expect((await array.read([1, 2, 3])).at()).toBe(23);
    expect(() => result.at(0, 0)).toThrow('Expected 3 indices, one per dimension, received 2');
    expect(() => result.at(0, 2, 0)).toThrow('Expected an integer from -2 to 1 for dimension 1, received 2');
    expect(() => result.at(0, 0, 0.5)).toThrow(RangeError);
  });

  test('throws errors whose stack begins in the code of the caller', async () => {
    const result = await array.read([0, 0]);
    for (const fail of [() => result.at(9), () => result.at(), () => slice('2023' as never)]) {
      try {
        fail();
        expect.unreachable();
      } catch (error) {
        expect(/^\s+at .*$/m.exec((error as Error).stack ?? '')?.[0]).toContain('read-result.test.ts');
      }
    }
  });

  test('is printed in few lines, also after its release', async () => {
    const result = await array.read([0, 0]);
    expect(inspect(result, { breakLength: 200 })).toBe(
      "ReadResult { dtype: 'float32', shape: [ 4 ], data: Float32Array(4) [ 0, 1, 2, 3 ], stats: [ReadStats] }",
    );
    expect(inspect({ parts: [result] }, { depth: 1 })).toContain('[ReadResult]');
    result.release();
    expect(inspect(result)).toContain('data: [released]');
  });

  test('returns its elements as nested arrays', async () => {
    const box = (await array.read([null, 1, [0, 3]])).toNestedArray();
    expect(box).toEqual([
      [4, 7],
      [16, 19],
    ]);
    expect((await array.read()).toNestedArray()).toHaveProperty([1, 2, 3], 23);
    expect((await longs.read()).toNestedArray()).toEqual([
      [1n, -2n],
      [2n ** 62n, 4n],
    ]);
    expect((await pairs.read([0])).toNestedArray()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect((await pairs.read([0, 1])).toNestedArray()).toEqual([2, 3]);
    expect((await array.read([1, 2, 3])).toNestedArray()).toBe(23);
    expect((await array.read([null, [], null])).toNestedArray()).toEqual([[], []]);
    expect((await array.read([null, null, []])).toNestedArray()).toEqual([
      [[], [], []],
      [[], [], []],
    ]);
    const released = await array.read([0]);
    released.release();
    expect(() => released.toNestedArray()).toThrow(ClosedError);
  });

  test('iterates over rows without copying', async () => {
    const { data, rows } = await array.read([1]);
    expect(rows).toBeTypeOf('function');
    const result = await array.read([1]);
    const list = [...result.rows()];
    expect(list.map((row) => Array.from(row as Float32Array))).toEqual([
      [12, 13, 14, 15],
      [16, 17, 18, 19],
      [20, 21, 22, 23],
    ]);
    expect(list[0]?.buffer).toBe(result.data.buffer);
    expect(data).toHaveLength(12);
    expect([...(await pairs.read()).rows()].map((row) => row.length)).toEqual([4, 4]);
    expect([...(await array.read([0, 0, 0])).rows()].map((row) => Array.from(row as Float32Array))).toEqual([[0]]);
    expect([...(await array.read([[], null, null])).rows()]).toEqual([]);
  });

  test('iterates over its first dimension', async () => {
    const planes = [...(await array.read())];
    expect(planes.map(({ shape }) => shape)).toEqual([
      [3, 4],
      [3, 4],
    ]);
    expect(planes[1]?.at(0, 0)).toBe(12);
    expect([...(await pairs.read())].map((row) => row.at(1))).toEqual([
      [2, 3],
      [6, Number.NaN],
    ]);
    const scalar = await array.read([0, 0, 0]);
    expect(() => [...scalar]).toThrow('Expected a result with dimensions');
  });

  test('keeps all of its data in clones, messages and copies', async () => {
    const result = await array.read([0], { mask: true });
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(result);
    const { message } = receiveMessageOnPort(port2) as { readonly message: unknown };
    port1.close();
    for (const copy of [structuredClone(result), message, { ...result }] as ReadResult[]) {
      expect(copy.data).toEqual(result.data);
      expect(copy.mask).toEqual(result.mask);
      expect([copy.shape, copy.strides, copy.dtype]).toEqual([[3, 4], [4, 1], 'float32']);
      expect(copy.stats).toEqual(result.stats);
      expect(copy.stats.bytesRequested).toBe(48);
      expect(copy.stats.engine).toBe(result.stats.engine);
    }
    expect(Object.keys(result.stats)).toContain('elapsedMs');
  });

  test('becomes JSON, with 64-bit integers and NaN as text', async () => {
    expect(JSON.parse(JSON.stringify(await longs.read([1])))).toEqual({
      dtype: 'int64',
      shape: [2],
      data: ['4611686018427387904', '4'],
    });
    expect(JSON.parse(JSON.stringify(await pairs.read([1, 1]))).data).toEqual([6, 'NaN']);
    expect(JSON.parse(JSON.stringify(await array.read([0, 0, [1]], { mask: true }))).mask).toEqual([0]);
  });

  test('narrows the type of its data by its dtype', async () => {
    const result = await longs.read();
    let sum = 0n;
    switch (result.dtype) {
      case 'int64':
        expectTypeOf(result.data).toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
        for (const value of result.data) sum += value;
        break;
      case 'float32':
        expectTypeOf(result.data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
        expectTypeOf(result.at(0)).toEqualTypeOf<number>();
        break;
    }
    expect(sum).toBe(2n ** 62n + 3n);
  });
});

describe('handles and errors', () => {
  test('a handle knows the kind of its elements', async () => {
    expect([array.is('number'), array.is('float'), array.is('bigint'), array.is('float32')]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([longs.is('number'), longs.is('bigint'), pairs.is('number'), pairs.is('float')]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(array.is('toString' as 'number')).toBe(false);
    if (longs.is('bigint')) expectTypeOf((await longs.read()).at(0, 0)).toEqualTypeOf<bigint>();
  });

  test('a handle becomes JSON', () => {
    expect(JSON.parse(JSON.stringify(array))).toMatchObject({ format: 'npy', dtype: 'float32', shape: [2, 3, 4] });
  });

  test('an error keeps its payload in JSON, and a clone keeps its message and stack', async () => {
    const error = await openArray(folder.at('absent.npy')).catch((reason: unknown) => reason);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      _tag: 'ReadError',
      name: 'ReadError',
      code: 'ENOENT',
      path: folder.at('absent.npy'),
    });
    expect(error).toBeInstanceOf(ReadError);
    const clone = structuredClone(error) as Error;
    expect([clone.message, clone.stack]).toEqual([(error as Error).message, (error as Error).stack]);
  });

  test('the stack of a failed opening begins in the public function that was called', async () => {
    const error = await openArray(folder.at('absent.npy')).catch((reason: unknown) => reason as Error);
    const frames = (error as Error).stack?.split('\n').slice(1) ?? [];
    expect(frames[0]).toMatch(/openArray|read-result\.test/);
    expect(frames.length).toBeLessThan(4);
  });
});
