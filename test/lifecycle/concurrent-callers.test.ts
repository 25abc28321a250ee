/**
 * Tests 200 callers that read and reduce random boxes of most formats at the same time. `POSIX_PAR_LOAD_SECONDS`
 * sets the duration. If it is set, the delay of the event loop is checked and printed, too. Other work on the machine
 * increases it, so it is compared with the delay of a thread that does nothing. The results are checked in a worker
 * thread, whose work does not delay the event loop of the callers.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { writeGzip } from '../support/gzip-matrix.js';
import { pythonMissing, runPython } from '../support/python.js';
import { testSeed } from '../support/random.js';
import { writeNpy, writeShards, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
/** Folder of the programs that the test starts. */
const children = 'test/lifecycle/children';
const script = fileURLToPath(new URL('children/callers.mjs', import.meta.url));
const given = process.env['POSIX_PAR_LOAD_SECONDS'];
const seconds = Number(given ?? 2);
const callers = 200;
/** From this duration on, the test checks that the memory does not grow in the second half of the time. */
const soakSeconds = 300;
const budgetBytes = 256 * 2 ** 20;

let paths: readonly string[] = [];

beforeAll(() => {
  compiledLibrary();
  paths = [
    writeNpy(folder, 'c.npy', [40, 60, 50]),
    writeNpy(folder, 'f.npy', [40, 60, 50], { fortran: true }),
    writeNpy(folder, 'big.npy', [300, 400], { big: true }),
    writeGzip(folder, 'gzip.zarr', [300, 400], [37, 50]),
    writeZarr(folder, 'line.zarr', 100_000, 1000),
    writeShards(folder, 'shards.zarr', 100_000, 1000),
    writeTiles(folder, 'tiles', [300, 400], [50, 80]),
    ...(pythonMissing === null ? runPython(`${children}/write-formats.py`, folder.path).trim().split('\n') : []),
  ];
});

test('returns the right elements to 200 concurrent callers, in bounded memory', {
  timeout: 100_000 + seconds * 2000,
}, async () => {
  const seed = testSeed();
  const args = [String(seconds), String(callers), String(seed), String(budgetBytes), ...paths];
  const end = await runChild(script, args, [], { timeoutMs: 90_000 + seconds * 2000 });
  expect(end, `seed ${seed}`).toMatchObject({ stderr: '', code: 0, signal: null });
  if (given !== undefined) console.log(end.stdout);
  const { counts, peakBytes, peakBufferBytes, delayMs, idleDelayMs, rssMiB } = JSON.parse(end.stdout) as {
    readonly counts: Record<string, number>;
    readonly peakBytes: number;
    readonly peakBufferBytes: number;
    readonly delayMs: number;
    readonly idleDelayMs: number;
    readonly rssMiB: readonly number[];
  };
  expect(Object.keys(counts)).toHaveLength(4);
  for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(20);
  // Results are at most 24³ elements of 4 bytes, and each caller has at most four.
  const resultBytes = callers * 4 * 24 ** 3 * 4;
  expect(peakBytes).toBeLessThan(resultBytes + 192 * 2 ** 20);
  expect(peakBufferBytes).toBeLessThan(budgetBytes);
  if (seconds >= soakSeconds) {
    const half = Math.ceil(rssMiB.length / 2);
    expect(Math.max(...rssMiB.slice(half))).toBeLessThan(Math.max(...rssMiB.slice(0, half)) + 32);
  }
  if (given !== undefined) expect(delayMs - idleDelayMs).toBeLessThan(10);
});
