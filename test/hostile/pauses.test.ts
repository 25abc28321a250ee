/**
 * Tests that reading a large valid index does not block the JavaScript thread: timers still fire, and an abort takes
 * effect soon.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { AbortError } from '../../lib/core/errors.js';
import { openDescriptor, openGroupDescriptor } from '../../lib/formats/registry.js';
import type { AsyncBackend } from '../../lib/io/backend.js';
import { runAsync, runSync } from '../../lib/io/driver.js';
import type { Io } from '../../lib/io/io.js';
import { type LargeIndex, largeIndexes, type Question } from '../support/hdf5/large.js';
import { largeArrays } from '../support/hostile/tiledb-large.js';
import { MemoryBackend } from '../support/memory-backend.js';

const path = '/a.h5';
/**
 * Maximum part of the walk's time that may pass between an abort and the end of the walk, or between two turns of the
 * event loop. For a walk without pauses, this share is 1 on a machine of any speed.
 */
const maxShare = 1 / 3;
/** Times below this number of milliseconds are short on any machine, and their shares are mostly noise. */
const shortMs = 50;
/** Number of attempts. One is not enough, because garbage collection or another process may slow it down. */
const attempts = 4;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Returns a backend that gives the answers of `sync`, each in a later microtask. */
function later(sync: MemoryBackend): AsyncBackend {
  return {
    begin: () => {
      const run = sync.begin();
      return {
        stat: async (name) => run.stat(name),
        list: async (name) => run.list(name),
        size: async (name) => run.size(name),
        read: async (name, ranges) => run.read(name, ranges),
        slices: async (slices) => run.slices(slices),
        inflate: async (name, stream) => run.inflate(name, stream),
        heapValues: async (request) => run.heapValues(request),
        firstPass: async (name, stream) => run.firstPass(name, stream),
        close: async () => run.close(),
      };
    },
  };
}

/**
 * Returns a parser that asks `question` of a file with `count` entries. The function that the parser returns gives the
 * number of entries that were found.
 */
function ask(question: Question, count: number): () => Io<() => number> {
  const request = { format: null, options: {} };
  const all = Array.from({ length: question === 'chunks' ? count : 0 }, (_, i) => i);
  return function* () {
    if (question === 'chunks') {
      const array = yield* openDescriptor(path, { ...request, array: 'a' });
      const [layer] = yield* array.layers([0], array.shape);
      const found = layer === undefined ? null : yield* layer.index.locate([all]);
      return () => (found?.kind === 'table' ? found.offsets.filter((offset) => offset > 0).length : 0);
    }
    const group = yield* openGroupDescriptor(path, { ...request, array: null });
    if (question === 'children') {
      const children = yield* group.children();
      return () => children.length;
    }
    return () => {
      let values = 0;
      for (const value of Object.values<unknown>(group.attributes)) values += Array.isArray(value) ? value.length : 1;
      return values;
    };
  };
}

/** A period without a turn of the event loop. */
interface Gap {
  readonly start: number;
  readonly end: number;
  readonly cpuMs: number;
}

/**
 * Runs `io` with a timer of 10 ms. Returns how often the timer fired, the longest CPU time between two turns of the
 * event loop, and the time of the walk. The time excludes garbage collection, which depends on the heap and not on the
 * walk.
 */
async function turns(
  io: Io<() => number>,
  backend: AsyncBackend,
): Promise<{ fired: number; longestMs: number; totalMs: number; found: number }> {
  const collections: { startTime: number; duration: number }[] = [];
  const observer = new PerformanceObserver((list) => {
    collections.push(...list.getEntries());
  });
  observer.observe({ entryTypes: ['gc'] });
  const gaps: Gap[] = [];
  let [start, cpu] = [performance.now(), cpuMs()];
  const begin = start;
  const turn = (): void => {
    const [end, now] = [performance.now(), cpuMs()];
    gaps.push({ start, end, cpuMs: now - cpu });
    [start, cpu] = [end, now];
  };
  let fired = 0;
  const timer = setInterval(() => {
    fired += 1;
    turn();
  }, 10);
  const found = await runAsync(io, backend).finally(() => clearInterval(timer));
  turn();
  const totalMs = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 20));
  collections.push(...observer.takeRecords());
  observer.disconnect();
  const lengths = gaps.map((gap) => {
    const inside = collections.filter(({ startTime }) => startTime >= gap.start && startTime < gap.end);
    return Math.min(gap.cpuMs, gap.end - gap.start) - inside.reduce((sum, { duration }) => sum + duration, 0);
  });
  return { fired, longestMs: Math.max(...lengths), totalMs, found: found() };
}

/**
 * Runs `io`, and aborts it at the first turn of the event loop. Returns the CPU time in milliseconds from the abort to
 * the end of `io`. If `io` ends before that turn, returns its whole CPU time.
 */
async function abort(io: Io<() => number>, backend: AsyncBackend): Promise<number> {
  const controller = new AbortController();
  let begun = cpuMs();
  const timer = setTimeout(() => {
    begun = cpuMs();
    controller.abort('enough');
  }, 1);
  const error: unknown = await runAsync(io, backend, controller.signal).then(
    () => null,
    (cause: unknown) => cause,
  );
  clearTimeout(timer);
  if (controller.signal.aborted) expect(error).toBeInstanceOf(AbortError);
  else expect(error).toBeNull();
  return cpuMs() - begun;
}

/** Returns the smallest of the shares that `measure` returns. Stops early if a share is small enough. */
async function leastShare(measure: () => Promise<number>): Promise<number> {
  let found = Number.POSITIVE_INFINITY;
  for (let i = 0; i < attempts && found > maxShare; i += 1) found = Math.min(found, await measure());
  return found;
}

/** Returns the share of `totalMs` that `ms` takes, and 0 if `ms` is short. */
const shareOf = (ms: number, totalMs: number): number => (ms < shortMs ? 0 : ms / totalMs);

const cases = [
  ...largeIndexes.map((index: LargeIndex) => ({
    name: index.name,
    count: index.question === 'chunks' ? 1_000_000 : 100_000,
    files: (count: number) => ({ [path]: index.make(count, 'large').bytes }),
    ask: (count: number) => ask(index.question, count),
  })),
  ...largeArrays,
];

describe('a large index', () => {
  test.each(cases)('$name: is walked in slices', { timeout: 600_000 }, async ({ count, files, ask: question }) => {
    const backend = new MemoryBackend(files(count));
    expect(runSync(question(100)(), new MemoryBackend(files(100)))()).toBe(100);
    const walk = question(count);
    let shortestMs = Number.POSITIVE_INFINITY;
    const longest = await leastShare(async () => {
      const { longestMs, totalMs, found, fired } = await turns(walk(), later(backend));
      expect(found).toBe(count);
      // A short walk may end before the timer is due.
      if (totalMs > 2 * shortMs) expect(fired).toBeGreaterThan(0);
      shortestMs = Math.min(shortestMs, totalMs);
      return shareOf(longestMs, totalMs);
    });
    expect(longest).toBeLessThan(maxShare);
    const untilEnd = await leastShare(async () => shareOf(await abort(walk(), later(backend)), shortestMs));
    expect(untilEnd).toBeLessThan(maxShare);
    expect(backend.openRuns).toBe(0);
  });
});
