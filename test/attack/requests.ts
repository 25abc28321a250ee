/**
 * Makes random HTTP requests: valid ones, hostile ones and mixtures.
 * @module
 */
import type { Random } from '../support/random.js';
import { oddNames, oddNumbers } from './lies/lie.js';

/** A request. */
export interface RandomRequest {
  readonly route: 'zarr' | 'api' | 'h5grove' | 'other';
  readonly method: string;
  /** Path and query, percent-encoded or not. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** True if the request has the token of the server. */
  readonly hasToken: boolean;
}

const pick = <T>(random: Random, often: T, seldom: readonly T[]): T =>
  random.below(8) === 0 ? random.pick(seldom) : often;

const traversals = [
  '..',
  '%2e%2e',
  '.%2e',
  '..%2f',
  '%2e%2e%2f',
  '..\\',
  '..%5c',
  '%c0%ae%c0%ae',
  '.',
  '',
  '%00',
  '%ff',
  '%',
  '%2',
  'up',
  '%252e%252e',
  '..;',
  '\u2025',
] as const;
const separators = ['/', '/', '/', '%2f', '//', '\\', '/./'] as const;

/** Returns a path that leaves the root in some notation, or tries to. */
function escapePath(random: Random): string {
  const steps = Array.from({ length: 1 + random.below(4) }, () => random.pick(traversals));
  const end = random.pick(['secret/s.npy', 'secret/s.zarr', 'secret/s.bin', 'a.npy', 'etc/passwd', 'root/a.npy']);
  return [...steps, end].join(random.pick(separators));
}

/** Returns the path of an array below the root: a sample, a trap, or nonsense. */
function randomPath(random: Random, paths: readonly string[], traps: readonly string[]): string {
  const kind = random.below(8);
  if (kind < 4) return random.pick(paths);
  if (kind < 6) return random.pick(traps);
  if (kind === 6) return escapePath(random);
  return random.pick([...oddNames, `${random.pick(paths)}/${random.pick(oddNames)}`]);
}

const selections = [':', '0', '-1', '0:4', '::2', '::-1', '3:60:7', '...', '[1,2]', ':,0', '0:2,5:9', ',', '', '5:1'];
const oddSelections = [
  '0:1e9',
  '99999999999999999999',
  '-99999999999999999999:',
  '::0',
  '[',
  '[]',
  `[${'0,'.repeat(3000)}0]`,
  ':'.repeat(500),
  ',:'.repeat(100),
  '__proto__',
  'None',
  'NaN',
  '0x10',
  '١',
  '...,...',
  '[[0]]',
  '\0',
  '0:4:',
  ' 0 : 4 ',
];

function parameter(random: Random, name: string, often: readonly string[]): string {
  const odd = [...oddNames, ...oddNumbers.map(String)];
  const value = pick(random, random.pick(often), odd);
  return `${name}=${random.below(8) === 0 ? value : encode(value)}`;
}

/** Encodes a text that may contain lone surrogates. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function query(
  random: Random,
  path: string,
  optional: Readonly<Record<string, readonly string[]>>,
  name = 'path',
): string {
  const all = [`${name}=${random.below(8) === 0 ? path : encode(path)}`];
  for (const [key, values] of Object.entries(optional)) {
    if (random.below(8) === 0) all.push(parameter(random, key, values));
    if (random.below(40) === 0) all.push(parameter(random, key, values));
  }
  if (random.below(12) === 0) all.push(parameter(random, random.pick(oddNames), ['x']));
  return all.join('&');
}

function zarrTarget(random: Random, path: string): string {
  const keys = [
    'zarr.json',
    'zarr.json',
    'zarr.json',
    'c/0',
    'c/0/0',
    'c/1/2',
    'c/3/3',
    'c',
    '.zarray',
    '.zmetadata',
    'c/0/0/0',
    '',
    '0.0',
  ];
  const odd = [
    'c/-1',
    'c/00',
    'c/1e9',
    'c/999999999999999',
    'c/9999999999999999',
    'c/0/',
    'c/0.0',
    `c${'/0'.repeat(400)}`,
  ];
  return `/zarr/${path}/${pick(random, random.pick(keys), odd)}`;
}

const dtypes = ['float64', 'float32', 'int8', 'uint16', 'int64', 'float16'];

function apiTarget(random: Random, path: string): string {
  const name = pick(random, 'read', [
    'explain',
    'tree',
    'paths',
    'chunks',
    'storage',
    'stats',
    'reads',
    'residency',
    'openapi.json',
    'none',
  ]);
  return `/api/v1/${name}?${query(random, path, {
    selection: random.below(3) === 0 ? oddSelections : selections,
    format: ['bin', 'npy', 'json', 'png'],
    as: dtypes,
    overflow: ['error', 'clamp', 'wrap'],
    decode: ['cf'],
    maxPixels: ['1', '7', '100', '2147483648'],
    reduce: ['nearest', 'mean'],
    colormap: ['viridis', 'gray'],
    range: ['0,100', '1e308,-1e308', 'NaN,1', '0,0', '-1,1,2'],
    id: ['a', 'b-1'],
  })}`;
}

function h5groveTarget(random: Random, path: string): string {
  const name = pick(random, 'data', ['meta', 'attr', 'paths', 'stats', '', 'none', 'meta/x']);
  const options = {
    path: ['/data', '/data', '/', '/a', '/g'],
    selection: random.below(3) === 0 ? oddSelections : selections,
    format: ['json', 'bin', 'npy', 'tiff'],
    dtype: ['origin', 'safe'],
    flatten: ['true', 'false'],
    attr_keys: ['units', '__proto__'],
  };
  return `/h5grove/${name}?${query(random, path, options, 'file')}`;
}

function otherTarget(random: Random, path: string): string {
  const fixed = [
    '/',
    '/assets/',
    '/assets/../secret/s.npy',
    '/metrics',
    '/healthz',
    '/favicon.ico',
    '*',
    '//',
    '/?token=',
  ];
  return random.below(3) === 0 ? `/${path}` : random.pick(fixed);
}

const targets = { zarr: zarrTarget, api: apiTarget, h5grove: h5groveTarget, other: otherTarget } as const;

/** Changes a few characters of a text. */
function mutate(random: Random, text: string): string {
  let out = text;
  for (let n = 1 + random.below(3); n > 0; n -= 1) {
    const at = random.below(out.length + 1);
    const piece = random.pick([
      ...traversals,
      '/',
      '?',
      '#',
      '&',
      '=',
      '\u00e9',
      '\t',
      '%0d%0a',
      ' ',
      'x'.repeat(300),
      '%2e',
    ]);
    out = out.slice(0, at) + piece + out.slice(at + random.below(3));
  }
  return out;
}

function randomHeaders(random: Random, host: string): [string, string][] {
  const headers: [string, string][] = [];
  const add = (odds: number, name: string, values: readonly string[]): void => {
    if (random.below(odds) === 0) headers.push([name, random.pick(values)]);
  };
  headers.push([
    'host',
    pick(random, host, [host, 'localhost', '[::1]', 'attacker.example', '127.0.0.1.nip.io', `user@${host}`, '']),
  ]);
  add(5, 'range', [
    'bytes=0-15',
    'bytes=-1',
    'bytes=4-',
    'bytes=9-3',
    'bytes=0-0,4-5',
    'bytes=999999999999999999-',
    'lines=1-2',
    'bytes=-0',
    'bytes= 1 - 2',
  ]);
  add(8, 'if-none-match', ['*', '"x"', 'W/"x"', ','.repeat(2000)]);
  add(8, 'if-range', ['"x"', 'Sat, 29 Nov 2025 00:00:00 GMT']);
  add(4, 'accept-encoding', [
    'gzip',
    'br',
    'deflate',
    'gzip;q=0',
    '*;q=0',
    'identity;q=0',
    'gzip, br;q=0.5, *',
    `${'gzip,'.repeat(500)}`,
  ]);
  add(10, 'origin', ['https://app.example', 'https://attacker.example', 'null', `http://${host}`]);
  add(12, 'access-control-request-method', ['GET', 'PUT']);
  add(12, 'sec-fetch-mode', ['navigate', 'cors']);
  add(12, 'accept', ['text/html', 'application/json', '*/*;q=0']);
  add(20, 'x', ['y'.repeat(9000), '\x7f', 'é']);
  return headers;
}

/** Makes a request. `paths` are arrays below the root, `traps` lead out of it. */
export function randomRequest(
  random: Random,
  server: { readonly port: number; readonly token: string },
  paths: readonly string[],
  traps: readonly string[],
): RandomRequest {
  const route = random.pick(['zarr', 'zarr', 'api', 'api', 'h5grove', 'other'] as const);
  let target = targets[route](random, randomPath(random, paths, traps));
  const headers = randomHeaders(random, `127.0.0.1:${server.port}`);
  const wrong = [
    server.token.slice(1),
    `${server.token}x`,
    '',
    'Bearer',
    server.token.toLowerCase(),
    '\u00ff'.repeat(43),
  ];
  const kind = random.below(12);
  let hasToken = true;
  if (kind < 9) headers.push(['authorization', `Bearer ${server.token}`]);
  else if (kind === 9) target += `${target.includes('?') ? '&' : '?'}token=${server.token}`;
  else {
    hasToken = false;
    const value = random.pick(wrong);
    if (kind === 10)
      headers.push(random.below(2) === 0 ? ['authorization', `Bearer ${value}`] : ['cookie', `token=${value}`]);
    else target += `${target.includes('?') ? '&' : '?'}token=${value}`;
  }
  if (random.below(8) === 0) target = mutate(random, target);
  const method = pick(random, 'GET', [
    'HEAD',
    'OPTIONS',
    'POST',
    'PUT',
    'DELETE',
    'PATCH',
    'TRACE',
    'PROPFIND',
    'get',
    'GET',
  ]);
  return { route, method, target, headers, hasToken };
}

/** Returns the bytes of a request. The client asks the server to close the connection. */
export function encodeRequest({ method, target, headers }: RandomRequest): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8');
}
