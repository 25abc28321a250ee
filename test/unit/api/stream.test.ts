// Compares ArrayHandle.stream, which yields boxes as they complete, with reads of single boxes.
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBounded } from '../../../lib/api/bounded-reads.js';
import { type AnySelection, type Progress, slice } from '../../../lib/index.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

describe('stream', () => {
  const seed = testSeed();

  it(`yields each box once, with the values of a single read (seed ${seed})`, async () => {
    const random = new Random(seed);
    const arrays = [
      await openForTests(writeNpy(folder, 'a.npy', [12, 9, 7])),
      await openForTests(writeGzip(folder, 'a.zarr', [40, 50], [9, 16], ['1.1'])),
    ];
    for (const array of arrays) {
      for (const budgetBytes of [1, 2000, 2 ** 20]) {
        const count = random.below(60);
        const boxes: AnySelection[] = Array.from({ length: count }, () => randomSelection(random, array.shape).entries);
        const seen = new Set<number>();
        const options = { budgetBytes, as: 'float64', mask: true } as const;
        for await (const { index, result, error } of array.stream(boxes, options)) {
          expect(error).toBeNull();
          expect(seen.has(index)).toBe(false);
          seen.add(index);
          const alone = await array.read(boxes[index], { as: 'float64', mask: true });
          expect([result.shape, result.data, result.mask]).toEqual([alone.shape, alone.data, alone.mask]);
        }
        expect(seen.size).toBe(count);
      }
    }
  });

  it('decodes shared chunks once if the boxes fit into the budget', async () => {
    const array = await openForTests(writeGzip(folder, 'once.zarr', [64, 64], [16, 16]));
    const boxes = Array.from({ length: 300 }, (_, i) => [i % 64, slice((i * 7) % 56, ((i * 7) % 56) + 8)]);
    const stats = new Set<object>();
    for await (const { result } of array.stream(boxes)) stats.add(result.stats);
    expect(stats.size).toBe(1);
    expect([...stats]).toMatchObject([{ chunks: 16, chunksDecoded: 16 }]);
  });

  it('begins with small groups, which do not separate boxes with the same chunk', async () => {
    const array = await openForTests(writeGzip(folder, 'early.zarr', [96, 65536], [4, 65536]));
    // 96 boxes of 256 KiB, four in each of 24 chunks. 5 and 96 have no common divisor.
    const order = Array.from({ length: 96 }, (_, i) => (5 * i) % 96);
    const boxes = order.map((row) => [row]);
    const groups = new Map<object, { boxes: number; chunks: Set<number> }>();
    let chunksDecoded = 0;
    for await (const { index, result } of array.stream(boxes)) {
      let group = groups.get(result.stats);
      if (group === undefined) {
        group = { boxes: 0, chunks: new Set() };
        groups.set(result.stats, group);
        chunksDecoded += result.stats.chunksDecoded;
      }
      group.boxes += 1;
      group.chunks.add(Math.floor((order[index] ?? 0) / 4));
    }
    const sizes = Array.from(groups.values(), ({ boxes: count }) => count);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.min(...sizes)).toBeLessThanOrEqual(16);
    expect(chunksDecoded).toBe(24);
    expect([...groups.values()].reduce((sum, { chunks }) => sum + chunks.size, 0)).toBe(24);
  });

  it('reads no more ahead than the budget permits, and stops when the loop is left', async () => {
    const array = await openForTests(writeNpy(folder, 'budget.npy', [100, 256]));
    const boxes = Array.from({ length: 100 }, (_, i) => [i]);
    const done: number[] = [];
    const onProgress = ({ bytesDone }: Progress): number => done.push(bytesDone);
    const seen: number[] = [];
    for await (const { index, result } of array.stream(boxes, { budgetBytes: 8192, onProgress })) {
      expect(result.data[0]).toBe(256 * index);
      seen.push(index);
      if (seen.length === 6) break;
    }
    expect(seen.length).toBe(6);
    // The budget holds eight rows of 1024 bytes, in groups of four. Six rows were used, so three groups may have begun.
    expect(done.at(-1)).toBeLessThanOrEqual(3 * 4096);
    await array.read([0]);
  });

  it('reports progress of all groups, and errors of boxes', async () => {
    const path = writeGzip(folder, 'errors.zarr', [32, 32], [8, 8]);
    fs.writeFileSync(`${path}/2.1`, 'this is no gzip stream');
    const array = await openForTests(path);
    const boxes = Array.from({ length: 32 }, (_, i) => [i]);
    let last: Progress | undefined;
    const failed: number[] = [];
    const options = { onError: 'collect', budgetBytes: 1024, onProgress: (now: Progress) => (last = now) } as const;
    for await (const box of array.stream(boxes, options)) {
      if (box.error === null) expect(box.result.data[3]).toBe(32 * box.index + 3);
      else failed.push(box.index);
    }
    expect(failed.sort((a, b) => a - b)).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
    expect(last).toMatchObject({ bytesDone: 32 * 32 * 4, bytesTotal: 32 * 32 * 4 });
    const strict = async (): Promise<void> => {
      for await (const _ of array.stream(boxes, { budgetBytes: 1024 }));
    };
    await expect(strict()).rejects.toMatchObject({ name: 'CodecError' });
  });

  it('refuses wrong arguments, and can be aborted', async () => {
    const array = await openForTests(writeNpy(folder, 'wrong.npy', [4, 4]));
    expect(() => array.stream([[0]], { budgetBytes: 0 })).toThrow(/budgetBytes/);
    expect(() => array.stream([[0]], { into: new Float32Array(4) } as never)).toThrow(/into/);
    await expect(array.stream([[0], [9]]).next()).rejects.toThrow(/selections\[1\]/);
    await expect(array.stream([[0]], { signal: AbortSignal.abort() }).next()).rejects.toMatchObject({
      name: 'AbortError',
    });
    const controller = new AbortController();
    const stream = array.stream([[0], [1], [2]], { budgetBytes: 16, signal: controller.signal });
    await stream.next();
    controller.abort(new Error('enough'));
    await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'enough' } });
    expect((await array.stream([]).next()).done).toBe(true);
  });
});

describe('bounded reads', () => {
  it('keep within the budget, start in order and end together', async () => {
    const log: string[] = [];
    let bytesHeld = 0;
    let inFlight = 0;
    const read = (name: string, bytes: number, turns: number) => ({
      bytes,
      start: async (signal: AbortSignal) => {
        log.push(name);
        bytesHeld += bytes;
        inFlight += 1;
        expect(bytesHeld <= 10 || inFlight === 1).toBe(true);
        for (let i = 0; i < turns; i++) await Promise.resolve();
        inFlight -= 1;
        if (signal.aborted) throw new Error('aborted');
        return { name, bytes };
      },
    });
    const reads = [read('a', 4, 9), read('b', 4, 1), read('c', 40, 1), read('d', 10, 1), read('e', 1, 1)];
    const bounds = { budgetBytes: 10, maxInFlight: 2, order: 'finished', signal: undefined } as const;
    const names: string[] = [];
    for await (const { name, bytes } of readBounded(reads.values(), bounds)) {
      names.push(name);
      bytesHeld -= bytes;
    }
    expect(names).toEqual(['b', 'a', 'c', 'd', 'e']);
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e']);
    const asked = readBounded(reads.slice(0, 2).values(), { ...bounds, order: 'asked' });
    expect((await asked.next()).value).toMatchObject({ name: 'a' });
    await asked.return();
    expect(inFlight).toBe(0);
  });
});
