/**
 * Runs a server in a process of its own, and observes its resources.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ServeOptions } from '../../lib/serve/index.js';
import { childEnvironment } from '../support/children.js';
import { get, optionsFor, send, type Target } from './requests.js';

/** Resources of the server. */
export interface Usage {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly pool: { readonly bytes: number };
  readonly files: number;
  readonly errors: readonly string[];
}

/** A server in a process of its own. */
export class ServerProcess {
  readonly target: Target;
  readonly #process: ChildProcess;
  readonly #end: Promise<unknown>;

  private constructor(process: ChildProcess, end: Promise<unknown>, target: Target) {
    this.#process = process;
    this.#end = end;
    this.target = target;
  }

  /** Starts a server that serves `root` on a TCP port and on the Unix socket `socket`. */
  static async start(root: string, socket: string, options: Partial<ServeOptions>): Promise<ServerProcess> {
    const script = fileURLToPath(new URL('children/storm-server.mjs', import.meta.url));
    const args = [root, socket, JSON.stringify(options)];
    const process = fork(script, args, { env: childEnvironment(), execArgv: ['--expose-gc'] });
    const end = once(process, 'exit');
    const [target] = (await once(process, 'message')) as [Target];
    return new ServerProcess(process, end, target);
  }

  /** Exit code; null while the server runs. */
  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Memory of the process in bytes. */
  get rss(): number {
    return this.#memory('VmRSS');
  }

  /** Maximum memory of the process in bytes since it started. */
  get maxRss(): number {
    return this.#memory('VmHWM');
  }

  #memory(name: string): number {
    const status = fs.readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  }

  /** Collects garbage in the server, and returns its resources. */
  async usage(): Promise<Usage> {
    const reply = once(this.#process, 'message');
    this.#process.send('usage');
    return ((await reply) as [Usage])[0];
  }

  async metric(name: string): Promise<number> {
    const { text } = await get(this.target, '/metrics');
    return Number(new RegExp(`^posixpar_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  /** Waits until the server does nothing, and returns its resources. */
  async settled(): Promise<Usage> {
    for (const name of ['reads_in_flight', 'reads_waiting', 'reply_memory_bytes']) {
      await expect.poll(() => this.metric(name), { timeout: 60_000, message: name }).toBe(0);
    }
    await expect.poll(() => this.metric('requests_in_flight'), { timeout: 60_000 }).toBe(1);
    return await this.usage();
  }

  async stop(): Promise<void> {
    this.#process.disconnect();
    await this.#end;
  }
}

/** Opens a connection without sending anything. */
export async function openConnection(at: Target): Promise<Socket> {
  const { hostname, port, socketPath } = optionsFor(at, '/');
  const socket = at.url === null ? connect(String(socketPath)) : connect(Number(port), String(hostname));
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** Asks for `path` again and again, and returns the times in milliseconds in ascending order. */
export async function probe(target: Target, path: string, untilMs: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${target.token}` };
  const times: number[] = [];
  while (performance.now() < untilMs) {
    const begin = performance.now();
    const { status } = await send({ ...optionsFor(target, path), headers, agent });
    if (status === 200) times.push(performance.now() - begin);
  }
  agent.destroy();
  return times.sort((a, b) => a - b);
}

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
export const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
export const fromEnvironment = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);
