/** Tests many opens, many reads, few descriptors, and a pool that is resized. Each case runs in its own process. */
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const script = fileURLToPath(new URL('children/limits.mjs', import.meta.url));

beforeAll(() => {
  compiledLibrary();
  writeNpy(folder, 'matrix.npy', [1000, 1000]);
  for (let n = 0; n < 100; n++) writeNpy(folder, `plain-${n}.npy`, [16]);
  writeTiles(folder, 'tiles', [400, 400], [20, 20]);
});

const ended = { code: 0, signal: null, stdout: 'ok\n', stderr: '' };

test('10,000 opens leave no descriptor open', async () => {
  expect(await runChild(script, ['opens', folder.path])).toMatchObject(ended);
}, 120_000);

test("an open without descriptors fails with the system's error, and works again later", async () => {
  expect(await runChild(script, ['descriptors', folder.path])).toMatchObject(ended);
});

test('1,500 concurrent reads are correct, on no more threads than configured', async () => {
  expect(await runChild(script, ['reads', folder.path])).toMatchObject(ended);
});

test('the pool may be resized while reads run', async () => {
  expect(await runChild(script, ['configure', folder.path])).toMatchObject(ended);
});
