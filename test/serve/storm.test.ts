/**
 * Tests the server in a process of its own under many connections with random requests, slow readers, aborted requests
 * and half-open sockets. POSIX_PAR_SERVE_CONNECTIONS and POSIX_PAR_SERVE_SECONDS make the test larger and longer;
 * POSIX_PAR_SERVE_MALFORMED is the number of malformed requests.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childEnvironment } from '../support/children.js';
import { pythonMissing, runPython } from '../support/python.js';
import { Random, testSeed } from '../support/random.js';
import { safetensorsBytes } from '../support/safetensors-bytes.js';
import { counting, writeNpy, writeShards, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { headOf, MalformedRequests } from './malformed.js';
import { type Answer, get, optionsFor, send, type Target } from './requests.js';

const fromEnvironment = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);
const connections = fromEnvironment('POSIX_PAR_SERVE_CONNECTIONS', 24);
const seconds = fromEnvironment('POSIX_PAR_SERVE_SECONDS', 4);
const malformed = fromEnvironment('POSIX_PAR_SERVE_MALFORMED', 3000);
const memoryBytes = 64 << 20;

/** Resources of the server. */
interface Usage {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly pool: { readonly bytes: number };
  readonly files: number;
  readonly errors: readonly string[];
}

/** An array whose elements are their indices. */
interface Sample {
  readonly path: string;
  readonly shape: readonly [number, number];
}

const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
const [rows, columns] = [96, 150];
writeNpy(directory, 'root/small.npy', [rows, columns]);
writeNpy(directory, 'root/large.npy', [128, 65536]);
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
writeZarr(directory, 'root/z', 4000, 100);
writeShards(directory, 'root/shards', 4000, 100);
const data = new Uint8Array(counting(rows * columns).buffer);
const tensor = { dtype: 'F32', shape: [rows, columns], data_offsets: [0, data.length] };
directory.write('root/t.safetensors', safetensorsBytes({ t: tensor }, data));
if (pythonMissing === null) runPython('test/serve/write_indices.py', `${root}/i.h5`, String(rows), String(columns));
const samples: readonly Sample[] = [
  { path: 'small.npy', shape: [rows, columns] },
  { path: 'tiles', shape: [40, 60] },
  { path: 'z', shape: [1, 4000] },
  { path: 'shards', shape: [1, 4000] },
  { path: 't.safetensors/t', shape: [rows, columns] },
  ...(pythonMissing === null ? ['i.h5/gzip', 'i.h5/plain'] : []).map(
    (path): Sample => ({ path, shape: [rows, columns] }),
  ),
];

let server: ChildProcess;
let target: Target;
let end: Promise<unknown>;

beforeAll(async () => {
  const script = fileURLToPath(new URL('children/storm-server.mjs', import.meta.url));
  const args = [root, directory.at('s'), String(memoryBytes)];
  server = fork(script, args, { env: childEnvironment(), execArgv: ['--expose-gc'] });
  end = once(server, 'exit');
  [target] = (await once(server, 'message')) as [Target];
});

afterAll(async () => {
  server.disconnect();
  await end;
});

async function usage(): Promise<Usage> {
  const reply = once(server, 'message');
  server.send('usage');
  return ((await reply) as [Usage])[0];
}

async function metric(name: string): Promise<number> {
  const { text } = await get(target, '/metrics');
  return Number(new RegExp(`^posixpar_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Waits until the server does nothing, and returns its resources. */
async function settled(): Promise<Usage> {
  for (const name of ['reads_in_flight', 'reads_waiting', 'reply_memory_bytes']) {
    await expect.poll(() => metric(name), { timeout: 60_000, message: name }).toBe(0);
  }
  await expect.poll(() => metric('requests_in_flight'), { timeout: 60_000 }).toBe(1);
  return await usage();
}

/** Opens a connection without sending anything. */
async function open(at: Target): Promise<Socket> {
  const { hostname, port, socketPath } = optionsFor(at, '/');
  const socket = at.url === null ? connect(String(socketPath)) : connect(Number(port), String(hostname));
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** Counts of what a client did. */
class Counts {
  readonly statuses = new Map<string, number>();
  readonly wrong: string[] = [];
  bytes = 0;

  add(kind: string, { status, body }: Answer): void {
    const key = `${kind} ${status}`;
    this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
    this.bytes += body.length;
    // 429 and 503 mean that a limit was reached. Any other status except 200 is an error of the server.
    if (![200, 429, 503].includes(status)) this.wrong.push(`${kind}: ${status} ${body.toString().slice(0, 200)}`);
  }

  /** Counts a reply that the server ended early, because a part of it was not ready within its time limit. */
  addBroken(kind: string): void {
    const key = `${kind} broken`;
    this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
  }

  get broken(): number {
    return [...this.statuses].reduce((sum, [key, count]) => sum + (key.endsWith(' broken') ? count : 0), 0);
  }

  /** Number of replies of a kind with the status 200. */
  succeeded(kind: string): number {
    return this.statuses.get(`${kind} 200`) ?? 0;
  }
}

/** One connection, which sends random requests until the time is over. */
class Client {
  readonly #random: Random;
  readonly #target: Target;
  readonly #counts: Counts;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(random: Random, at: Target, counts: Counts) {
    this.#random = random;
    this.#target = at;
    this.#counts = counts;
  }

  /** @param first the kind of the first request, so that a few clients use all kinds. */
  async run(untilMs: number, first: number): Promise<void> {
    const kinds = [
      () => this.#box(),
      () => this.#boxes(),
      () => this.#chunk(),
      () => this.#reduction(),
      () => this.#other(),
      () => this.#large(),
      () => this.#slow(),
      () => this.#abort(),
      () => this.#halfOpen(),
    ];
    await kinds[first % kinds.length]?.();
    while (performance.now() < untilMs) await this.#random.pick([...kinds, () => this.#box()])();
    this.#agent.destroy();
  }

  /** Returns a reply with the status 0 if the server ended it early. */
  async #ask(kind: string, path: string): Promise<Pick<Answer, 'status' | 'body'>> {
    const headers = { authorization: `Bearer ${this.#target.token}` };
    try {
      const answer = await send({ ...optionsFor(this.#target, path), headers, agent: this.#agent });
      this.#counts.add(kind, answer);
      return answer;
    } catch {
      this.#counts.addBroken(kind);
      return { status: 0, body: Buffer.alloc(0) };
    }
  }

  /** Returns a random box of a sample as a selection, and its elements. */
  #boxOf({ shape: [height, width] }: Sample): { readonly selection: string; readonly elements: number[] } {
    const random = this.#random;
    const [y, x] = [random.below(height), random.below(width)];
    const [h, w] = [1 + random.below(Math.min(40, height - y)), 1 + random.below(Math.min(90, width - x))];
    const elements: number[] = [];
    for (let r = y; r < y + h; r++) for (let c = x; c < x + w; c++) elements.push(r * width + c);
    return { selection: height === 1 ? `${x}:${x + w}` : `${y}:${y + h},${x}:${x + w}`, elements };
  }

  #compare(what: string, { status, body }: Pick<Answer, 'status' | 'body'>, elements: readonly number[]): void {
    if (status !== 200) return;
    const got = new Float32Array(new Uint8Array(body).buffer);
    const isEqual = got.length === elements.length && elements.every((value, i) => got[i] === value);
    if (!isEqual) this.#counts.wrong.push(`${what}: other elements`);
  }

  async #box(): Promise<void> {
    const sample = this.#random.pick(samples);
    const { selection, elements } = this.#boxOf(sample);
    const path = `/api/v1/read?path=${sample.path}&selection=${selection}`;
    this.#compare(path, await this.#ask('read', path), elements);
  }

  async #boxes(): Promise<void> {
    const sample = this.#random.pick(samples);
    const boxes = Array.from({ length: 1 + this.#random.below(12) }, () => this.#boxOf(sample));
    const query = boxes.map(({ selection }) => `&selection=${selection}`).join('');
    const path = `/api/v1/readMany?path=${sample.path}${query}`;
    this.#compare(
      path,
      await this.#ask('readMany', path),
      boxes.flatMap(({ elements }) => elements),
    );
  }

  async #chunk(): Promise<void> {
    const { path, shape } = this.#random.pick(samples);
    // The uncompressed chunks of the shards are so small that the server shows the array as one chunk.
    const key = path === 'z' ? `c/${this.#random.below(40)}` : shape[0] === 1 ? 'c/0' : 'c/0/0';
    await this.#ask('chunk', `/${this.#random.pick(['zarr', 'zarr-native'])}/${path}/${key}`);
  }

  async #reduction(): Promise<void> {
    const { path, shape } = this.#random.pick(samples);
    const reply = await this.#ask('reduce', `/api/v1/reduce?path=${path}&operation=max&format=bin`);
    this.#compare(path, reply, [shape[0] * shape[1] - 1]);
  }

  async #other(): Promise<void> {
    const { path } = this.#random.pick(samples);
    const query = this.#random.pick([
      `/api/v1/read?format=png&maxPixels=400&path=${path}`,
      `/api/v1/read?maxPixels=100&reduce=mean&path=${path}`,
      `/api/v1/tree?path=${path}`,
      `/api/v1/explain?path=${path}`,
      `/api/v1/stats?path=${path}`,
      `/zarr/${path}/zarr.json`,
      '/api/v1/tree',
    ]);
    await this.#ask('other', query);
  }

  async #large(): Promise<void> {
    const { status, body } = await this.#ask('large', '/api/v1/read?path=large.npy');
    if (status === 200 && body.length !== 128 * 65536 * 4) this.#counts.wrong.push(`large: ${body.length} bytes`);
  }

  /** Reads little of a large reply, slowly, and disconnects. */
  async #slow(): Promise<void> {
    const socket = await open(this.#target);
    socket.pause();
    socket.write(headOf(this.#target.token, '/api/v1/read?path=large.npy'));
    for (let i = 0; i < 5; i++) {
      await delay(20);
      socket.read(4096);
    }
    socket.destroy();
  }

  /** Disconnects at a random time. */
  async #abort(): Promise<void> {
    const path = this.#random.pick(['/api/v1/read?path=large.npy', '/api/v1/reduce?path=large.npy&operation=std']);
    const headers = { authorization: `Bearer ${this.#target.token}` };
    const outgoing = request({ ...optionsFor(this.#target, path), headers, agent: false });
    outgoing.on('error', () => {});
    outgoing.on('response', (incoming) => incoming.on('error', () => {}).resume());
    outgoing.end();
    await delay(this.#random.below(60));
    outgoing.destroy();
  }

  async #halfOpen(): Promise<void> {
    const socket = await open(this.#target);
    const text = headOf(this.#target.token, '/zarr/z/zarr.json');
    socket.write(text.slice(0, this.#random.below(text.length)));
    await delay(this.#random.below(100));
    socket.destroy();
  }
}

/** Asks for a small chunk again and again, and returns the times in milliseconds. */
async function probe(untilMs: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${target.token}` };
  const times: number[] = [];
  while (performance.now() < untilMs) {
    const begin = performance.now();
    const { status } = await send({ ...optionsFor(target, '/zarr/z/c/3'), headers, agent });
    if (status !== 200) continue;
    times.push(performance.now() - begin);
  }
  agent.destroy();
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

const seed = testSeed();

test(
  `many clients get what they ask for, and leave nothing behind (seed ${seed})`,
  async () => {
    const random = new Random(seed);
    const counts = new Counts();
    const storm = async (forMs: number, clients: number): Promise<number[]> => {
      const untilMs = performance.now() + forMs;
      const list = Array.from(
        { length: clients },
        (_, i) =>
          new Client(new Random(random.below(2 ** 31)), i % 2 === 0 ? target : { ...target, url: null }, counts),
      );
      const [times] = await Promise.all([probe(untilMs), ...list.map((client, i) => client.run(untilMs, i))]);
      return times;
    };
    const idle = await probe(performance.now() + 500);
    await storm(1000, connections);
    const before = await settled();
    const begin = performance.now();
    const times = await storm(seconds * 1000, connections);
    const took = performance.now() - begin;
    const after = await settled();
    expect(counts.wrong.slice(0, 5)).toEqual([]);
    expect(after.errors).toEqual([]);
    expect(server.exitCode).toBe(null);
    for (const kind of ['read', 'readMany', 'reduce', 'chunk', 'other', 'large']) {
      expect(counts.succeeded(kind), kind).toBeGreaterThan(0);
    }
    // Up to 16 more files may be open: idle connections of the clients, and arrays that stay open for 15 s after they
    // were replaced.
    await expect.poll(async () => (await usage()).files, { timeout: 60_000 }).toBeLessThanOrEqual(before.files + 16);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(64 << 20);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(memoryBytes);
    expect(after.rss).toBeLessThan(before.rss + 2 * memoryBytes + (256 << 20));
    const replies = [...counts.statuses.values()].reduce((sum, n) => sum + n, 0);
    console.log(
      JSON.stringify({
        connections,
        seconds: Math.round(took / 1000),
        replies,
        statuses: Object.fromEntries([...counts.statuses].sort()),
        mebibytes: mebibytes(counts.bytes),
        smallRequests: {
          count: times.length,
          idleP50Ms: quantile(idle, 0.5),
          idleP99Ms: quantile(idle, 0.99),
          p50Ms: quantile(times, 0.5),
          p99Ms: quantile(times, 0.99),
        },
        rssMebibytes: [mebibytes(before.rss), mebibytes(after.rss)],
        heapMebibytes: [mebibytes(before.heapUsed), mebibytes(after.heapUsed)],
        poolMebibytes: [mebibytes(before.pool.bytes), mebibytes(after.pool.bytes)],
        files: [before.files, after.files],
      }),
    );
  },
  120_000 + seconds * 4000,
);

test(
  `malformed requests leave nothing behind (seed ${seed})`,
  async () => {
    const requests = new MalformedRequests(new Random(seed), target.token);
    const exchange = async (at: Target): Promise<string> => {
      const { text, isComplete } = requests.next();
      const socket = await open(at);
      return await new Promise((resolve) => {
        let reply = '';
        socket.on('data', (part) => {
          // The first bytes have the status.
          if (reply.length < 200) reply += part.toString('latin1');
        });
        socket.on('close', () => resolve(reply));
        if (isComplete) socket.write(text, 'latin1');
        else socket.end(text, 'latin1');
      });
    };
    const statuses = new Map<string, number>();
    const before = await settled();
    let left = malformed;
    const work = async (at: Target): Promise<void> => {
      while (left-- > 0) {
        const status = /^HTTP\/1\.1 (\d{3}) /.exec(await exchange(at))?.[1] ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, i) => work(i % 2 === 0 ? target : { ...target, url: null })));
    const after = await settled();
    expect([...statuses.values()].reduce((sum, n) => sum + n, 0)).toBe(malformed);
    for (const status of ['200', '400', '404', '405']) expect([...statuses.keys()]).toContain(status);
    expect([after.errors, server.exitCode]).toEqual([[], null]);
    await expect.poll(async () => (await usage()).files, { timeout: 60_000 }).toBeLessThanOrEqual(before.files + 40);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(64 << 20);
    expect(after.rss).toBeLessThan(before.rss + memoryBytes + (256 << 20));
    console.log(
      JSON.stringify({
        malformed,
        statuses: Object.fromEntries([...statuses].sort()),
        rssMebibytes: [mebibytes(before.rss), mebibytes(after.rss)],
        heapMebibytes: [mebibytes(before.heapUsed), mebibytes(after.heapUsed)],
        files: [before.files, after.files],
      }),
    );
  },
  120_000 + malformed * 20,
);
