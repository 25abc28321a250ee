/** Tests partial reductions: parts merged in any order equal one reduction, and damaged bytes are refused. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  configure,
  FormatError,
  openArray,
  PartialReduction,
  partialReduce,
  type Reduction,
  SelectionError,
  slice,
} from '../../../lib/index.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const operations: readonly Reduction[] = ['count', 'min', 'max', 'sum', 'mean', 'std'];
const codes = ['|u1', '|i1', '<u2', '<i2', '<i4', '<u4', '<i8', '<u8', '<f2', '<f4', '<f8', '<c8', '<c16'];

function list({ data }: { readonly data: ArrayLike<number | bigint> }): (number | bigint)[] {
  return Array.from(data);
}

function bytesOf({ data, mask }: { readonly data: ArrayBufferView; readonly mask: Uint8Array | null }): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return `${bytes.toString('hex')} ${mask === null ? '' : Buffer.from(mask).toString('hex')}`;
}

/** Splits the rows into parts at random. */
function randomParts(random: Random, rows: number): readonly (readonly [number, number])[] {
  const cuts = [0, ...Array.from({ length: random.below(6) }, () => random.below(rows + 1)), rows];
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => [cuts[i] ?? 0, end] as const);
}

/** Returns finite numbers of very different sizes: random bits, except that exponents of floats are limited. */
function randomBytes(random: Random, code: string, count: number): Uint8Array {
  const size = Number(code.slice(2));
  if (code[1] !== 'f' && code[1] !== 'c') return Uint8Array.from({ length: count * size }, () => random.below(256));
  const number = (): number => (random.next() - 0.5) * 2 ** (random.below(20) - 5);
  if (size === 2) return new Uint8Array(Uint16Array.from({ length: count }, () => random.below(0x7c00)).buffer);
  const isSingle = code === '<f4' || code === '<c8';
  const numbers = Array.from({ length: code[1] === 'c' ? 2 * count : count }, number);
  return new Uint8Array(isSingle ? Float32Array.from(numbers).buffer : Float64Array.from(numbers).buffer);
}

describe('a partial reduction', () => {
  const seed = testSeed();

  it.for(codes)(`equals one reduction, whatever the parts and their order: %s (seed ${seed})`, async (code) => {
    const random = new Random(seed);
    const shape = [17, 6, 5];
    const content = npyBytes(npyDict(code, false, shape), randomBytes(random, code, 17 * 30));
    const array = await openForTests(folder.write(`${code.slice(1)}.npy`, content));
    const possible = code[1] === 'c' ? (['count', 'sum', 'mean'] as const) : operations;
    try {
      for (const operation of possible) {
        for (const axis of [undefined, 0, [0, 1], [0, 2], [1, 2], 1]) {
          const options = { ...(axis === undefined ? {} : { axis }), keepDims: random.below(2) === 0 };
          const isRowReduced = axis === undefined || axis === 0 || (Array.isArray(axis) && axis.includes(0));
          // 64-bit integers of random bits do not fit if they are added.
          const isTooLarge = operation === 'sum' && (code === '<i8' || code === '<u8');
          if (!isRowReduced || isTooLarge) continue;
          configure({ threads: random.pick([1, 2, 4]) });
          const whole = await array.reduce(operation, options);
          const parts: PartialReduction[] = [];
          for (const [begin, end] of randomParts(random, 17)) {
            const selection = [slice(begin, end)];
            const budgetBytes = random.pick([2_000, 2 ** 27]);
            parts.push(await partialReduce(array, operation, { ...options, selection, budgetBytes }));
          }
          while (parts.length > 1) {
            const [from] = parts.splice(random.below(parts.length), 1);
            const to = parts[random.below(parts.length)];
            if (from === undefined || to === undefined) throw new Error('no part is left');
            await to.merge(random.below(2) === 0 ? from : PartialReduction.fromBytes(from.toBytes()));
          }
          const merged = await parts[0]?.finish();
          expect([merged?.shape, merged?.dtype, merged && bytesOf(merged)], `${operation} ${axis}`).toEqual([
            whole.shape,
            whole.dtype,
            bytesOf(whole),
          ]);
        }
      }
    } finally {
      configure({ threads: availableParallelism() });
    }
  });

  it('keeps dimensions that are not reduced, and works on views', async () => {
    const array = await openForTests(writeNpy(folder, 'view.npy', [6, 8], { dtype: 'float64' }));
    const view = array.view([slice(null, null, -2), slice(1, 5)]);
    const part = await partialReduce(view, 'sum', { axis: 1 });
    expect([part.operation, part.elementType, part.shape]).toEqual(['sum', 'float64', [3]]);
    const result = await part.finish();
    expect(list(result)).toEqual([170, 106, 42]);
    expect(result.stats.bytesRead).toBeGreaterThan(0);
  });

  it('leaves out missing elements and marks results without elements', async () => {
    const value = (index: number): number => (index % 4 === 1 ? Number.NaN : index);
    const array = await openForTests(writeNpy(folder, 'nan.npy', [4, 4], { dtype: 'float64', value }));
    const top = await partialReduce(array, 'max', { axis: 0, skipMissing: true, selection: [slice(0, 2)] });
    const bottom = await partialReduce(array, 'max', { axis: 0, skipMissing: true, selection: [slice(2, 4)] });
    await top.merge(bottom);
    const result = await top.finish();
    expect([list(result), Array.from(result.mask ?? [])]).toEqual([
      [12, Number.NaN, 14, 15],
      [0, 1, 0, 0],
    ]);
  });

  it('may have no elements, as long as others are merged into it', async () => {
    const array = await openForTests(writeNpy(folder, 'none.npy', [4, 4]));
    const none = await partialReduce(array, 'min', { axis: 0, selection: [slice(2, 2)] });
    await expect(none.finish()).rejects.toThrow(SelectionError);
    await none.merge(await partialReduce(array, 'min', { axis: 0, selection: [slice(1, 3)] }));
    expect(list(await none.finish())).toEqual([4, 5, 6, 7]);
  });

  it('can be finished several times, and at the same time as it is merged', async () => {
    const array = await openForTests(writeNpy(folder, 'again.npy', [64, 64], { dtype: 'float64' }));
    const total = await partialReduce(array, 'sum', { axis: 0, selection: [slice(0, 1)] });
    const results = [];
    for (let row = 1; row < 64; row++) {
      const part = await partialReduce(array, 'sum', { axis: 0, selection: [slice(row, row + 1)] });
      results.push(total.merge(part), total.finish());
    }
    await Promise.all(results);
    expect(list(await total.finish())).toEqual(list(await array.reduce('sum', { axis: 0 })));
  });

  it('travels from a worker as bytes', async () => {
    const path = writeNpy(folder, 'worker.npy', [100, 30], { dtype: 'float64', value: (i) => i / 7 });
    const array = await openForTests(path);
    const total = await partialReduce(array, 'std', { axis: 0, selection: [slice(0, 40)] });
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      const part = total.toBytes();
      const worker = new Worker(
        "require('node:worker_threads').parentPort.once('message', (m) => { require('node:worker_threads').parentPort.postMessage(m); });",
        { eval: true },
      );
      worker.once('message', resolve).once('error', reject);
      worker.postMessage(part);
    });
    const copy = PartialReduction.fromBytes(bytes);
    await copy.merge(await partialReduce(array, 'std', { axis: 0, selection: [slice(40, 100)] }));
    expect(bytesOf(await copy.finish())).toBe(bytesOf(await array.reduce('std', { axis: 0 })));
  });

  it('refuses to merge another kind of reduction, naming the difference', async () => {
    const array = await openForTests(writeNpy(folder, 'kinds.npy', [4, 6], { dtype: 'float64' }));
    const mean = await partialReduce(array, 'mean', { axis: 0 });
    const other = async (operation: Reduction, options: object): Promise<unknown> =>
      mean.merge((await partialReduce(array, operation, options)) as PartialReduction);
    await expect(other('sum', { axis: 0 })).rejects.toThrow("Expected the operation 'mean' for `other.operation`");
    await expect(other('mean', { axis: 1 })).rejects.toThrow('Expected the shape [6] for `other.shape`, received [4]');
    await expect(other('mean', { axis: 0, as: 'float32' })).rejects.toThrow("Expected the elementType 'float64'");
    await expect(other('mean', { axis: 0, skipMissing: true })).rejects.toThrow('the same `skipMissing` and `ddof`');
    await expect(mean.merge(mean)).rejects.toThrow('Expected another partial reduction for `other`');
    await expect(mean.merge({} as PartialReduction)).rejects.toThrow(TypeError);
    await expect(partialReduce(array, 'histogram' as 'sum')).rejects.toThrow("Expected 'count', 'min', 'max'");
    await expect(partialReduce({} as typeof array, 'sum')).rejects.toThrow('Expected an open array for `array`');
    expect(list(await mean.finish())).toEqual(list(await array.reduce('mean', { axis: 0 })));
  });
});

describe('bytes of a partial reduction', () => {
  const seed = testSeed();

  async function sample(): Promise<Uint8Array> {
    const path = writeNpy(folder, 'bytes.npy', [3, 4], { dtype: 'float32' });
    await using array = await openArray(path);
    return (await partialReduce(array, 'mean', { axis: 0 })).toBytes();
  }

  it('may be in a Buffer, which is a part of a larger ArrayBuffer', async () => {
    const bytes = await sample();
    const total = PartialReduction.fromBytes(Buffer.from(bytes));
    await total.merge(PartialReduction.fromBytes(Buffer.from(bytes)));
    expect(list(await total.finish())).toEqual(list(await PartialReduction.fromBytes(bytes).finish()));
  });

  it('are refused if they are cut, too long, or of another kind or version', async () => {
    const bytes = await sample();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => PartialReduction.fromBytes(bytes.subarray(0, length))).toThrow(FormatError);
    }
    expect(() => PartialReduction.fromBytes(new Uint8Array([...bytes, 0]))).toThrow(
      /^Expected 256 bytes of states, found 257 \(partial reduction at byte \d+\)$/,
    );
    const newer = bytes.slice();
    newer[8] = 2;
    expect(() => PartialReduction.fromBytes(newer)).toThrow('Expected version 1, found 2');
    expect(() => PartialReduction.fromBytes('PPREDUCE' as unknown as Uint8Array)).toThrow(TypeError);
  });

  it.each([
    ['operation', 'digits'],
    ['elementType', 'complex64'],
    ['shape', [-1]],
    ['shape', [2 ** 40, 2 ** 40]],
    ['skipMissing', 1],
    ['ddof', 0.5],
    ['elements', '12'],
  ])('are refused if `%s` is %j', async (key, value) => {
    const bytes = await sample();
    const start = 16 + new DataView(bytes.buffer).getUint32(12, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, start))) as Record<string, unknown>;
    const operation = key === 'elementType' ? { operation: 'max' } : {};
    const text = new TextEncoder().encode(JSON.stringify({ ...header, ...operation, [key]: value }));
    const changed = new Uint8Array([...bytes.subarray(0, 16), ...text, ...bytes.subarray(start)]);
    new DataView(changed.buffer).setUint32(12, text.length, true);
    expect(() => PartialReduction.fromBytes(changed)).toThrow(FormatError);
  });

  it(`never crash, whatever their states are (seed ${seed})`, { timeout: 60_000 }, async () => {
    const random = new Random(seed);
    for (const code of ['<f2', '<f4', '<f8', '<i8', '|u1']) {
      const array = await openForTests(
        folder.write(
          `hostile${code.slice(1)}.npy`,
          npyBytes(npyDict(code, false, [2, 3]), new Uint8Array(6 * Number(code.slice(2)))),
        ),
      );
      for (const operation of operations) {
        const bytes = (await partialReduce(array, operation, { axis: 0 })).toBytes();
        const start = 16 + new DataView(bytes.buffer).getUint32(12, true);
        for (let round = 0; round < 20; round++) {
          const extreme = random.below(4);
          for (let i = start; i < bytes.length; i++)
            bytes[i] = extreme < 2 ? random.below(256) : extreme === 2 ? 255 : 0;
          const hostile = PartialReduction.fromBytes(bytes);
          await hostile.merge(PartialReduction.fromBytes(bytes));
          await hostile.finish().then(
            ({ data }) => expect(data.length).toBe(3),
            (error) => expect(error).toMatchObject({ _tag: 'ConversionError' }),
          );
        }
      }
    }
  });
});
