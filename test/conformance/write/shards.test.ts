/** Tests how writes rewrite shards: what they copy, what they read, and what is left after a failure. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CodecError, createArray, readSubset, slice, type WritableArrayHandle } from '../../../lib/index.js';
import { errno, failure, untilHeld, whileHeld, withFaults } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
let next = 0;

/** Creates an array of 8 × 6 elements whose shards have 4 × 2 chunks of 1 × 3 elements. */
async function create(
  threads = 4,
): Promise<{ out: WritableArrayHandle<'int32'>; path: string; shard: (name: string) => string }> {
  next += 1;
  const path = folder.at(`${next}.zarr`);
  const shape = [8, 6];
  const chunkShape = [1, 3];
  const out = await createArray(path, {
    shape,
    dtype: 'int32',
    chunkShape,
    shardShape: [4, 6],
    fillValue: -1,
    threads,
  });
  const shard = (name: string): string => {
    const partial = fs.readdirSync(folder.path).find((entry) => entry.startsWith(`.${next}.zarr.`));
    return `${folder.path}/${partial}/${name}`;
  };
  return { out, path, shard };
}

function filesOf(path: string): string[] {
  const names = fs.readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => fs.statSync(`${path}/${name}`).isFile()).sort();
}

/** Returns offset and length of a chunk, from the index at the end of a shard of 8 chunks. */
function rangeOf(shard: Buffer, chunk: number): { offset: number; length: number } {
  const at = shard.length - 132 + 16 * chunk;
  return { offset: Number(shard.readBigUInt64LE(at)), length: Number(shard.readBigUInt64LE(at + 8)) };
}

describe('a write into shards', () => {
  test('stores one file per shard, and counts shards and chunks', async () => {
    const { out, path } = await create();
    expect(out.chunkShape).toEqual([1, 3]);
    expect(out.shardShape).toEqual([4, 6]);
    const stats = await out.write(
      null,
      Int32Array.from({ length: 48 }, (_, i) => i),
    );
    expect(stats).toMatchObject({ chunks: 16, chunksMerged: 0, chunksOmitted: 0, shards: 2, bytesRead: 0 });
    await out.close();
    expect(filesOf(path)).toEqual(['c/0/0', 'c/1/0', 'zarr.json']);
    expect([...(await readSubset<'int32'>(path, [7])).data]).toEqual([42, 43, 44, 45, 46, 47]);
  });

  test('copies chunks that it does not touch without decoding them', async () => {
    const { out, path, shard } = await create();
    await out.write([slice(0, 4)], new Int32Array(24).fill(7));
    const name = shard('c/0/0');
    const before = fs.readFileSync(name);
    const damaged = rangeOf(before, 5);
    before.fill(0xff, damaged.offset, damaged.offset + damaged.length);
    fs.writeFileSync(name, before);
    const stats = await out.write([0, slice(0, 3)], Int32Array.of(1, 2, 3));
    expect(stats).toMatchObject({ chunks: 1, chunksMerged: 0, shards: 1 });
    const after = fs.readFileSync(name);
    for (let chunk = 1; chunk < 8; chunk++) {
      const [from, to] = [rangeOf(before, chunk), rangeOf(after, chunk)];
      expect(after.subarray(to.offset, to.offset + to.length)).toEqual(
        before.subarray(from.offset, from.offset + from.length),
      );
    }
    await out.close();
    expect([...(await readSubset<'int32'>(path, [0])).data]).toEqual([1, 2, 3, 7, 7, 7]);
    expect(await failure(() => readSubset(path, [2]))).toBeInstanceOf(CodecError);
  });

  test('decodes only the chunks of which it changes a part', async () => {
    const { out, path } = await create();
    await out.write([slice(0, 4)], new Int32Array(24).fill(7));
    expect(await out.write([slice(0, 2), slice(2, 4)], Int32Array.of(1, 2, 3, 4))).toMatchObject({
      chunks: 4,
      chunksMerged: 4,
      shards: 1,
    });
    await out.close();
    const { data } = await readSubset<'int32'>(path, [slice(0, 3)]);
    expect([...data]).toEqual([7, 7, 1, 2, 7, 7, 7, 7, 3, 4, 7, 7, 7, 7, 7, 7, 7, 7]);
  });

  test('leaves out chunks with only the fill value, and removes a shard without chunks', async () => {
    const { out, path, shard } = await create();
    await out.write([slice(0, 4)], new Int32Array(24).fill(7));
    expect(await out.write([slice(0, 3)], new Int32Array(18).fill(-1))).toMatchObject({ chunks: 6, chunksOmitted: 6 });
    const stored = fs.readFileSync(shard('c/0/0'));
    expect(rangeOf(stored, 5)).toEqual({ offset: 2 ** 64, length: 2 ** 64 });
    expect(await out.write([3], new Int32Array(6).fill(-1))).toMatchObject({ chunksOmitted: 2, shards: 0 });
    await out.close();
    expect(filesOf(path)).toEqual(['zarr.json']);
    expect(new Set((await readSubset<'int32'>(path)).data)).toEqual(new Set([-1]));
  });

  test('stores the same bytes for the same elements, in any order of the writes', async () => {
    const contents: Buffer[] = [];
    for (const rows of [
      [0, 1, 2, 3],
      [3, 1, 2, 0],
    ]) {
      const { out, shard } = await create();
      for (const row of rows) await out.write([row], new Int32Array(6).fill(row));
      contents.push(fs.readFileSync(shard('c/0/0')));
      await out.discard();
    }
    expect(contents[0]).toEqual(contents[1]);
  });
});

describe('a damaged shard', () => {
  const damages: readonly (readonly [string, (shard: Buffer) => Buffer, RegExp])[] = [
    ['shorter than its index', (shard) => shard.subarray(0, 100), /index of 132 bytes, found 100/],
    ['with a wrong checksum', (shard) => shard.fill(1, shard.length - 4), /CRC-32C/],
  ];
  test.each(damages)('%s is not rewritten', async (_, damage, message) => {
    const { out, shard } = await create();
    await out.write([slice(0, 4)], new Int32Array(24).fill(7));
    const bytes = damage(fs.readFileSync(shard('c/0/0')));
    fs.writeFileSync(shard('c/0/0'), bytes);
    const error = await failure(() => out.write([0], new Int32Array(6)));
    expect(error).toBeInstanceOf(CodecError);
    expect(error.message).toMatch(message);
    expect(fs.readFileSync(shard('c/0/0'))).toEqual(bytes);
    // A write that replaces the shard does not need the old one.
    await out.write([slice(0, 4)], new Int32Array(24));
    await out.discard();
  });
});

describe('a failed write into a shard', () => {
  test.each([
    ['create', 'EACCES'],
    ['pwrite', 'ENOSPC'],
    ['sync', 'EIO'],
    ['rename', 'EACCES'],
  ] as const)('by %s with %s leaves the old shard and no temporary file', async (op, code) => {
    const { out, shard } = await create();
    await out.write([slice(0, 4)], new Int32Array(24).fill(7));
    const before = fs.readFileSync(shard('c/0/0'));
    const error = await withFaults([{ op, action: 'error', value: errno[code], times: 0, path: 'c/0/0' }], () =>
      failure(() => out.write([0, slice(0, 2)], Int32Array.of(1, 2))),
    );
    expect(error).toMatchObject({ _tag: 'WriteError', code });
    expect(fs.readFileSync(shard('c/0/0'))).toEqual(before);
    expect(fs.readdirSync(shard('c/0'))).toEqual(['0']);
    await out.discard();
  });

  test('continues after short reads and short writes', async () => {
    const { out, path } = await create();
    const short = (op: 'pread' | 'pwrite') => ({ op, action: 'shorten', value: 5, times: 0, path: 'c/0/0' }) as const;
    await withFaults([short('pwrite'), short('pread')], async () => {
      await out.write([slice(0, 4)], new Int32Array(24).fill(7));
      await out.write([0, slice(0, 2)], Int32Array.of(1, 2));
    });
    await out.close();
    expect([...(await readSubset<'int32'>(path, [0])).data]).toEqual([1, 2, 7, 7, 7, 7]);
  });

  test('by an abort leaves the shards that were not begun', async () => {
    const { out, shard } = await create(1);
    const abort = new AbortController();
    const pending = await whileHeld({ op: 'create', path: 'c/0/0' }, async (release) => {
      const write = failure(() => out.write(null, new Int32Array(48), { signal: abort.signal }));
      await untilHeld();
      abort.abort();
      release();
      return write;
    });
    expect(pending).toMatchObject({ name: 'AbortError' });
    expect(fs.existsSync(shard('c/1/0'))).toBe(false);
    await out.discard();
  });
});

test('a write into more shards than the memory budget holds completes', async () => {
  const path = folder.at('large.zarr');
  const shape = [4, 1024, 1024];
  const data = Float64Array.from({ length: 4 << 20 }, (_, i) => (i * 7919) % 1000003);
  {
    // Each shard has 8 MiB; six writes at the same time need more than the 48 MiB of the budget.
    await using out = await createArray(path, {
      shape: [24, 1024, 1024],
      dtype: 'float64',
      chunkShape: [1, 64, 256],
      shardShape: [1, 1024, 1024],
      codecs: [{ name: 'zstd', level: 1 }],
      durability: 'none',
    });
    const writes = [0, 1, 2, 3, 4, 5].map((i) =>
      out.write([slice(4 * i, 4 * i + 4)], { data, dtype: 'float64', shape }),
    );
    for (const stats of await Promise.all(writes)) expect(stats).toMatchObject({ shards: 4, chunks: 256 });
  }
  const { data: found } = await readSubset<'float64'>(path, [slice(20, 24)]);
  expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(data.buffer))).toBe(0);
});
