/** Tests that excessive sizes in metadata are refused with the path and a reason, before they reach the native code. */
import { describe, expect, test } from 'vitest';
import { checkChunkBytes, maxEncodedChunkBytes, maxPlainChunkBytes } from '../../../lib/core/limits.js';
import { openArray, slice } from '../../../lib/index.js';
import { failure } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { tiledbFiles } from '../../support/tiledb-bytes.js';
import { arrayV2, arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
let stores = 0;
const store = (files: Readonly<Record<string, object | string>>): string =>
  writeFiles(folder.at(`store${stores++}`), files);

describe('chunks', () => {
  test('are refused above the limit of their storage kind', () => {
    for (const [storage, most] of [
      ['encoded', maxEncodedChunkBytes],
      ['plain', maxPlainChunkBytes],
    ] as const) {
      expect(() => checkChunkBytes(most, storage, 'chunks', '/a')).not.toThrow();
      for (const bytes of [most + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => checkChunkBytes(bytes, storage, 'chunks', '/a')).toThrow(/^Not supported: chunks of .*\(\/a\)/);
      }
    }
  });

  const shape = [2 ** 40];
  const compressor = { id: 'zlib', level: 1 };
  const grid = (extent: number): object => ({ name: 'regular', configuration: { chunk_shape: [extent] } });
  const codecs = [
    { name: 'bytes', configuration: { endian: 'little' } },
    { name: 'gzip', configuration: { level: 1 } },
  ];
  const types = (extent: number, encoded: boolean): readonly Readonly<Record<string, object>>[] => [
    { '.zarray': arrayV2({ shape, chunks: [extent], ...(encoded ? { compressor } : {}) }) },
    { 'zarr.json': arrayV3({ shape, chunk_grid: grid(extent), ...(encoded ? { codecs } : {}) }) },
  ];

  test('of Zarr are refused on open if they are encoded and larger than 8 GiB', async () => {
    for (const files of types(2 ** 32 + 1, true)) {
      const path = store(files);
      const error = await failure(() => openArray(path));
      expect(error).toMatchObject({ _tag: 'UnsupportedError', what: `Zarr chunks of ${2 ** 33 + 2} bytes` });
      expect(error.message).toContain(path);
    }
    for (const files of [...types(2 ** 32, true), ...types(2 ** 39, false)]) {
      await using array = await openArray<'int16'>(store(files));
      expect([...(await array.read([slice(5, 8)])).data]).toEqual([0, 0, 0]);
    }
  });

  test('of TileDB are refused above the limit', async () => {
    const dimension = { name: 'x', lo: 0, hi: 2 ** 30 - 1, extent: 2 ** 30 };
    const spec = { version: 22, attributes: [{ name: 'v' }], tileOrder: 'row', cellOrder: 'row' } as const;
    const write = (name: string, dimensions: readonly (typeof dimension)[]): string => {
      for (const [file, bytes] of Object.entries(tiledbFiles({ ...spec, dimensions, fragments: [] })))
        folder.write(`${name}/${file}`, bytes);
      return folder.at(name);
    };
    const few = write('tiles4', [dimension]);
    const many = write('tiles12', [dimension, { name: 'y', lo: 0, hi: 2, extent: 3 }]);
    await using array = await openArray(few);
    expect(array.chunkShape).toEqual([2 ** 30]);
    expect(await failure(() => openArray(many))).toMatchObject({
      _tag: 'UnsupportedError',
      what: `TileDB tiles of ${3 * 2 ** 32} bytes`,
      path: many,
    });
  });

  test('are refused before planning if there are too many for one read', async () => {
    const path = store({ '.zarray': arrayV2({ shape: [2 ** 14, 2 ** 14], chunks: [1, 1], dtype: '|u1' }) });
    await using array = await openArray(path);
    for (const read of [() => array.read(), () => array.readSync(), () => array.explain()]) {
      expect(await failure(read)).toMatchObject({
        _tag: 'UnsupportedError',
        what: `a selection of ${2 ** 28} chunks`,
        path,
      });
    }
    const few = await array.read([slice(null, null, 2 ** 12), slice(7, 9)]);
    expect(few.stats.chunks).toBe(8);
  });
});

describe('locations', () => {
  test('beyond 2^53 in kerchunk references are refused', async () => {
    const at = (offset: number): string =>
      folder.write(
        `refs${stores++}.json`,
        JSON.stringify({
          version: 1,
          refs: {
            'a/.zarray': JSON.stringify(arrayV2({ shape: [4], chunks: [2] })),
            'a/0': ['data', offset, 2],
          },
          gen: [{ key: 'a/{{i}}', url: 'data', offset, length: 2, dimensions: { i: [1] } }],
        }),
      );
    const path = at(Number.MAX_SAFE_INTEGER - 1);
    const open = async (): Promise<unknown> => (await openArray(path, { array: 'a' })).read();
    expect(await failure(open)).toMatchObject({ _tag: 'FormatError', path });
  });

  test('with more template fields than the maximum rank are refused', async () => {
    const named = (fields: number): string =>
      store({
        'tiles.json': {
          version: 1,
          shape: [4],
          tileShape: [4],
          dtype: 'uint8',
          path: `t${'{0}_'.repeat(fields)}`,
        },
      });
    const path = named(33);
    expect(await failure(() => openArray(path))).toMatchObject({ _tag: 'FormatError', path: `${path}/tiles.json` });
    await using array = await openArray<'uint8'>(named(32));
    expect([...(await array.read()).data]).toEqual([0, 0, 0, 0]);
  });
});
