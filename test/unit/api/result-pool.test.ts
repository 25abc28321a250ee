// Tests the pool of released memory with ordinary ArrayBuffers, without the addon.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PoolMemory, ResultPool } from '../../../lib/api/result-pool.js';

const mib = 2 ** 20;

class Memory implements PoolMemory {
  freed = 0;
  readonly limit: number | null;
  constructor(limit: number | null = 1024 * mib) {
    this.limit = limit;
  }
  move = (buffer: ArrayBuffer): ArrayBuffer => structuredClone(buffer, { transfer: [buffer] });
  free = (buffer: ArrayBuffer): void => {
    this.freed += buffer.byteLength;
    this.move(buffer);
  };
  limitBytes = (): number | null => this.limit;
}

const create = (limit?: number | null): { pool: ResultPool; memory: Memory } => {
  const memory = new Memory(limit);
  return { pool: new ResultPool(memory), memory };
};

describe('the result pool', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('detaches a buffer and returns its memory', () => {
    const { pool } = create();
    const buffer = new ArrayBuffer(mib);
    pool.give(buffer);
    expect(buffer.byteLength).toBe(0);
    expect(pool.usage).toMatchObject({ bytes: mib, buffers: 1 });
    expect(pool.take(mib)?.byteLength).toBe(mib);
    expect(pool.usage).toMatchObject({ bytes: 0, buffers: 0, hits: 1, misses: 0 });
    expect(pool.take(mib)).toBe(null);
    expect(pool.usage.misses).toBe(1);
  });

  it('keeps a buffer that nobody else uses without moving its memory', () => {
    const { pool, memory } = create();
    const buffer = new ArrayBuffer(mib);
    pool.giveUnshared(buffer);
    expect(pool.take(mib)).toBe(buffer);
    pool.giveUnshared(buffer, mib - 1);
    expect([buffer.byteLength, memory.freed, pool.usage.buffers]).toEqual([0, mib, 0]);
  });

  it('prefers a buffer of the size, and uses one that is at most an eighth larger', () => {
    for (const [bytes, fits] of [
      [mib, true],
      [mib - 1000, true],
      [mib - mib / 16, true],
      [Math.ceil((mib * 8) / 9) + 1, true],
      [Math.floor((mib * 8) / 9) - 1, false],
      [mib + 1, false],
    ] as const) {
      const { pool } = create();
      pool.give(new ArrayBuffer(mib));
      expect(pool.take(bytes) !== null, `${bytes}`).toBe(fits);
    }
    const { pool } = create();
    pool.give(new ArrayBuffer(mib));
    pool.give(new ArrayBuffer(mib + 4096));
    expect(pool.take(mib)?.byteLength).toBe(mib);
  });

  it('clears the bytes that the new result does not use', () => {
    const { pool } = create();
    const buffer = new ArrayBuffer(mib);
    new Uint8Array(buffer).fill(7);
    pool.give(buffer);
    const taken = new Uint8Array(pool.take(mib - 4096) ?? new ArrayBuffer(0));
    expect(taken.length).toBe(mib);
    expect(taken.subarray(mib - 4096).every((byte) => byte === 0)).toBe(true);
    expect(taken.subarray(0, mib - 4096).some((byte) => byte === 7)).toBe(false);
  });

  it('frees what was released first if it exceeds its limit', () => {
    const { pool, memory } = create();
    pool.limitBytes = 3 * mib;
    for (const bytes of [mib, 2 * mib, mib]) pool.give(new ArrayBuffer(bytes));
    expect(pool.usage).toMatchObject({ bytes: 3 * mib, buffers: 2, freedBytes: mib });
    pool.give(new ArrayBuffer(4 * mib));
    expect(pool.usage).toMatchObject({ bytes: 3 * mib, buffers: 2, freedBytes: 5 * mib });
    pool.limitBytes = 0;
    expect(pool.usage).toMatchObject({ bytes: 0, buffers: 0, limitBytes: 0 });
    expect(memory.freed).toBe(8 * mib);
  });

  it('keeps a quarter of the memory limit, at most 2 GiB; none if the limit is unknown', () => {
    expect(create(512 * mib).pool.limitBytes).toBe(128 * mib);
    expect(create(64 * 1024 * mib).pool.limitBytes).toBe(2048 * mib);
    expect(create(null).pool.limitBytes).toBe(0);
  });

  it('frees buffers that stay unused for 10 to 20 seconds', () => {
    const { pool } = create();
    pool.give(new ArrayBuffer(mib));
    vi.advanceTimersByTime(5_000);
    pool.give(new ArrayBuffer(2 * mib));
    vi.advanceTimersByTime(5_000);
    expect(pool.usage.bytes).toBe(2 * mib);
    vi.advanceTimersByTime(10_000);
    expect(pool.usage.bytes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    pool.give(new ArrayBuffer(mib));
    expect(vi.getTimerCount()).toBe(1);
  });

  it('ignores a buffer that is detached', () => {
    const { pool } = create();
    const buffer = new ArrayBuffer(mib);
    structuredClone(buffer, { transfer: [buffer] });
    pool.give(buffer);
    expect(pool.usage).toMatchObject({ bytes: 0, buffers: 0 });
  });
});
