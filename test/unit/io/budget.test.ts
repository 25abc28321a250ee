import { describe, expect, it } from 'vitest';
import { AbortError, FormatError } from '../../../lib/core/errors.js';
import { expected } from '../../../lib/core/validate.js';
import type { AsyncBackend, SyncBackend } from '../../../lib/io/backend.js';
import { newCounters } from '../../../lib/io/backend.js';
import { maxParserBytes, maxParserSteps } from '../../../lib/io/budget.js';
import { runAsync, runSync, startAsync } from '../../../lib/io/driver.js';
import { guardMessage } from '../../../lib/io/guard.js';
import { type Io, Pace, readUpTo, ready, statPath } from '../../../lib/io/io.js';
import { nativeAsyncBackend } from '../../../lib/io/native-backend.js';
import { countingBytes } from '../../support/byte-writer.js';
import { MemoryBackend } from '../../support/memory-backend.js';

const backend = new MemoryBackend({ '/f': countingBytes(100_000) });

/** An endless loop that catches every error. */
function* endless(): Io<void> {
  const pace = new Pace('/f');
  for (;;) {
    try {
      if (pace.isDue(2 ** 20)) yield* pace.pause();
    } catch {
      // Even a loop that ignores all errors must end when the budget is exceeded.
    }
  }
}

describe('the budget of a parser', () => {
  it('stops an endless loop, and names the file and the limit', () => {
    const counters = newCounters();
    const run = (): void => runSync(endless(), backend, counters);
    expect(run).toThrow(FormatError);
    expect(run).toThrow(`at most ${maxParserSteps} steps to parse, found more (/f)`);
    expect(counters.steps).toBeGreaterThan(maxParserSteps);
  });

  it('counts requests, their ranges and the delivered bytes', () => {
    const counters = newCounters();
    runSync(readUpTo('/f', 0, 40_960), backend, counters);
    expect(counters.steps).toBe(1 + 1 + 10);
    expect(counters.requests).toBe(1);
  });

  it('stops a parser that reads the same bytes again and again', () => {
    const zeros = new Uint8Array(2 ** 28);
    const huge: SyncBackend = {
      begin: () => ({
        stat: () => null,
        list: () => null,
        size: () => 2 ** 40,
        read: (_path, ranges) => ranges.map(() => zeros),
        slices: () => [],
        inflate: () => {
          throw new Error('not expected');
        },
        heapValues: () => null,
        firstPass: () => {
          throw new Error('not expected');
        },
        close: () => undefined,
      }),
    };
    const io = function* (): Io<void> {
      for (;;) yield* readUpTo('/huge', 0, 2 ** 28);
    };
    expect(() => runSync(io(), huge)).toThrow(`at most ${maxParserBytes} bytes of metadata, found more (/huge)`);
  });

  it('lets timers run while a parser computes, and aborts it with its signal', async () => {
    const controller = new AbortController();
    let timers = 0;
    const timer = setInterval(() => {
      timers += 1;
      if (timers === 3) controller.abort('enough');
    }, 1);
    const io = function* (): Io<void> {
      const pace = new Pace('/f');
      for (;;) if (pace.isDue(1024)) yield* pace.pause();
    };
    await expect(runAsync(io(), nativeAsyncBackend, controller.signal)).rejects.toThrow(AbortError);
    clearInterval(timer);
    expect(timers).toBe(3);
  });
});

describe('the guard around parsers', () => {
  const failing = function* (error: unknown): Io<void> {
    yield* statPath('/f');
    throw error;
  };

  it.each([new RangeError('Invalid array length'), new TypeError('x is not a function'), 'a text'])(
    'converts %s to a FormatError that names the file and keeps the cause',
    (error) => {
      const caught = (() => {
        try {
          runSync(failing(error), backend);
        } catch (thrown) {
          return thrown;
        }
        return null;
      })();
      expect(caught).toBeInstanceOf(FormatError);
      expect(caught).toMatchObject({ path: '/f', cause: error });
      expect(String(caught)).toContain(guardMessage);
    },
  );

  it('guards parsers without requests', () => {
    const parser = ready(() => {
      throw new SyntaxError('Unexpected token');
    });
    expect(() => startAsync(parser, nativeAsyncBackend, undefined)).toThrow(FormatError);
  });

  it("keeps errors about the caller's options", () => {
    const mistake = expected('a string', 'options.format', 1);
    expect(() => runSync(failing(mistake), backend)).toThrow(mistake);
    expect(mistake.name).toBe('TypeError');
  });

  it('keeps errors of the backend', async () => {
    const failure = new Error('The addon is not there');
    const refuse = (): Promise<never> => Promise.reject(failure);
    const broken: AsyncBackend = {
      begin: () => ({
        stat: refuse,
        list: refuse,
        size: refuse,
        read: refuse,
        slices: refuse,
        inflate: refuse,
        heapValues: refuse,
        firstPass: refuse,
        close: async () => {},
      }),
    };
    await expect(runAsync(statPath('/f'), broken)).rejects.toBe(failure);
  });
});
