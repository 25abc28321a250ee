/** Tests `posix-par serve`: what it prints, and how it ends. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
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

  test('names its options in errors', async () => {
    const root = directory.at('root');
    const cases: [args: string[], message: RegExp][] = [
      [['--token', 'short'], /--token/],
      [['--cors', 'app.example'], /--cors/],
      [['--port', '70000'], /--port/],
      [['--port', '-1'], /--port/],
      [['--stall-time', '0'], /--stall-time/],
      [['--stall-time', '99999999'], /--stall-time/],
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
