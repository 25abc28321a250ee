/** Tests the threat model of docs/guide/serving-security.md. load.test.ts and storm.test.ts test limits under load. */
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { failure } from '../support/faults.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { builtViewer } from '../viewer/built-viewer.js';
import { type Answer, get, optionsFor, send, type Target } from './requests.js';

builtViewer();
const directory = new TemporaryDirectory();
const root = directory.at('root');
fs.mkdirSync(root);
writeNpy(directory, 'root/a.npy', [4]);
writeNpy(directory, 'secret.npy', [4]);
const server = await serve({ roots: [root], socket: directory.at('s'), port: 0 });
const shared = await serve({ roots: [root], port: 0, cors: ['https://app.example'] });
afterAll(() => Promise.all([server.close(), shared.close()]));
const data = '/zarr/a.npy/c/0';

/** Sends a request without the token. */
function ask(target: Target, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return send({ ...optionsFor(target, path), headers });
}

const tagOf = ({ text }: Answer): unknown => (JSON.parse(text) as { tag?: unknown }).tag;

/** Sends bytes as they are, and returns what the server sends until it closes the connection. */
function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(String(server.url));
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes));
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

describe('other users of the machine', () => {
  test('cannot connect to the socket', () => {
    expect(fs.statSync(String(server.socket)).mode & 0o777).toBe(0o600);
  });

  test('cannot connect to the socket before its permissions are set, whatever the umask is', async () => {
    const before = process.umask(0);
    try {
      // The temporary directory has the permissions 0700 for its whole life.
      const modes: number[] = [];
      const watcher = fs.watch(directory.path, (_event, name) => {
        const found = fs.statSync(directory.at(String(name)), { throwIfNoEntry: false });
        if (found?.isDirectory() === true) modes.push(found.mode & 0o777);
        if (found?.isSocket() === true) modes.push(found.mode & 0o777);
      });
      await using other = await serve({ roots: [root], socket: directory.at('other') });
      expect(fs.statSync(String(other.socket)).mode & 0o777).toBe(0o600);
      watcher.close();
      expect(modes.filter((mode) => (mode & 0o077) !== 0)).toEqual([]);
    } finally {
      process.umask(before);
    }
  });

  test('cannot read without the token, over TCP or the socket', async () => {
    for (const target of [server, { ...server, url: null }]) {
      for (const headers of [
        {},
        { authorization: 'Bearer wrong' },
        { authorization: `Basic ${server.token}` },
        { authorization: 'Bearer ' },
        { cookie: `token=${server.token}` },
      ] as Record<string, string>[]) {
        const found = await ask(target, data, headers);
        expect([found.status, tagOf(found)]).toEqual([401, 'Unauthorized']);
        expect(found.headers['www-authenticate']).toBe('Bearer');
      }
      expect((await ask(target, `${data}?token=${String(server.token).slice(1)}`)).status).toBe(401);
    }
  });

  test('learn nothing about files from replies without the token', async () => {
    const paths = [data, '/zarr/none.npy/c/0', '/zarr/%ff', '/nothing', '/metrics', '/api/v1/tree', '/assetsx'];
    const texts = await Promise.all(paths.map(async (path) => (await ask(server, path)).text));
    expect(new Set(texts).size).toBe(1);
  });

  test('get the page of the viewer, which is the same for every server', async () => {
    const [here, there] = [await ask(server, '/'), await ask(shared, '/')];
    expect([here.status, here.text]).toEqual([200, there.text]);
    expect((await ask(server, '/assets/none.js')).status).toBe(404);
    expect((await ask(server, '/assets/..%2f..%2fpackage.json')).status).toBe(404);
    expect((await ask(server, '/assets/%2e%2e/metrics')).status).toBe(401);
  });

  test('accept the token as a header, in the URL, and as a cookie', async () => {
    expect((await get(server, data)).status).toBe(200);
    expect((await ask(server, `${data}?token=${server.token}`)).status).toBe(200);
    // Browsers send `sec-fetch-mode` only to servers that they trust, such as servers on this machine.
    expect((await ask(server, `/?token=${server.token}`)).status).toBe(303);
    const opened = await ask(server, `${data}?x=1&token=${server.token}`, { 'sec-fetch-mode': 'navigate' });
    expect([opened.status, opened.headers.location]).toEqual([303, `${data}?x=1`]);
    const [cookie = ''] = opened.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^posix-par-[0-9a-f]{12}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await ask(server, data, { cookie: `a=b; ${cookie.split(';')[0]}` })).status).toBe(200);
  });

  test('accept the token at the start of the path', async () => {
    const prefix = `/token/${server.token}`;
    for (const target of [server, { ...server, url: null }]) {
      const reply = await ask(target, `${prefix}${data}?x=1`);
      expect([reply.status, reply.headers['set-cookie']]).toEqual([200, undefined]);
      expect(reply.body).toEqual((await ask(target, `${data}?token=${server.token}`)).body);
    }
    const refused = [
      '/token/',
      prefix,
      `/token/x${server.token}${data}`,
      `/token/%ff${data}`,
      `/Token/${server.token}${data}`,
    ];
    for (const path of refused) expect((await ask(server, path)).status, path).toBe(401);
    expect((await ask(server, `${prefix}${prefix}${data}`)).status).toBe(404);
    expect((await ask(server, `${prefix}/zarr/..%2f..%2fsecret.npy/zarr.json`)).status).toBe(404);
    await using none = await serve({ roots: [root], port: null, token: 'none' });
    expect((await none.fetch(new Request(`http://localhost${prefix}${data}`))).status).toBe(404);
  });

  test('cannot guess the token', async () => {
    await using other = await serve({ roots: [root], port: 0 });
    expect(other.token).toMatch(/^[\w-]{43}$/);
    expect(other.token).not.toBe(server.token);
    for (const token of ['short', 'with space in the token', '', 17]) {
      const options = { roots: [root], token } as never;
      expect(await failure(() => serve(options))).toMatchObject({ message: expect.stringContaining('options.token') });
    }
    expect(await failure(() => serve({ roots: [root], token: 'none' }))).toBeInstanceOf(TypeError);
  });
});

describe('other machines', () => {
  test('cannot connect unless `host` says so', async () => {
    const { port } = new URL(String(server.url));
    const addresses = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of addresses) {
      const refused = await failure(() => send({ hostname: address, port, path: '/healthz', timeout: 2000 }));
      expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    }
    // The address is free for another server, so the first one does not listen on all addresses.
    const other = createServer();
    await new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.listen(Number(port), '127.0.0.2', resolve);
    });
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('web pages', () => {
  test('cannot reach the server under a name of the attacker (DNS rebinding)', async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    for (const host of ['attacker.example', 'localhost.attacker.example', '127.0.0.1.nip.io', '10.0.0.1', '[::2]']) {
      const found = await send({ ...optionsFor(server, data), headers: { ...headers, host } });
      expect([found.status, tagOf(found)], host).toEqual([421, 'ForeignHost']);
    }
    for (const host of ['localhost', 'LOCALHOST:1234', '127.0.0.1', '[::1]:80']) {
      expect((await send({ ...optionsFor(server, data), headers: { ...headers, host } })).status, host).toBe(200);
    }
    await using named = await serve({ roots: [root], port: 0, allowedHosts: ['Node7.cluster'] });
    const token = { authorization: `Bearer ${named.token}`, host: 'node7.cluster:8080' };
    expect((await send({ ...optionsFor(named, data), headers: token })).status).toBe(200);
  });

  test('cannot use the server from another origin', async () => {
    for (const origin of ['https://attacker.example', 'null', 'http://localhost:1', 'file://', 'https://app.example']) {
      const found = await get(server, data, { headers: { origin } });
      expect([found.status, tagOf(found)], origin).toEqual([403, 'ForeignOrigin']);
      expect(found.headers['access-control-allow-origin']).toBeUndefined();
    }
    const { origin } = new URL(String(server.url));
    expect((await get(server, data, { headers: { origin } })).status).toBe(200);
  });

  test('of an allowed origin can read replies, and ask before with OPTIONS', async () => {
    const origin = 'https://app.example';
    const found = await get(shared, data, { headers: { origin } });
    expect([found.status, found.headers['access-control-allow-origin']]).toEqual([200, origin]);
    expect(found.headers['access-control-expose-headers']).toContain('etag');
    expect(found.headers.vary).toContain('origin');
    const asked = { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
    const preflight = await send({ ...optionsFor(shared, data), method: 'OPTIONS', headers: asked });
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([
      204,
      'authorization, range, if-none-match, if-range',
    ]);
    const foreign = { ...asked, origin: 'https://other.example' };
    expect((await send({ ...optionsFor(shared, data), method: 'OPTIONS', headers: foreign })).status).toBe(403);
    // An allowed origin still needs the token.
    expect((await ask(shared, data, { origin })).status).toBe(401);
  });

  test('cannot embed the viewer, or add scripts to it', async () => {
    const policy = String((await ask(server, '/')).headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|http/);
  });

  test('cannot embed replies or run them as scripts', async () => {
    for (const path of [data, '/zarr/zarr.json', '/nothing', '/healthz']) {
      const { headers } = await get(server, path);
      expect(headers, path).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'; frame-ancestors 'none'"),
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
    }
  });
});

describe('requests with the token', () => {
  test('cannot leave the roots by their path', async () => {
    const ways = [
      '/zarr/../secret.npy/c/0',
      '/zarr/%2e%2e/secret.npy/c/0',
      '/zarr/..%2fsecret.npy/c/0',
      '/zarr/%2e%2e%2fsecret.npy/c/0',
      '/zarr/a.npy/../../secret.npy/c/0',
      '/zarr//secret.npy/c/0',
      `/zarr/${encodeURIComponent(directory.at('secret.npy'))}/c/0`,
      `/zarr/${directory.at('secret.npy')}/c/0`,
      '/zarr/a.npy%00/c/0',
      '/zarr/%c0%ae%c0%ae/secret.npy/c/0',
      '/zarr/..\\secret.npy/c/0',
    ];
    for (const path of ways) expect((await get(server, path)).status, path).toBe(404);
  });

  test('cannot leave the roots by links, also if they are exchanged', async () => {
    fs.symlinkSync('../secret.npy', directory.at('root/link.npy'));
    fs.symlinkSync('..', directory.at('root/up'));
    fs.symlinkSync('a.npy', directory.at('root/inside.npy'));
    for (const path of ['/zarr/link.npy/c/0', '/zarr/up/secret.npy/c/0', '/zarr/up/root/a.npy/c/0']) {
      expect((await get(server, path)).status, path).toBe(403);
    }
    expect((await get(server, '/zarr/inside.npy/c/0')).status).toBe(200);
    const secret = fs.readFileSync(directory.at('secret.npy')).subarray(-16);
    writeNpy(directory, 'root/b.npy', [4], { value: () => 7 });
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const asking = Promise.all([0, 1, 2, 3].map(() => get(server, '/zarr/swapped.npy/c/0')));
      fs.symlinkSync(i % 2 === 0 ? '../secret.npy' : 'b.npy', directory.at('root/new'));
      fs.renameSync(directory.at('root/new'), directory.at('root/swapped.npy'));
      for (const { status, body } of await asking) {
        seen.add(status);
        if (status === 200) expect(body).not.toEqual(secret);
      }
    }
    expect(seen).toContain(200);
    expect(seen).toContain(403);
  });

  test('cannot leave the roots by references of files', async () => {
    const array = {
      zarr_format: 2,
      shape: [4],
      chunks: [4],
      dtype: '<f4',
      compressor: null,
      filters: null,
      order: 'C',
    };
    const refs = { 'a/.zarray': JSON.stringify({ ...array, fill_value: 0 }), 'a/0': ['../secret.npy', 128, 16] };
    directory.write(
      'root/refs.json',
      JSON.stringify({ version: 1, refs: { ...refs, '.zgroup': '{"zarr_format":2}' } }),
    );
    const found = await get(server, '/zarr/refs.json/a/c/0');
    expect([found.status, tagOf(found)]).toEqual([403, 'ExternalFileError']);
  });

  test('do not learn where the roots are', async () => {
    directory.write('root/bad.npy', '\x93NUMPY\x01\x00\xff\xff');
    for (const path of ['/zarr/bad.npy/zarr.json', '/zarr/link.npy/zarr.json', '/zarr/refs.json/a/c/0']) {
      const { text, status } = await get(server, path);
      expect(status, path).toBeGreaterThan(400);
      expect(text).not.toContain(directory.path);
    }
  });

  test('cannot change anything', async () => {
    const before = fs.readFileSync(directory.at('root/a.npy'));
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      expect((await get(server, data, { method })).status).toBe(405);
    }
    expect(fs.readFileSync(directory.at('root/a.npy'))).toEqual(before);
  });

  test('cannot use more memory than the limit', async () => {
    writeNpy(directory, 'root/large.npy', [1000]);
    await using small = await serve({ roots: [root], port: 0, maxResponseBytes: 3999 });
    const found = await get(small, '/zarr/large.npy/c/0');
    expect([found.status, tagOf(found)]).toEqual([413, 'ResponseTooLarge']);
    expect((await get(small, data)).status).toBe(200);
  });
});

describe('malformed requests', () => {
  test('are refused without a crash', async () => {
    const requests = [
      'GET http://attacker.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET * HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: local host\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: user:password@localhost\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: localhost/path\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'NONSENSE\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00',
    ];
    for (const bytes of requests) expect(await sendRaw(bytes), bytes.slice(0, 60)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await get(server, data)).status).toBe(200);
  });
});
