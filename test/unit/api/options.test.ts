/** Tests that options are checked before anything is read, and that unknown options are refused. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchStorage } from '../../../lib/bench/index.js';
import {
  type ArrayHandle,
  configure,
  openArray,
  openGroup,
  parseSelection,
  readSubset,
  saveIndex,
  slice,
} from '../../../lib/index.js';
import { describeStorage, evict, residency } from '../../../lib/storage/index.js';
import { type Fault, failure, withFaults } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
let array: ArrayHandle;

beforeAll(async () => {
  const path = folder.write('numbers.bin', new Uint8Array(24));
  array = await openArray(path, { format: 'raw', dtype: 'uint8', shape: [4, 6] });
});
afterAll(() => array.close());

/** Passes a value of any type, like a caller without TypeScript. */
function untyped(value: unknown): never {
  return value as never;
}

describe('options of a read', () => {
  test.each<[unknown, string]>([
    [5, 'Expected an object for `options`, received 5'],
    [null, 'Expected an object for `options`, received null'],
    [{ overfow: 'wrap' }, 'received `options.overfow`'],
    [{ scaled: 1 }, 'Expected true or false for `options.scaled`, received 1'],
    [{ as: 'complex64' }, 'float32, float64 for `options.as`'],
    [{ overflow: 'saturate' }, "Expected one of 'error', 'clamp', 'wrap' for `options.overflow`"],
    [{ engine: 'fast' }, 'for `options.engine`'],
    [{ priority: 'urgent' }, "Expected one of 'high', 'normal', 'low' for `options.priority`"],
    [{ threads: 0 }, 'Expected an integer from 1 to 4096 for `options.threads`, received 0'],
    [{ coalesce: { gapbytes: 1 } }, 'received `options.coalesce.gapbytes`'],
    [{ coalesce: { maxBytes: -1 } }, 'Expected a non-negative integer for `options.coalesce.maxBytes`'],
  ])('%j throws a TypeError that names the option, in all kinds of read and in explain', async (options, message) => {
    for (const call of [
      () => array.read(null, untyped(options)),
      () => array.readInto(new Uint8Array(24), null, untyped(options)),
      () => array.readSync(null, untyped(options)),
      () => array.explain(null, untyped(options)),
    ]) {
      const error = await failure(call);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(message);
    }
  });

  test.each<[unknown, string]>([
    [{ signal: 1 }, 'Expected an AbortSignal for `options.signal`, received 1'],
    [{ onProgress: 1 }, 'Expected a function for `options.onProgress`, received 1'],
  ])('%j throws a TypeError before the read', async (options, message) => {
    const target = new Uint8Array(24).fill(9);
    expect((await failure(() => array.readInto(target, null, untyped(options)))).message).toBe(message);
    expect(target.every((value) => value === 9)).toBe(true);
    const blocking = await failure(() => array.readSync(null, untyped(options)));
    expect(blocking.message).toMatch(/Expected one of as, .*, received `options\.(signal|onProgress)`/);
  });

  test('opening with an option of reads says where the option belongs', async () => {
    const options = { decode: 'cf' } as object;
    const error = await openArray('/nowhere.npy', options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/`options\.decode` is an option of reads: write read\(selection, \{ decode: … \}\)$/);
  });

  test('undefined values are ignored', async () => {
    const options = untyped({ as: undefined, signal: undefined, onProgress: undefined, scaled: undefined });
    const { shape }: { readonly shape: readonly number[] } = await array.read([0], options);
    expect(shape).toEqual([6]);
  });
});

describe('options of an open', () => {
  test.each<[unknown, string]>([
    [null, 'Expected an object for `options`, received null'],
    [1, 'Expected an object for `options`, received 1'],
    [[], 'Expected an object for `options`, received []'],
    [{ treads: 4 }, 'Expected one of engine, '],
    [{ format: 'npx' }, "Expected one of 'npy', "],
    [
      { engine: 'direkt' },
      "Expected one of 'auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct' for `options.engine`",
    ],
    [{ threads: 5000 }, 'Expected an integer from 1 to 4096 for `options.threads`, received 5000'],
    [{ queueDepth: 0 }, 'Expected an integer from 1 to 4096 for `options.queueDepth`, received 0'],
    [{ signal: 1 }, 'Expected an AbortSignal for `options.signal`, received 1'],
    [{ format: 'raw', dtype: 'float33', shape: [1] }, 'for `options.dtype`'],
    [{ format: 'raw', dtype: 'uint8', shape: [1], at: 1 }, 'Expected nothing (the format raw takes '],
  ])("%j throws a TypeError that names the option and has the caller's stack frame", async (options, message) => {
    const { path } = array;
    for (const open of [openArray, openGroup, (at: string, said: never) => readSubset(at, null, said)]) {
      const error = await failure(async function theCaller() {
        await open(path, untyped(options));
      });
      if (open === openGroup && error.message.startsWith('Not supported: groups')) continue;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(message);
      expect(error.stack).toContain('theCaller');
    }
  });

  test('an option of reads is refused, and the error says where it belongs', async () => {
    const error = await failure(() => openArray(array.path, untyped({ decode: 'cf' })));
    expect(error.message).toBe('`options.decode` is an option of reads: write read(selection, { decode: … })');
  });

  test('options of the following read are checked before anything is opened', async () => {
    const error = await failure(() => readSubset('/nothing', null, untyped({ scaled: 1 })));
    expect(error.message).toBe('Expected true or false for `options.scaled`, received 1');
  });
});

test('arguments of the wrong type throw TypeErrors that name them', async () => {
  expect(() => parseSelection(untyped(1))).toThrow(new TypeError('Expected a string for `text`, received 1'));
  expect(() => slice(untyped('a'))).toThrow(new TypeError("Expected an integer or null for `start`, received 'a'"));
  expect(() => slice(0, 4, untyped(1n))).toThrow(new TypeError('Expected an integer or null for `step`, received 1n'));
  const error = await failure(() => residency(array.path, null, untyped({ bucket: 1 })));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toBe('Expected one of buckets, signal, onProgress, received `options.bucket`');
  expect(await failure(() => array.read(untyped(1)))).toMatchObject({ _tag: 'SelectionError' });
});

test('a handle prints its properties', async () => {
  const { path } = array;
  const shown = `{ format: 'raw', dtype: 'uint8', shape: [ 4, 6 ], path: '${path}' }`;
  expect(inspect(array, { breakLength: Number.POSITIVE_INFINITY })).toBe(`ArrayHandle ${shown}`);
  expect(inspect({ a: { b: array } }, { depth: 1 })).toContain('[ArrayHandle]');
  folder.write('store/.zgroup', '{"zarr_format": 2}');
  const group = await openGroup(folder.at('store'));
  expect(inspect(group, { breakLength: Number.POSITIVE_INFINITY })).toBe(
    `GroupHandle { format: 'zarr', path: '${folder.at('store')}', name: '' }`,
  );
});

test.each([undefined, null, 5, new ArrayBuffer(24), new Uint16Array(24), [1, 2]])(
  'a target that is %s throws a TypeError',
  async (target) => {
    const error = await failure(() => array.readInto(untyped(target)));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^Expected a Uint8Array \(the array is uint8\) for `target`/);
  },
);

test.each([undefined, null, { thread: 2 }, { threads: 0 }, { ioThreads: 1.5 }])(
  'configure(%j) throws a TypeError',
  async (options) => {
    const error = await failure(() => configure(untyped(options)));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^Expected /);
  },
);

test('a slice with a misspelt bound throws a SelectionError', async () => {
  const error = await failure(() => array.read([untyped({ strat: 1 })]));
  expect(error).toMatchObject({ _tag: 'SelectionError' });
  expect(error.message).toBe("Expected start, stop or step in the slice for dimension 0, received 'strat'");
});

test('the result of a read as an entry of a selection throws a SelectionError that says what to pass', async () => {
  const mask = await array.read();
  const error = await failure(() => array.read([untyped(mask)]));
  expect(error).toMatchObject({ _tag: 'SelectionError', dimension: 0 });
  expect(error.message).toMatch(/^Expected an entry .* for dimension 0, received the result of a read.*`readPoints`/);
});

test('refuses a resizable target', async () => {
  const resizable = new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(24, {
    maxByteLength: 48,
  });
  const error = await failure(() => array.readInto(new Uint8Array(resizable)));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(/^Expected memory that cannot be resized for `target`/);
});

test('reports a target that was transferred during the read', async () => {
  const target = new Uint8Array(24);
  const faults: Fault[] = [
    { op: 'pread', action: 'cold', times: 0, path: 'numbers.bin' },
    { op: 'pread', action: 'delay', value: 100, path: 'numbers.bin' },
  ];
  // Transfers the memory to a new buffer during the read. This buffer must stay alive until the read has ended.
  const error = await withFaults(faults, async () => {
    const reading = failure(() => array.readInto(target, null, { engine: 'pread' }));
    const kept = structuredClone(target.buffer, { transfer: [target.buffer] });
    const found = await reading;
    expect(kept.byteLength).toBe(24);
    return found;
  });
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toBe('The buffer of `target` was transferred while it was being read into');
});

test('rejects an empty path instead of using the current directory', async () => {
  const calls = [describeStorage, residency, evict, benchStorage, saveIndex];
  for (const call of calls) {
    const error = await failure(() => call(''));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe("Expected a path that is not empty for `path`, received ''");
  }
});
