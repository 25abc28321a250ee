/** Tests texts of variable length in Zarr stores made by hand: damage, limits, concurrent changes. */
import * as fs from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { finish } from '../../../../lib/core/checkpoint.js';
import { parseVariable } from '../../../../lib/formats/zarr/variable-text.js';
import { type FormatError, openArray, openText, type PosixParError, slice } from '../../../../lib/index.js';
import { TemporaryDirectory } from '../../../support/temporary.js';

const directory = new TemporaryDirectory();
let stores = 0;

/** Encodes texts as `vlen-utf8` does. */
function encode(texts: readonly string[]): Buffer {
  const parts = [u32(texts.length)];
  for (const text of texts) {
    const bytes = Buffer.from(text);
    parts.push(u32(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

interface Store {
  readonly shape?: readonly number[];
  readonly chunks?: readonly number[];
  readonly compressor?: unknown;
  readonly filters?: unknown;
  readonly fill?: unknown;
}

/** Writes an array of Zarr v2 and returns its path. */
function writeStore(chunks: Readonly<Record<string, Uint8Array>>, given: Store = {}): string {
  const path = directory.at(`store-${stores++}.zarr`);
  fs.mkdirSync(path);
  const { shape = [4], chunks: chunkShape = [2], compressor = null, fill = '' } = given;
  const filters = given.filters === undefined ? [{ id: 'vlen-utf8' }] : given.filters;
  const document = { zarr_format: 2, shape, chunks: chunkShape, dtype: '|O', order: 'C', compressor, filters };
  fs.writeFileSync(`${path}/.zarray`, JSON.stringify({ ...document, fill_value: fill }));
  for (const [name, bytes] of Object.entries(chunks)) fs.writeFileSync(`${path}/${name}`, bytes);
  return path;
}

async function readAll(path: string): Promise<readonly string[]> {
  await using array = await openText(path);
  return (await array.read()).data;
}

describe('texts of variable length', () => {
  test('absent chunks have the fill value', async () => {
    const path = writeStore({ '1': encode(['ü', '']) }, { fill: 'none' });
    expect(await readAll(path)).toEqual(['none', 'none', 'ü', '']);
    await using array = await openText(path);
    const { data, stats } = await array.read([slice(3, null, -1)]);
    expect(data).toEqual(['', 'ü', 'none', 'none']);
    expect(stats.chunks).toBe(1);
  });

  test.each([
    ['an empty chunk', Buffer.alloc(0), 'expected the number of elements in the decoded chunk, found 0 bytes'],
    ['another number of elements', encode(['a']), 'expected 2 elements in the decoded chunk, found 1'],
    ['a huge number of elements', Buffer.concat([u32(0xffffffff), Buffer.alloc(64)]), 'expected 2 elements'],
    ['missing lengths', u32(2), 'expected at least 12 bytes for 2 elements'],
    ['a length beyond the chunk', Buffer.concat([u32(2), u32(1), Buffer.from('a'), u32(0xffffffff)]), 'element 1'],
    ['a truncated chunk', encode(['abc', 'def']).subarray(0, -1), 'expected 3 bytes of element 1 at byte 15'],
    ['more bytes', Buffer.concat([encode(['a', 'b']), Buffer.alloc(3)]), 'found 3 more bytes'],
  ])('%s is a FormatError with the file', async (_, chunk, message) => {
    const path = writeStore({ '0': encode(['a', 'b']), '1': chunk });
    const error = (await readAll(path).catch((thrown: unknown) => thrown)) as FormatError;
    expect(error.message).toContain(message);
    expect(error.message).toContain(`${path}/1 at byte 0`);
    expect(error._tag).toBe('FormatError');
    // Other chunks can still be read.
    await using array = await openText(path);
    expect((await array.read([slice(0, 2)])).data).toEqual(['a', 'b']);
  });

  test('each truncation of a compressed chunk is an error', async () => {
    for (const [compressor, bytes] of [
      [{ id: 'zlib', level: 1 }, zlib.deflateSync(encode(['hello', 'world']))],
      [{ id: 'gzip', level: 1 }, zlib.gzipSync(encode(['hello', 'world']))],
    ] as const) {
      expect(await readAll(writeStore({ '0': bytes }, { shape: [2], compressor }))).toEqual(['hello', 'world']);
      for (let length = 0; length < bytes.length; length++) {
        const path = writeStore({ '0': bytes.subarray(0, length) }, { shape: [2], compressor });
        const error = (await readAll(path).catch((thrown: unknown) => thrown)) as PosixParError;
        expect([length, error._tag]).toEqual([length, 'CodecError']);
        expect(error.message).toContain(`${path}/0`);
      }
    }
  });

  test('a stated size above the limit is refused before memory is allocated', async () => {
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const path = writeStore({ '0': header }, { compressor: { id: 'zstd', level: 1 } });
    await expect(readAll(path)).rejects.toThrow(/a chunk of text of 4294967296 decoded bytes.*1073741824 bytes/);
  });

  test('a chunk that does not state its size may be much larger than its stored bytes', async () => {
    const texts = ['x'.repeat(8_000_000), ''];
    const bytes = zlib.deflateSync(encode(texts));
    expect(bytes.length * 32).toBeLessThan(8_000_000);
    const path = writeStore({ '0': bytes, '1': bytes }, { compressor: { id: 'zlib', level: 1 } });
    expect(await readAll(path)).toEqual([...texts, ...texts]);
  });

  test('finds the elements of a chunk in linear time', () => {
    const time = (count: number): number => {
      const chunk = Buffer.alloc(4 + 4 * count);
      chunk.writeUInt32LE(count);
      const begin = process.cpuUsage();
      expect(finish(parseVariable(chunk, count, { path: 'x' })).ends.at(-1)).toBe(chunk.length);
      const { user, system } = process.cpuUsage(begin);
      return user + system;
    };
    time(100_000);
    expect(time(1_000_000)).toBeLessThan(20 * Math.max(5000, time(100_000)));
  });

  test('names the filter of other objects', async () => {
    const path = writeStore({}, { filters: [{ id: 'json2' }] });
    await expect(openText(path)).rejects.toThrow("Zarr arrays of objects (dtype |O, stored by the filter 'json2')");
    await expect(openText(writeStore({}, { filters: null }))).rejects.toThrow('Zarr arrays of objects (dtype |O)');
  });

  test('openArray refuses them; a closed array refuses reads', async () => {
    const path = writeStore({});
    await expect(openArray(path)).rejects.toThrow('Read them with openText');
    await expect(openArray(path, { mode: 'r+' })).rejects.toThrow('Read them with openText');
    const array = await openText(path);
    await array.close();
    await expect(array.read()).rejects.toThrow('was closed');
  });

  test('a chunk that is replaced during reads has its old or its new content', async () => {
    const texts = [
      ['old', 'old'],
      ['new and longer', 'new and longer'],
    ];
    const path = writeStore({ '0': encode(texts[0] ?? []), '1': encode(texts[0] ?? []) });
    let isRunning = true;
    const writer = (async () => {
      for (let i = 0; isRunning; i++) {
        fs.writeFileSync(`${path}/next`, encode(texts[i % 2] ?? []));
        fs.renameSync(`${path}/next`, `${path}/${i % 3 === 0 ? 1 : 0}`);
        await new Promise((resolve) => setTimeout(resolve, 10)); // A read tries again only a few times.
      }
    })();
    await using array = await openText(path);
    for (let i = 0; i < 60; i++) {
      const { data } = await array.read();
      for (const [a, b] of [data.slice(0, 2), data.slice(2)]) {
        expect(['old', 'new and longer']).toContain(a);
        expect(b).toBe(a);
      }
    }
    isRunning = false;
    await writer;
  });
});
