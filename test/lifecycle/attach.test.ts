/**
 * Tests arrays that threads share. Each script runs in its own process, so that a crash or a hang only fails its test.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { createArray } from '../../lib/index.js';
import { runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';
import { pythonMissing, runPython } from '../support/python.js';
import { counting } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const ok = { code: 0, signal: null, stdout: 'ok\n', stderr: '' };
const [rows, columns] = [200, 192];
const chunkCount = 7 * 4;
const chunks = { format: 'zarr', shape: [rows, columns], dtype: 'float32', chunkShape: [32, 48] } as const;
const stores = [
  ['one file per chunk', 'chunks.zarr', chunks],
  ['shards', 'shards.zarr', { ...chunks, shardShape: [64, 96] }],
] as const;

function script(name: string): string {
  return fileURLToPath(new URL(`children/${name}.mjs`, import.meta.url));
}

beforeAll(async () => {
  for (const [, name, options] of stores) {
    await using array = await createArray(folder.at(name), options);
    await array.write(null, counting(rows * columns));
  }
  compiledLibrary();
  await sleep(50); // The cache keeps no chunks of files that were changed less than 20 ms ago.
});

describe('an array that workers attach to', () => {
  test.for(stores)('is decoded once by readMany of eight workers at once: %s', async ([, name]) => {
    const end = await runChild(script('attach-readers'), [folder.at(name), String(chunkCount), '20']);
    expect(end).toMatchObject(ok);
  });

  test.for(stores)('survives workers that are terminated: %s', async ([, name]) => {
    const end = await runChild(script('attach-terminate'), [folder.at(name), String(chunkCount), '5']);
    expect(end).toMatchObject(ok);
  });
});

describe.skipIf(pythonMissing !== null)(`arrays of text, records and sequences ${pythonMissing ?? ''}`, () => {
  test('are the same in a worker that attaches to them', async () => {
    const arrays = runPython('test/lifecycle/children/write-kinds.py', folder.path).trim().split('\n');
    expect(arrays).toHaveLength(5);
    expect(await runChild(script('attach-kinds'), arrays)).toMatchObject(ok);
  });
});
