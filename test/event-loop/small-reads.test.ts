/** Tests that small reads of cached data, which end without another turn of the event loop, do not delay timers. */
import { describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();

/** Counts how often the event loop reaches its timers while `body` runs. */
async function countTurns(body: () => Promise<void>): Promise<number> {
  let turns = 0;
  let timer = setTimeout(tick, 0);
  function tick(): void {
    turns += 1;
    timer = setTimeout(tick, 0);
  }
  await body();
  clearTimeout(timer);
  return turns;
}

describe('small reads of cached data', () => {
  test('in a loop, leave time for timers', async () => {
    await using array = await openArray(writeNpy(folder, 'a.npy', [100, 100]));
    await array.read();
    let milliseconds = 0;
    const turns = await countTurns(async () => {
      const begin = performance.now();
      for (let i = 0; i < 5000; i++) await array.read([i % 100]);
      milliseconds = performance.now() - begin;
    });
    // A slice is 3 ms. A timer may fire only in every second turn, and a pause of the process may cost any time.
    expect(turns).toBeGreaterThan(Math.min(10, milliseconds / 30));
  });

  test('of many callers, leave time for timers', async () => {
    await using array = await openArray(writeNpy(folder, 'b.npy', [100, 100]));
    await array.read();
    let milliseconds = 0;
    const turns = await countTurns(async () => {
      const begin = performance.now();
      await Promise.all(
        Array.from({ length: 200 }, async (_, caller) => {
          for (let i = 0; i < 25; i++) {
            const { data } = await array.read([(caller + i) % 100]);
            expect(data[1]).toBe(100 * ((caller + i) % 100) + 1);
          }
        }),
      );
      milliseconds = performance.now() - begin;
    });
    expect(turns).toBeGreaterThan(Math.min(10, milliseconds / 30));
  });
});
