/**
 * Makes hostile calls of the native addon: plans with changed words, tables, strings, handles and targets. Checks that
 * each call either fails or reads only into its target. (test/native/exec_hostile_plan_test.cc does the same under
 * sanitizers.)
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const script = fileURLToPath(new URL('children/plans.mjs', import.meta.url));
/** Number of calls per seed. POSIX_PAR_FUZZ_ROUNDS sets it for longer runs. */
const rounds = Number(process.env['POSIX_PAR_FUZZ_ROUNDS'] ?? 20_000);

beforeAll(() => {
  compiledLibrary();
  writeNpy(folder, 'a.npy', [64, 64]);
  writeTiles(folder, 'tiles', [64, 64], [20, 24]);
  const compressor = { id: 'gzip', level: 1 };
  const files: Record<string, object | Uint8Array> = {
    '.zarray': arrayV2({ shape: [64, 64], chunks: [16, 64], dtype: '<f4', compressor, fill_value: 0 }),
  };
  for (let c = 0; c < 4; c++) {
    const chunk = Float32Array.from({ length: 1024 }, (_, i) => c * 1024 + i);
    files[`${c}.0`] = gzipSync(new Uint8Array(chunk.buffer));
  }
  writeFiles(folder.at('zarr'), files);
});

test.each([1, 20261125])('refuses hostile plans or stays inside their target, seed %i', async (seed) => {
  const end = await runChild(script, [folder.path, String(seed), String(rounds)], [], { timeoutMs: 600_000 });
  expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
  const ends = JSON.parse(end.stdout) as Record<string, number>;
  // All outcomes occur: refusals ('invalid', TypeError), reads that fail ('eof', 'closed') and reads that succeed.
  expect(Object.keys(ends)).toEqual(expect.arrayContaining(['invalid', 'TypeError', 'read', 'eof', 'closed']));
  expect(ends['read']).toBeGreaterThan(rounds / 50);
  expect(ends['invalid']).toBeGreaterThan(rounds / 8);
});
