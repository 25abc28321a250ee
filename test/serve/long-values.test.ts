/** Tests that long texts and sequences stay within the memory budget and the maximum size of a reply. */
import { statSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get } from './requests.js';
import { ServerProcess } from './storm-process.js';

const directory = new TemporaryDirectory();
directory.write('root/notes.txt', 'no array');
const root = directory.at('root');
const [count, textBytes] = [24, 10 << 20];
const text = 'ab\u00e9\u20ac\n"'.repeat(Math.floor(textBytes / 9));
const numbers = Array.from({ length: textBytes / 8 }, (_, i) => i);
const [memoryBytes, maxResponseBytes] = [128 << 20, 32 << 20];

let server: ServerProcess;
beforeAll(async () => {
  runPython('test/serve/write_long_values.py', root, String(count), String(textBytes));
  server = await ServerProcess.start(root, directory.at('s'), { memoryBytes, maxResponseBytes });
}, 120_000);
afterAll(() => server.stop());

const ask = (path: string): Promise<Answer> => get(server.target, path);
const read = (path: string, selection: string, more = ''): Promise<Answer> =>
  ask(`/api/v1/read?path=${path}&selection=${selection}&format=json${more}`);
const grove = (path: string, selection: string): Promise<Answer> =>
  ask(`/h5grove/data?file=long.h5&path=${path}&selection=${selection}`);

const kinds = [
  ['texts in chunks', 'long.zarr', text],
  ['texts in a heap', 'long.h5/texts', text],
  ['sequences', 'long.h5/sequences', numbers],
  ['records with texts and sequences', 'long.h5/records', [7, text, numbers]],
] as const;

test('the files are small', () => {
  expect(statSync(`${root}/long.h5`).size).toBeLessThan(5 * textBytes);
});

test.each(kinds)('too many %s are refused, before memory is allocated for them', async (_, path) => {
  const before = server.maxRss;
  const { status, headers, text: problem } = await read(path, ':');
  expect([status, headers['content-type'], JSON.parse(problem)]).toMatchObject([
    413,
    'application/problem+json',
    { tag: 'ResponseTooLarge', detail: expect.stringMatching(`the limit of this server is ${maxResponseBytes}`) },
  ]);
  expect(server.maxRss - before).toBeLessThan(memoryBytes + (64 << 20));
});

test.each([['texts'], ['sequences'], ['records']])('too many %s are refused by /h5grove, too', async (path) => {
  const { status, text: reply } = await grove(path, '::1');
  expect([status, JSON.parse(reply)]).toEqual([413, { message: expect.stringMatching(/bytes of data; the limit/) }]);
});

test.each(kinds)('a few %s are sent completely', async (_, path, element) => {
  const found = await read(path, '2:3');
  expect(found.status, found.text.slice(0, 200)).toBe(200);
  expect(JSON.stringify((JSON.parse(found.text) as { data: unknown }).data)).toBe(JSON.stringify([element]));
});

test('texts are sent as Arrow within the same limits', async () => {
  const path = '/api/v1/read?path=long.zarr&format=arrow&selection=';
  expect((await ask(`${path}:`)).status).toBe(413);
  const { status, body } = await ask(`${path}0:2`);
  expect(status).toBe(200);
  expect(tableFromIPC(body).getChild('values')?.toArray()).toEqual([text, text]);
});

test('many replies with long texts share the memory', async () => {
  await server.settled();
  const before = server.rss;
  let mostMemory = 0;
  let isDone = false;
  const watch = async (): Promise<void> => {
    while (!isDone) mostMemory = Math.max(mostMemory, await server.metric('reply_memory_bytes'));
  };
  const watching = watch();
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, i) => read(i % 2 === 0 ? 'long.zarr' : 'long.h5/texts', `${i}:${i + 1}`)),
  );
  isDone = true;
  await watching;
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  expect(mostMemory).toBeGreaterThan(textBytes);
  expect(mostMemory).toBeLessThanOrEqual(memoryBytes);
  expect(server.maxRss - before).toBeLessThan(2 * memoryBytes + (64 << 20));
  await server.settled();
});
