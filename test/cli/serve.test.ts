/** Tests `posix-par serve`: what it prints, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { send } from '../serve/requests.js';
import { commandEnvironment, runCommand } from '../support/command.js';
import { compiledCommand } from '../support/compiled.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();
writeNpy(directory, 'root/a.npy', [4]);

interface Running {
  /** The first line of standard output. */
  readonly line: string;
  /** Sends a signal and returns the exit code and all output. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Starts the command, and waits for its first line. */
async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [compiledCommand(), 'serve', directory.at('root'), ...args], {
    env: commandEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stderr.on('data', (text) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const lines = createInterface(child.stdout);
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    ended.then((code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  lines.on('line', (text) => {
    output += `${text}\n`;
  });
  return {
    line,
    async end(signal) {
      child.kill(signal);
      return { code: await ended, output };
    },
  };
}

describe('posix-par serve', () => {
  test('prints the URL alone, serves, and ends gracefully', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      const running = await start();
      const url = new URL(running.line);
      expect(running.line).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
      const { hostname, port, search } = url;
      const found = await send({ hostname, port, path: `/zarr/a.npy/c/0${search}` });
      expect([found.status, found.body.length]).toEqual([200, 16]);
      expect(await running.end(signal)).toEqual({ code, output: '' });
    }
  });

  test('serves on a socket, and removes it', async () => {
    const path = directory.at('s.sock');
    const token = 'a-token-of-the-test';
    const running = await start('--socket', path, '--token', token);
    expect(running.line).toBe(`http+unix://${encodeURIComponent(path)}/?token=${token}`);
    const headers = { authorization: `Bearer ${token}` };
    expect((await send({ socketPath: path, path: '/zarr/a.npy/zarr.json', headers })).status).toBe(200);
    await running.end('SIGTERM');
    expect(existsSync(path)).toBe(false);
  });

  test('passes the limits of its options on', async () => {
    const path = directory.at('limited.sock');
    const token = 'a-token-of-the-test';
    const sizes = ['--memory', '1M', '--max-response', '15', '--request-time', '5', '--stall-time', '5'];
    const counts = ['--concurrent-reads', '2', '--waiting-reads', '3', '--max-connections', '1', '--grace', '1'];
    const running = await start('--socket', path, '--token', token, ...sizes, ...counts);
    const asked = { socketPath: path, headers: { authorization: `Bearer ${token}` } };
    expect((await send({ ...asked, path: '/api/v1/read?path=a.npy' })).status).toBe(413);
    expect((await send({ ...asked, path: '/api/v1/read?path=a.npy&selection=0' })).status).toBe(200);
    const first = connect(path);
    await once(first, 'connect');
    expect(await send({ ...asked, path: '/healthz' }).catch(() => 'closed')).toBe('closed');
    first.destroy();
    await running.end('SIGTERM');
  });

  describe('ends on SIGTERM', () => {
    const token = 'a-token-of-the-test';
    const path = '/api/v1/read?path=large.npy';
    const bytes = 48 << 20;

    /** Starts the command with a reply in flight, which the client does not read yet. */
    async function startReply(...args: string[]): Promise<{ running: Running; socket: Socket }> {
      const name = directory.at(`${args.join('')}.sock`);
      writeNpy(directory, 'root/large.npy', [bytes / 4]);
      const running = await start('--socket', name, '--token', token, ...args);
      const socket = connect(name);
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`);
      await once(socket, 'readable');
      return { running, socket };
    }

    async function readAll(socket: Socket): Promise<number> {
      let received = 0;
      socket.on('data', (part) => {
        received += part.length;
      });
      socket.on('error', () => {});
      await once(socket, 'close');
      return received;
    }

    test('after the replies in flight', async () => {
      const { running, socket } = await startReply('--grace', '40');
      const ended = running.end('SIGTERM');
      const isOver = await Promise.race([ended.then(() => true), delay(500).then(() => false)]);
      expect(isOver).toBe(false);
      expect(await readAll(socket)).toBeGreaterThan(bytes);
      expect(await ended).toEqual({ code: 143, output: '' });
    });

    test('after the time of --grace, even if a client does not read its reply', async () => {
      const { running, socket } = await startReply('--grace', '1');
      const begin = performance.now();
      expect(await running.end('SIGTERM')).toEqual({ code: 143, output: '' });
      expect(performance.now() - begin).toBeGreaterThan(900);
      expect(await readAll(socket)).toBeLessThan(bytes);
    });
  });

  test('names its options in errors', async () => {
    const root = directory.at('root');
    const cases: [args: string[], message: RegExp][] = [
      [['--token', 'short'], /--token/],
      [['--cors', 'app.example'], /--cors/],
      [['--port', '70000'], /--port/],
      [['--port', '-1'], /--port/],
      [['--stall-time', '0'], /--stall-time/],
      [['--stall-time', '99999999'], /--stall-time/],
      [['--memory', 'much'], /--memory/],
      [['--max-response', '0'], /--max-response/],
      [['--concurrent-reads', '0'], /--concurrent-reads/],
      [['--waiting-reads', '-1'], /--waiting-reads/],
      [['--max-connections', '0'], /--max-connections/],
      [['--request-time', '99999999'], /--request-time/],
      [['--grace', '99999999'], /--grace/],
      [['--socket', directory.at('root')], /--socket/],
    ];
    for (const [args, message] of cases) {
      const end = await runCommand(['serve', root, ...args]);
      expect(end.code, args.join(' ')).toBe(2);
      expect(end.stderr).toMatch(message);
    }
    expect((await runCommand(['serve', directory.at('none')])).stderr).toMatch(/none/);
  });
});
