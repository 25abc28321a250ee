// Tests that the statistics count each system call of a write that creates directories.
import { expect, test } from 'vitest';
import { createArray } from '../../../lib/index.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

test('a chunk in a new directory takes two attempts to create its file', async () => {
  const layout = { shape: [4], dtype: 'uint8', chunkShape: [4], codecs: [], durability: 'none' } as const;
  await using out = await createArray(folder.at('a.zarr'), layout);
  const data = new Uint8Array(4).fill(1);
  const [first, second] = [await out.write(null, data), await out.write(null, data)];
  // openat fails, mkdirat, openat; then write and rename as in an existing directory.
  expect(first.systemCalls).toBe(second.systemCalls + 2);
});
