/**
 * Clients that send random requests, and check what they get.
 * @module
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../support/random.js';
import { headOf } from './malformed.js';
import { type Answer, optionsFor, send, type Target } from './requests.js';
import { openConnection } from './storm-process.js';

/** An array whose elements are their indices. */
export interface Sample {
  readonly path: string;
  readonly shape: readonly [number, number];
}

/** Counts of what a client did. */
export class Counts {
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
export class Client {
  readonly #random: Random;
  readonly #target: Target;
  readonly #counts: Counts;
  readonly #samples: readonly Sample[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(random: Random, at: Target, counts: Counts, samples: readonly Sample[]) {
    this.#random = random;
    this.#target = at;
    this.#counts = counts;
    this.#samples = samples;
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
    const sample = this.#random.pick(this.#samples);
    const { selection, elements } = this.#boxOf(sample);
    const path = `/api/v1/read?path=${sample.path}&selection=${selection}`;
    this.#compare(path, await this.#ask('read', path), elements);
  }

  async #boxes(): Promise<void> {
    const sample = this.#random.pick(this.#samples);
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
    const { path, shape } = this.#random.pick(this.#samples);
    // The uncompressed chunks of the shards are so small that the server shows the array as one chunk.
    const key = path === 'z' ? `c/${this.#random.below(40)}` : shape[0] === 1 ? 'c/0' : 'c/0/0';
    await this.#ask('chunk', `/${this.#random.pick(['zarr', 'zarr-native'])}/${path}/${key}`);
  }

  async #reduction(): Promise<void> {
    const { path, shape } = this.#random.pick(this.#samples);
    const reply = await this.#ask('reduce', `/api/v1/reduce?path=${path}&operation=max&format=bin`);
    this.#compare(path, reply, [shape[0] * shape[1] - 1]);
  }

  async #other(): Promise<void> {
    const { path } = this.#random.pick(this.#samples);
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
    const socket = await openConnection(this.#target);
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
    const socket = await openConnection(this.#target);
    const text = headOf(this.#target.token, '/zarr/z/zarr.json');
    socket.write(text.slice(0, this.#random.below(text.length)));
    await delay(this.#random.below(100));
    socket.destroy();
  }
}
