/** Tests the public names, and the types that result from the code of a caller. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as adapters from '../lib/adapters/index.js';
import * as bench from '../lib/bench/index.js';
import { type cachePolicies, engineNames, type overflowModes } from '../lib/core/generated/choices.js';
import type { ArrayHandle, ReadResult } from '../lib/index.js';
import * as api from '../lib/index.js';
import * as serve from '../lib/serve/index.js';
import * as storage from '../lib/storage/index.js';

test('each entry of the package exports exactly these names', () => {
  expect(Object.keys(api).sort()).toEqual([
    'AbortError',
    'ArrayHandle',
    'ChoiceError',
    'ClosedError',
    'CodecError',
    'ConversionError',
    'ExternalFileError',
    'FormatError',
    'GroupHandle',
    'MemoryLimitError',
    'PartialReduction',
    'PosixParError',
    'ReadError',
    'RecordHandle',
    'SelectionError',
    'SequenceHandle',
    'TextHandle',
    'UnsupportedError',
    'WritableArrayHandle',
    'WriteError',
    'allocate',
    'attach',
    'attachRecords',
    'attachSequences',
    'attachText',
    'cachePolicies',
    'concat',
    'configure',
    'consistencyKinds',
    'convert',
    'createArray',
    'createChunkCache',
    'describeArray',
    'diagnose',
    'engineNames',
    'isPosixParError',
    'memoryUsage',
    'openArray',
    'openGroup',
    'openRecords',
    'openSequences',
    'openText',
    'parseSelection',
    'partialReduce',
    'priorities',
    'readMany',
    'readSubset',
    'saveIndex',
    'slice',
    'stack',
  ]);
  expect(Object.keys(storage).sort()).toEqual(['describeStorage', 'evict', 'memoryInfo', 'residency']);
  expect(Object.keys(bench).sort()).toEqual(['benchStorage', 'benchWrites']);
  expect(Object.keys(serve).sort()).toEqual(['serve']);
  expect(Object.keys(adapters).sort()).toEqual(['toArrow', 'toNdarray', 'toOnnxTensor', 'toTfTensor', 'viewAsReal']);
});

test('each entry has a report of its names, including types', () => {
  const counts = Object.entries({
    'posix-par': [65, 185],
    'posix-par-storage': [20, 30],
    'posix-par-bench': [25, 40],
    'posix-par-serve': [4, 10],
    'posix-par-adapters': [8, 12],
  });
  const seen = new Map<string, string>();
  for (const [entry, [least = 0, most = 0]] of counts) {
    const report = readFileSync(new URL(`../etc/${entry}.api.md`, import.meta.url), 'utf8');
    const names = [
      ...[...report.matchAll(/^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/gm)].map(
        ([, name = '']) => name,
      ),
    ];
    expect(new Set(names).size, entry).toBeGreaterThanOrEqual(least);
    expect(new Set(names).size, entry).toBeLessThanOrEqual(most);
    for (const name of new Set(names)) {
      // ByteRange is a parameter of functions of two entries, posix-par and posix-par/storage.
      if (name !== 'ByteRange') expect(seen.get(name), `${name} of ${entry}`).toBeUndefined();
      seen.set(name, entry);
    }
  }
});

// The compiler checks the following; the functions are never called.
describe('types', () => {
  const checked = (types: (array: ArrayHandle, claimed: ArrayHandle<'int16'>, options: Options) => unknown) => {
    expect(typeof types).toBe('function');
  };
  interface Options {
    readonly scaled: boolean;
    readonly wide: api.AsyncReadOptions;
    readonly perhaps: { readonly as: 'float64' } | undefined;
    readonly open: api.OpenOptions;
  }

  test('data follows the element type', () => {
    expect(api.slice(1)).toBeDefined();
    expectTypeOf<ReadResult<'float32'>['data']>().toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf<ReadResult<'bool'>['data']>().toEqualTypeOf<Uint8Array<ArrayBuffer>>();
    expectTypeOf<ReadResult<'int64'>['data']>().toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
    expectTypeOf<ReadResult<'uint64'>['data']>().toEqualTypeOf<BigUint64Array<ArrayBuffer>>();
    expectTypeOf<ReadResult<'complex64'>['data']>().toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf<ReadResult<'complex128'>['data']>().toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf<ReadResult['dtype']>().toEqualTypeOf<api.DType>();
  });

  test('a claimed, narrowed or described element type reaches the result', () => {
    checked(async (array, claimed) => {
      expectTypeOf((await claimed.read()).data).toEqualTypeOf<Int16Array<ArrayBuffer>>();
      expectTypeOf(claimed.readSync([0]).dtype).toEqualTypeOf<'int16'>();
      if (array.is('float32')) {
        expectTypeOf((await array.read([0])).data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
        expectTypeOf(array.readSync(null, { threads: 2 }).data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
      }
      expectTypeOf((await api.readSubset<'int32'>('a.npy')).data).toEqualTypeOf<Int32Array<ArrayBuffer>>();
      expectTypeOf((await api.readSubset<'int32'>('a', null, { threads: 2 })).dtype).toEqualTypeOf<'int32'>();
      expectTypeOf(await api.openArray<'int32'>('a.npy')).toEqualTypeOf<ArrayHandle<'int32'>>();
      const described = { format: 'raw', dtype: 'float32', shape: [2, 3] } as const;
      expectTypeOf(await api.openArray('a', described)).toEqualTypeOf<ArrayHandle<'float32'>>();
      expectTypeOf(await api.openArray('a', { dtype: 'int8', shape: [2] })).toEqualTypeOf<ArrayHandle<'int8'>>();
      expectTypeOf(await api.openArray('a', { threads: 2 })).toEqualTypeOf<ArrayHandle>();
      const raw = await api.readSubset('a', null, { format: 'raw', dtype: 'float32', shape: [2] });
      expectTypeOf(raw.data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
      expectTypeOf((await api.readSubset('a', null, { ...described, as: 'int8' })).dtype).toEqualTypeOf<'int8'>();
      // A handle of a known type is assignable to a handle of any type.
      expectTypeOf(claimed).toExtend<ArrayHandle>();
    });
  });

  test('options that change the type of the result change its TypeScript type, or leave it open', () => {
    checked(async (array, claimed, { scaled, wide, perhaps }) => {
      expectTypeOf((await claimed.read(null, { as: 'float64' })).data).toEqualTypeOf<Float64Array<ArrayBuffer>>();
      expectTypeOf(claimed.readSync('0:2', { as: 'int8' }).data).toEqualTypeOf<Int8Array<ArrayBuffer>>();
      expectTypeOf((await api.readSubset('a', null, { as: 'float32' })).dtype).toEqualTypeOf<'float32'>();
      expectTypeOf((await claimed.read(null, { scaled: true })).dtype).toEqualTypeOf<'float64'>();
      expectTypeOf((await claimed.read(null, { scaled: false })).dtype).toEqualTypeOf<'int16'>();
      expectTypeOf((await claimed.read(null, { scaled })).dtype).toEqualTypeOf<'int16' | 'float64'>();
      expectTypeOf((await claimed.read(null, { scaled, as: 'int8' })).dtype).toEqualTypeOf<'int8'>();
      expectTypeOf((await claimed.read(null, { mask: true })).dtype).toEqualTypeOf<'int16' | 'uint16'>();
      expectTypeOf((await claimed.read(null, { mask: true, as: 'int8' })).dtype).toEqualTypeOf<'int8'>();
      const cf = await claimed.read(null, { decode: 'cf', mask: true });
      expectTypeOf(cf.dtype).toEqualTypeOf<'int16' | 'uint16' | 'float32' | 'float64'>();
      // A mask that was asked for is never null, and comparing the type still narrows the data.
      expectTypeOf(cf.mask).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
      if (cf.dtype === 'float32') expectTypeOf(cf.data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
      expectTypeOf(claimed.readSync(null, { mask: true }).mask).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
      expectTypeOf((await claimed.read(null, { mask: scaled })).mask).toEqualTypeOf<Uint8Array<ArrayBuffer> | null>();
      expectTypeOf((await claimed.read()).mask).toEqualTypeOf<Uint8Array<ArrayBuffer> | null>();
      const subset = await api.readSubset('a', null, { mask: true });
      expectTypeOf(subset.mask).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
      expectTypeOf((await claimed.read(null, wide)).dtype).toEqualTypeOf<api.RealDType>();
      expectTypeOf((await claimed.read(null, perhaps)).dtype).toEqualTypeOf<'int16' | 'float64'>();
      expectTypeOf((await claimed.read(null, undefined)).dtype).toEqualTypeOf<'int16'>();
      expectTypeOf((await array.read(null, wide)).dtype).toEqualTypeOf<api.DType>();
      expectTypeOf((await api.readSubset('a', null, { scaled: true })).dtype).toEqualTypeOf<'float64'>();
      expectTypeOf((await api.readSubset('a', null, { decode: 'cf' })).dtype).toEqualTypeOf<api.DType>();
      // The type argument states the stored type.
      const claim = await api.readSubset<'int16'>('a', null, { scaled: true });
      expectTypeOf(claim.dtype).toEqualTypeOf<api.RealDType>();
      expectTypeOf((await api.readSubset<'int16'>('a', null, { as: 'int16' })).dtype).toEqualTypeOf<'int16'>();
    });
  });

  test("readInto returns the caller's array", () => {
    checked(async (_, claimed, { wide }) => {
      const shared = new Float32Array(new SharedArrayBuffer(8));
      const { data, dtype } = await claimed.readInto(shared, null, { as: 'float32' });
      expectTypeOf(data).toEqualTypeOf<Float32Array<SharedArrayBuffer>>();
      expectTypeOf(dtype).toEqualTypeOf<'float32'>();
      expectTypeOf((await claimed.readInto(new Int16Array(4))).dtype).toEqualTypeOf<'int16'>();
      expectTypeOf((await claimed.readInto(shared, [0], wide)).dtype).toEqualTypeOf<api.RealDType>();
      expectTypeOf(api.allocate('int16', 4)).toEqualTypeOf<Int16Array<ArrayBuffer>>();
      expectTypeOf(api.allocate('int16', 4, { shared: true })).toEqualTypeOf<Int16Array>();
    });
  });

  test('results can be passed to messages, hashes, files and loops like any typed array', () => {
    checked(async (array) => {
      const { data } = await array.read();
      new MessageChannel().port1.postMessage(data, [data.buffer]);
      await crypto.subtle.digest('SHA-256', data);
      await writeFile('a.bin', data);
      for (const value of data) expectTypeOf(value).toEqualTypeOf<number | bigint>();
    });
  });

  test('a misspelt option does not compile', () => {
    checked((array, _, { open }) => [
      api.openArray('a', open),
      // @ts-expect-error
      api.openArray('a', { treads: 4, engin: 'direct' }),
      // @ts-expect-error
      api.openArray('a', { engine: 'direkt' }),
      // @ts-expect-error
      api.openArray('a', { dtype: 'float33', shape: [1] }),
      // @ts-expect-error
      api.openGroup('a', { treads: 4 }),
      // @ts-expect-error
      api.readSubset('a', null, { foo: 1 }),
      // @ts-expect-error
      api.readSubset('a', null, { as: 'float32', foo: 1 }),
      // @ts-expect-error
      api.readSubset<'int8'>('a', null, { foo: 1 }),
      // @ts-expect-error
      array.read(null, { foo: 1 }),
      // @ts-expect-error
      array.read(null, { as: 'float32', foo: 1 }),
      // @ts-expect-error
      array.readSync(null, { signal: AbortSignal.abort() }),
      // @ts-expect-error
      array.readInto(new Uint8Array(1), null, { overfow: 'clamp' }),
      // @ts-expect-error
      array.read(null, { as: 'complex64' }),
    ]);
  });

  test('the string unions match the names of the native side', () => {
    expectTypeOf<(typeof engineNames)[number]>().toEqualTypeOf<api.Engine>();
    expectTypeOf<(typeof cachePolicies)[number]>().toEqualTypeOf<api.CachePolicy>();
    expectTypeOf<(typeof overflowModes)[number]>().toEqualTypeOf<api.Overflow>();
    expect(engineNames[0]).toBe('auto');
  });

  test('a tag narrows an error to its class', () => {
    checked(() => {
      const error: unknown = null;
      if (api.isPosixParError(error, 'ReadError')) {
        expectTypeOf(error).toEqualTypeOf<api.ReadError>();
        expectTypeOf(error.code).toEqualTypeOf<string>();
      }
      if (api.isPosixParError(error, 'FormatError', 'CodecError')) {
        expectTypeOf(error).toEqualTypeOf<api.FormatError | api.CodecError>();
      }
      if (api.isPosixParError(error) && error._tag === 'SelectionError') {
        expectTypeOf(error.dimension).toEqualTypeOf<number | undefined>();
      }
      expectTypeOf<keyof api.ErrorByTag>().toEqualTypeOf<api.ErrorTag>();
    });
  });
});
