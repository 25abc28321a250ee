/**
 * Sends random and hostile requests to a server in another process. The server must stay up and answer each request. It
 * must never send data of a file outside of its root, and never reveal where the root is.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { randomMutant } from '../../support/fuzz.js';
import { pickBytes, type Random, randomSelection } from '../../support/random.js';
import { smallFormatSeeds } from '../../support/seeds/small-formats.js';
import { zarrSeeds } from '../../support/seeds/zarr.js';
import type { Campaign, Case } from '../campaign.js';
import { type HostileRoot, layHostileRoot, secretText } from '../hostile-root.js';
import { type RawReply, sendBytes } from '../raw-http.js';
import { encodeRequest, type RandomRequest, randomRequest } from '../requests.js';
import { SeedFolder } from '../seed-files.js';
import type { ServerAddress } from '../server-victim.js';

const victim = fileURLToPath(new URL('server-victim.js', import.meta.url));
/** Maximum resident memory of the server in MiB. */
const maxServerMib = 1024;
/** Number of cases between two checks of the state of the server. */
const casesPerCheck = 64;

/** A server process. */
class Victim {
  readonly address: ServerAddress;
  readonly #child: ChildProcess;
  /** Unexpected errors that the server has reported. */
  readonly errors: string[] = [];
  end: string | null = null;

  constructor(child: ChildProcess, address: ServerAddress) {
    this.#child = child;
    this.address = address;
    child.on('exit', (code, signal) => {
      this.end = `the server ended with code ${code}, signal ${signal}`;
    });
  }

  static async start(root: string): Promise<Victim> {
    const child = spawn(process.execPath, [victim, root], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin?.on('error', () => {});
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const [first] = (await once(lines, 'line')) as [string];
    const server = new Victim(child, JSON.parse(first) as ServerAddress);
    lines.on('line', (line) => server.errors.push(line));
    // The server must not keep this process alive. It ends when its standard input is closed.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as { unref?(): void } | null)?.unref?.();
    return server;
  }

  /** Resident memory in MiB. */
  get memoryMib(): number {
    const status = fs.readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  }
}

export const servingCampaign: Campaign = {
  name: 'serving',
  what: 'hostile and random requests to the HTTP server',
  weight: 4,
  quickCases: 1500,
  batchCases: 3000,
  caseCpuMs: 5000,
  missing: () => null,
  async prepare({ folder }) {
    const place = layHostileRoot(folder);
    const seeds = [...smallFormatSeeds, ...zarrSeeds].map((seed, i) => {
      const own = join(place.root, `mutant-${i}`);
      fs.mkdirSync(own);
      return new SeedFolder(seed, own);
    });
    const mutantPaths = seeds.flatMap((seed) =>
      seed.seed.arrays.map((name) => seed.path.slice(place.root.length + 1) + (name === null ? '' : `/${name}`)),
    );
    let server = await Victim.start(place.root);
    return async (test) => {
      if (server.end !== null) server = await Victim.start(place.root);
      if (test.random.below(4) === 0) {
        const seed = test.random.pick(seeds);
        const { what, bytes } = randomMutant(seed.seed.content, seed.seed.span, test.random, seed.seed.places);
        test.note(`${seed.path}: ${what}`);
        seed.put(bytes, 'by rename');
      }
      const errorsBefore = server.errors.length;
      if (test.random.below(4) === 0) await checkKnown(test, server, place);
      else await attackOnce(test, server, place, mutantPaths);
      await new Promise(setImmediate);
      for (const error of server.errors.slice(errorsBefore)) test.report.wrong(`the server reports: ${error}`);
      if (server.end !== null) test.report.wrong(server.end);
      else if (test.index % casesPerCheck === casesPerCheck - 1) await checkState(test, server);
    };
  },
};

/** Checks that the server answers, and how much memory it uses. */
async function checkState({ report }: Case, server: Victim): Promise<void> {
  const { status } = await sendBytes(
    server.address.port,
    Buffer.from('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
  );
  if (status !== 200) report.wrong(`/healthz has the status ${status}`);
  if (server.memoryMib > maxServerMib) report.wrong(`the server uses ${server.memoryMib} MiB`);
}

async function attackOnce(
  test: Case,
  { address }: Victim,
  place: HostileRoot,
  mutantPaths: readonly string[],
): Promise<void> {
  const { random, report } = test;
  const paths = [...place.samples.map((sample) => pathOf(sample.path, place)), ...mutantPaths];
  const request = randomRequest(random, address, paths, place.traps);
  let bytes = encodeRequest(request);
  const isDamaged = random.below(12) === 0;
  if (isDamaged) bytes = damageBytes(random, bytes);
  test.kind(isDamaged ? 'damaged request' : request.route);
  test.note(JSON.stringify(bytes.subarray(0, 2000).toString('latin1')));
  const abortAfter = random.below(16) === 0 ? random.below(2000) : undefined;
  if (random.below(4) === 0) place.swap('secret');
  const sent = sendBytes(address.port, bytes, abortAfter);
  if (random.below(2) === 0) place.swap('inside');
  const reply = await sent;
  checkSecrets(test, reply, place, address);
  const problem = abortAfter === undefined && !isDamaged ? problemOf(request, reply) : null;
  if (problem !== null) report.wrong(problem);
  if (reply.status > 0 && reply.status < 400) report.read();
  else report.refused();
}

function pathOf(path: string, { root }: HostileRoot): string {
  return path.slice(root.length + 1);
}

/** Changes a few bytes of a request. The request still ends, so that the server need not wait for more. */
function damageBytes(random: Random, bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  for (let n = 1 + random.below(4); n > 0; n -= 1)
    out[random.below(out.length)] = random.pick([0, 10, 13, 32, 58, 127, 128, 255]);
  return Buffer.concat([out, Buffer.from('\r\n\r\n')]);
}

const secretNumbers = [...Buffer.from(secretText)].join(',');

/** Checks that the reply contains nothing of the secret files, and neither the token nor the path of the root. */
function checkSecrets({ report }: Case, { body }: RawReply, place: HostileRoot, { token }: ServerAddress): void {
  const text = body.toString('latin1');
  if (text.includes(secretText) || text.replaceAll(' ', '').includes(secretNumbers))
    report.wrong('the reply contains the secret');
  // An error may quote the content of the file, and some of these files contain the path of the root.
  const own = text.replaceAll(/received '[^']*'/g, '');
  if (own.includes(dirname(place.root))) report.wrong(`the reply shows where the root is: ${text.slice(0, 300)}`);
  if (text.includes(token)) report.wrong('the reply contains the token');
}

const openPaths = /^\/(?:$|\?|healthz|assets)/;

/** Returns what is wrong with a reply to a request whose syntax is right; null if nothing is wrong. */
function problemOf(request: RandomRequest, { status, headers, body, isComplete }: RawReply): string | null {
  const summary = `${status} ${body.subarray(0, 300).toString('latin1')}`;
  if (status === 0) return 'the server sent no reply';
  const isHead = request.method === 'HEAD';
  if (!isComplete && !isHead && status !== 304) return `the reply is incomplete: ${summary}`;
  if (status < 300 && !request.hasToken && request.method !== 'OPTIONS' && !openPaths.test(request.target))
    return `a request without the token was answered: ${summary}`;
  if (status < 400 || isHead) return null;
  const type = headers.get('content-type') ?? '';
  // Node's parser answers malformed requests itself, with an empty body.
  if (type === '' && body.length === 0 && (status === 400 || status === 431)) return null;
  const problem = parseObject(body.toString('utf8'));
  if (problem === null) return `the reply is not a problem document: ${summary}`;
  const { tag, status: said, detail, message } = problem;
  if (tag === 'InternalError') return `the server failed: ${summary}`;
  // h5web expects the member `message` instead.
  const isH5grove = type.startsWith('application/json') && typeof message === 'string';
  const isProblem = type.startsWith('application/problem+json') && said === status && typeof detail === 'string';
  return isProblem || isH5grove ? null : `the reply is not a problem document: ${type} ${summary}`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Asks for a random selection of an array whose elements are known. */
async function checkKnown(test: Case, { address }: Victim, place: HostileRoot): Promise<void> {
  const { random, report } = test;
  const sample = random.pick(place.samples);
  const { entries, indices } = randomSelection(random, sample.shape);
  const text = entries.map(entryText).join(',');
  const path = encodeURIComponent(pathOf(sample.path, place));
  const isGrove = random.below(2) === 0;
  const target = isGrove
    ? `/h5grove/data?file=${path}&path=/data&format=bin&selection=${encodeURIComponent(text)}`
    : `/api/v1/read?path=${path}&selection=${encodeURIComponent(text)}`;
  test.kind('known elements');
  test.note(target);
  const headers: [string, string][] = [
    ['host', 'localhost'],
    ['authorization', `Bearer ${address.token}`],
    ...(random.below(2) === 0 ? [['accept-encoding', random.pick(['gzip', 'br', 'deflate'])] as [string, string]] : []),
  ];
  const request: RandomRequest = { route: 'api', method: 'GET', target, headers, hasToken: true };
  const { status, body, isComplete } = await sendBytes(address.port, encodeRequest(request));
  const expected = pickBytes(new Uint8Array(sample.content.buffer), sample.shape, 4, indices);
  if (status !== 200 || !isComplete) report.wrong(`${status} ${body.subarray(0, 300).toString('latin1')}`);
  else if (Buffer.compare(body, expected) !== 0) report.wrong('the reply has other elements than the array');
  else report.read();
}

/** Returns an entry of a selection as text. */
function entryText(entry: unknown): string {
  if (entry === null) return ':';
  if (typeof entry === 'number') return String(entry);
  if (Array.isArray(entry)) return `[${entry.join(',')}]`;
  const { start, stop, step } = entry as {
    readonly start: number | null;
    readonly stop: number | null;
    readonly step: number;
  };
  return `${start ?? ''}:${stop ?? ''}:${step}`;
}
