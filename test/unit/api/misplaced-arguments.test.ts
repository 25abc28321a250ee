// Tests the errors of calls that would be right in other libraries. Each error must tell the user what to write.
import { mkdirSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { concat, createArray, openArray, openGroup, slice } from '../../../lib/index.js';
import { openForTests } from '../../support/opened-arrays.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const cube = writeNpy(folder, 'cube.npy', [6, 4, 5]);

/** Type of a method that accepts arguments of any type, as it does in JavaScript. */
type Loose = (...args: readonly unknown[]) => Promise<unknown>;

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
  return error instanceof Error ? error.message : String(error);
}

describe('arguments of a read', () => {
  it.each([
    ['a number', [0], 'received 0: write [0]'],
    ['several numbers', [0, 10], 'received 10: write the selection as one list, such as [0, 10]'],
  ] as const)('%s', async (_, args, message) => {
    const array = await openForTests(cube);
    expect(await messageOf((array.read as Loose).call(array, ...args))).toContain(message);
  });

  it('does not take the bytes of a bool array for indices', async () => {
    const array = await openForTests(cube);
    for (const Bytes of [Uint8Array, Int8Array]) {
      const message = await messageOf((array.read as Loose).call(array, [Bytes.of(1, 0, 1, 0, 0, 1)]));
      expect(message).toBe(
        'Expected indices or booleans for dimension 0, received 6 bytes that are 0 or 1. ' +
          'If they are a mask, write Array.from(mask, Boolean)',
      );
    }
    const mask = Array.from(Uint8Array.of(1, 0, 1, 0, 0, 1), Boolean);
    expect((await array.read([mask, 0, 0])).data).toEqual(Float32Array.of(0, 40, 100));
    // These arguments are lists of indices and not masks: the first has fewer entries than the dimension has indices,
    // the second contains a number other than 0 and 1, and the third is an ordinary array.
    const shapeOf = async (indices: unknown) =>
      ((await (array.read as Loose).call(array, [indices, 0, 0])) as { readonly shape: unknown }).shape;
    for (const indices of [Uint8Array.of(0, 1, 1), Uint8Array.of(0, 1, 2, 0, 0, 1), [1, 0, 1, 0, 0, 1]])
      expect(await shapeOf(indices)).toEqual([indices.length]);
    const narrow = await openForTests(writeNpy(folder, 'narrow.npy', [2]));
    expect(await (narrow.read as Loose).call(narrow, [Uint8Array.of(1, 0)])).toMatchObject({ shape: [2] });
  });
});

describe('arguments of other calls', () => {
  it('says how to name an array', async () => {
    const message = await messageOf((openArray as Loose)(cube, '/entry/data'));
    expect(message).toBe(
      "Expected an object for `options`, received '/entry/data': name an array as { array: '…' }, or in the path after #",
    );
  });

  it('says that a result is no selection', async () => {
    const out = await createArray(folder.at('out.npy'), { shape: [6, 4, 5], dtype: 'float32' });
    const result = await (await openForTests(cube)).read();
    expect(await messageOf((out.write as Loose).call(out, result))).toContain('pass null as the selection');
    expect(await messageOf((out.write as Loose).call(out, result.data))).toContain(
      'Expected an array of entries, a string or null for the selection, received an object',
    );
    await out.discard();
  });

  it('says which endings a new array may have', async () => {
    const options = { shape: [2], dtype: 'int8' } as const;
    expect(await messageOf(createArray('mean.nc', options))).toMatch(
      /^Expected a path that ends with \.npy or \.zarr, or one of 'npy', .* for `options\.format`, received '.*mean\.nc'$/,
    );
  });

  it('says once that a target exists', async () => {
    const message = await messageOf(createArray(cube, { shape: [2], dtype: 'int8' }));
    expect(message).toBe(`Cannot create ${cube}: it exists, and \`options.overwrite\` is not set`);
  });

  it('offers both modes of opening', async () => {
    expect(await messageOf((openArray as Loose)(cube, { mode: 'w' }))).toContain("one of 'r', 'r+' for `options.mode`");
  });
});

describe('paths', () => {
  it('says how to name an array if a part of the path is a file', async () => {
    expect(await messageOf(openArray(`${cube}/entry/data`))).toBe(
      `No such file or directory: ${cube}/entry/data. 'cube.npy' is a file: write 'cube.npy#/entry/data' for an array or group in it`,
    );
    mkdirSync(folder.at('empty'));
    const absent = folder.at('empty/a/b.npy');
    expect(await messageOf(openGroup(absent))).toBe(`No such file or directory: ${absent}`);
  });

  it.each([
    ['a TIFF image', [0x49, 0x49, 0x2a, 0]],
    ['a BigTIFF image', [0x4d, 0x4d, 0, 0x2b]],
    ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
    ['a JPEG image', [0xff, 0xd8, 0xff, 0xe0]],
  ])('names %s', async (name, bytes) => {
    const path = folder.write(`${bytes.join('-')}.img`, Uint8Array.from([...bytes, 0, 0, 0, 0]));
    expect(await messageOf(openArray(path))).toBe(
      `Not supported: ${name} (${path}). Read images with a library such as sharp or geotiff`,
    );
  });
});

describe('stack traces', () => {
  const calls: readonly [string, () => Promise<unknown>][] = [
    ['an option', () => (openArray as Loose)(cube, { mode: 'w' })],
    ['a path', () => (openGroup as Loose)(7)],
    ['a format', () => createArray('mean.nc', { shape: [2], dtype: 'int8' })],
    ['text', async () => await (await openForTests(cube)).read('0;10')],
  ];
  it.each(calls)('of an error about %s begin in the caller', async (_, call) => {
    const error = await call().then(
      () => null,
      (error: unknown) => error as Error,
    );
    const [first = ''] = error?.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
    expect(first).toContain('misplaced-arguments.test.ts');
  });
});

describe('console.log', () => {
  it('shows views and joined arrays', async () => {
    const array = await openForTests(cube);
    expect(inspect(array.view([slice(2, 4), 0]), { breakLength: 200 })).toBe(
      `ArrayView { dtype: 'float32', shape: [ 2, 5 ], path: '${cube}' }`,
    );
    expect(inspect(concat([array, array]))).toBe("VirtualArray { dtype: 'float32', shape: [ 12, 4, 5 ], parts: 2 }");
  });
});
