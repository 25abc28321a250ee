/** Tests `posix-par view`: the address that it prints, and the page that it opens. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { send } from '../serve/requests.js';
import { commandEnvironment, runCommand } from '../support/command.js';
import { compiledCommand } from '../support/compiled.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();
writeNpy(directory, 'data/a&b.npy', [4]);
const seen = directory.at('seen');
// Replaces xdg-open, the program that opens browsers: writes the address that it should open into the file `seen`.
directory.write('bin/xdg-open', `#!/bin/sh\necho "$1" >'${seen}.part' && mv '${seen}.part' '${seen}'\n`);
fs.chmodSync(directory.at('bin/xdg-open'), 0o755);

/** Starts the command, and returns its first line and a function that stops it. */
async function start(...args: string[]): Promise<{ readonly line: string; end(): Promise<string> }> {
  const env = commandEnvironment();
  const child = spawn(process.execPath, [compiledCommand(), 'view', ...args], {
    env: { ...env, PATH: `${directory.at('bin')}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(errors)));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    ended.then((text) => reject(new Error(text)));
  });
  return {
    line,
    end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function until<T>(find: () => T | null): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('opens a page that only the user can read, and that leads to the printed address', async () => {
  const running = await start(directory.at('data/a&b.npy'));
  const address = new URL(running.line);
  expect(address.searchParams.get('path')).toBe('a&b.npy');
  const page = fileURLToPath(await until(() => (fs.existsSync(seen) ? fs.readFileSync(seen, 'utf8').trim() : null)));
  expect(fs.statSync(page).mode & 0o777).toBe(0o600);
  expect(fs.readFileSync(page, 'utf8')).toContain(`url=${running.line.replaceAll('&', '&amp;')}"`);
  const { hostname, port, pathname, search } = address;
  const first = await send({ hostname, port, path: pathname + search });
  expect([first.status, first.headers.location]).toEqual([303, '/?path=a%26b.npy']);
  expect(await running.end()).toBe('');
  expect(fs.existsSync(page)).toBe(false);
});

test('prints the address alone with --no-open, also for an array in a file and for a directory', async () => {
  fs.rmSync(seen, { force: true });
  for (const [given, path] of [
    [`${directory.at('data/a&b.npy')}#/inner/name`, 'a&b.npy/inner/name'],
    [directory.at('data'), null],
  ] as const) {
    const running = await start(given, '--no-open');
    expect(new URL(running.line).searchParams.get('path')).toBe(path);
    expect(await running.end()).toBe('');
  }
  expect(fs.existsSync(seen)).toBe(false);
});

test('names a path that does not exist', async () => {
  const { code, stderr } = await runCommand(['view', directory.at('none')]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`found none at '${directory.at('none')}'`)]);
});
