// Tests lookups that are answered on the JavaScript thread.
import * as fs from 'node:fs';
import { expect, it } from 'vitest';
import { lookUp, lookUpCached, maxCachedBytes } from '../../../lib/io/native-lookup.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
folder.write('file', bytes);
const path = folder.at('file');
const stat = (file: string) => ({ kind: 'stat', subject: [file], offsets: [0], memory: [new Uint8Array(0)] }) as const;
const ends = { signal: undefined, closing: undefined };

it('answers from memory what the pool answers', async () => {
  const memory = new Uint8Array(100);
  const learned = await lookUp(stat(path), null, ends); // The pool finds out that the file system is local.
  const { dev, ino, size, mtimeMs } = fs.statSync(path);
  const info = { kind: 'file', dev, ino, size, mtimeMs };
  expect(learned.items).toEqual([{ info, bytes: 0 }]);
  expect((await lookUpCached(stat(path), null))?.items).toEqual(learned.items);
  const slice = await lookUpCached({ kind: 'slice', subject: [path], offsets: [4950], memory: [memory] }, null);
  expect(slice?.items).toEqual([{ info, bytes: 50 }]);
  expect(memory.subarray(0, 50)).toEqual(bytes.subarray(4950));
});

it('leaves missing paths and long slices to the pool', async () => {
  await lookUp(stat(path), null, ends);
  expect(await lookUpCached(stat(folder.at('missing')), null)).toBeNull();
  const memory = [new Uint8Array(maxCachedBytes + 1)];
  expect(await lookUpCached({ kind: 'slice', subject: [path], offsets: [0], memory }, null)).toBeNull();
  expect((await lookUp(stat(folder.at('missing')), null, ends)).items).toEqual([null]);
});
