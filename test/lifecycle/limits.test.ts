/**
 * Many opens, many reads, few descriptors, and a pool that changes under them: each in a process of its own.
 */
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

test('10,000 opens leave no descriptor behind', async () => {
  expect(await runChild(script, ['opens', folder.path])).toMatchObject(ended);
}, 120_000);

test('without descriptors an open is refused by the real system, and works again when there are some', async () => {
  expect(await runChild(script, ['descriptors', folder.path])).toMatchObject(ended);
});

test('1,500 reads at once are all right, on no more threads than there may be', async () => {
  expect(await runChild(script, ['reads', folder.path])).toMatchObject(ended);
});

test('the pool may be resized while reads run', async () => {
  expect(await runChild(script, ['configure', folder.path])).toMatchObject(ended);
});
