/** Reads over the Unix socket with curl and with httpx, a client of Python. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { pythonMissing } from '../support/python.js';
import { testSeed } from '../support/random.js';
import { counting, writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { runClient, writeSamples } from './samples.js';

const directory = new TemporaryDirectory();
const seed = testSeed();
const samples = pythonMissing === null ? writeSamples(directory.at('samples'), seed) : [];
const root = directory.at('samples/root');
fs.mkdirSync(root, { recursive: true });
const elements = 100_000;
writeNpy(directory, 'samples/root/counting.npy', [elements / 100, 100]);
const bytes = Buffer.from(counting(elements).buffer);
const server = await serve({ roots: [root], socket: directory.at('s') });
afterAll(() => server.close());

const run = promisify(execFile);
const curlMissing = await run('curl', ['--version']).then(
  () => null,
  () => 'curl is not installed',
);

/** Asks for `path` with curl, and returns the body and what curl reports of the reply. */
async function curl(path: string, ...options: string[]): Promise<{ body: Buffer; status: number; head: string }> {
  const [out, head] = [directory.at('body'), directory.at('head')];
  const format = ['-sS', '-o', out, '-D', head, '-w', '%{http_code}'];
  const url = `http://localhost${path}`;
  const authorization = ['-H', `Authorization: Bearer ${server.token}`];
  const socket = ['--unix-socket', String(server.socket)];
  const { stdout } = await run('curl', [...format, ...socket, ...authorization, ...options, url]);
  return { body: fs.readFileSync(out), status: Number(stdout), head: fs.readFileSync(head, 'latin1') };
}

const read = '/api/v1/read?path=counting.npy';

describe.skipIf(curlMissing !== null)(`curl ${curlMissing ?? ''}`, () => {
  test('reads elements and stored chunks', async () => {
    const all = await curl(read);
    expect([all.status, all.body.equals(bytes)]).toEqual([200, true]);
    const rows = await curl(`${read}&selection=10:20,::2`);
    const wanted = counting(elements).filter((i) => i >= 1000 && i < 2000 && i % 2 === 0);
    expect(rows.body.equals(Buffer.from(wanted.buffer))).toBe(true);
    expect(rows.head).toMatch(/^x-shape: 10,50\r$/m);
    const range = await curl('/zarr/counting.npy/c/0/0', '-r', '400-799');
    expect([range.status, range.body.equals(bytes.subarray(400, 800))]).toEqual([206, true]);
  });

  test('decompresses documents, and gets no content that it has already', async () => {
    const url = `${read}&format=json`;
    const [packed, plain] = [await curl(url, '--compressed'), await curl(url)];
    expect(packed.head).toMatch(/^content-encoding: (br|gzip)\r$/m);
    expect(packed.body.equals(plain.body)).toBe(true);
    const etag = /^etag: (.*)\r$/m.exec((await curl(read)).head)?.[1] ?? '';
    fs.rmSync(directory.at('body'));
    fs.writeFileSync(directory.at('body'), '');
    expect(await curl(read, '-H', `If-None-Match: ${etag}`)).toMatchObject({ status: 304, body: Buffer.alloc(0) });
  });

  test('is refused without the token', async () => {
    const socket = ['--unix-socket', String(server.socket)];
    const { stdout } = await run('curl', ['-s', '-w', '%{http_code}', ...socket, `http://localhost${read}`]);
    expect(stdout).toMatch(/401$/);
  });
});

describe.skipIf(pythonMissing !== null)(`httpx (seed ${seed}) ${pythonMissing ?? ''}`, () => {
  test('reads every sample', async () => {
    const args = [String(server.socket), String(server.token), JSON.stringify(samples)];
    const { compared, wrong } = JSON.parse(await runClient('read_httpx.py', ...args)) as Record<string, unknown>;
    expect(wrong).toEqual([]);
    expect(compared).toBe(2 * samples.length);
    expect(samples.length).toBeGreaterThan(40);
  });
});
