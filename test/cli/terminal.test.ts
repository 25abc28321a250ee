/** Tests the command in a real pseudo-terminal: colours, pictures, progress, ^C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { commandEnvironment, runCommand } from '../support/command.js';
import { compiledCommand } from '../support/compiled.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { runInTerminal } from '../support/terminal.js';
import { writeFiles } from '../support/zarr-store.js';

const directory = new TemporaryDirectory();
const [rows, columns] = [40, 60];
const values = new Float32Array(rows * columns).map((_, i) => (i % columns) + Math.floor(i / columns));
const bytes = new Uint8Array(values.buffer);
const plane = directory.write('plane.npy', npyBytes(npyDict('<f4', false, [rows, columns]), bytes));
const esc = '\x1b';

/** Expected grey values of the picture of `plane` in the colour map `gray`. */
const expectedGrey = [...values].map((value) => Math.round((value * 255) / (rows + columns - 2)));
const grey = ['--cmap', 'gray'];

function greyOf(base64: string): number[] {
  const png = PNG.sync.read(Buffer.from(base64, 'base64'));
  expect([png.width, png.height]).toEqual([columns, rows]);
  return Array.from({ length: rows * columns }, (_, i) => png.data[4 * i] ?? -1);
}

describe('colours', () => {
  test('are used on a terminal', async () => {
    const { text, code } = await runInTerminal(['info', plane]);
    expect(code).toBe(0);
    expect(text).toContain(`${esc}[1m`);
    expect(stripVTControlCharacters(text)).toMatch(/shape +40 × 60 {2}\(2,400 elements, 9\.38 KiB\)/);
  });
  test.each<[string, string[], Record<string, string>]>([
    ['--no-color', ['--no-color'], {}],
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['TERM=dumb', [], { TERM: 'dumb' }],
    ['--json', ['--json'], {}],
  ])('are not used with %s', async (_what, options, environment) => {
    const { text } = await runInTerminal(['info', plane, ...options], { environment });
    expect(text).toContain('float32');
    expect(text).not.toContain(esc);
  });
});

describe('a long tree', () => {
  const metadata = { zarr_format: 2, shape: [1], chunks: [1], dtype: '|u1', compressor: null, fill_value: 0 };
  const array = { ...metadata, order: 'C', filters: null };
  const names = Array.from({ length: 24 }, (_, i) => `a${10 + i}/.zarray`);
  const group = { '.zgroup': { zarr_format: 2 }, ...Object.fromEntries(names.map((name) => [name, array])) };
  const store = writeFiles(directory.at('many.zarr'), group);
  const numbered = { PAGER: "sed 's/^/paged /'" };

  test('is shown in the pager of the user', async () => {
    const { text, code } = await runInTerminal(['info', store], { environment: numbered });
    expect(code).toBe(0);
    expect(text.match(/^paged .*uint8 1/gm)).toHaveLength(24);
  });
  test.each([
    ['a larger terminal', { rows: 50, environment: numbered }],
    ['PAGER=cat', { environment: { PAGER: 'cat' } }],
    ['a pager that does not exist', { environment: { PAGER: '/nowhere/pager 2>/dev/null' } }],
  ])('is printed directly with %s', async (_what, options) => {
    const { text, code } = await runInTerminal(['info', store], options);
    expect(code).toBe(0);
    expect(text).not.toContain('paged');
    expect(text.match(/uint8 1/g)).toHaveLength(24);
  });
});

describe('a picture of a plane', () => {
  test('uses half blocks if the terminal does not answer', async () => {
    const { text } = await runInTerminal(['read', plane, ...grey]);
    const lines = stripVTControlCharacters(text)
      .split('\r\n')
      .filter((line) => line.includes('▀'));
    expect(stripVTControlCharacters(text)).toMatch(/\r\n {2}1 {34}98\r\n/); // The scale.
    // The picture takes 14 of 24 lines: 28 pixels, and as many columns as its proportions require.
    expect(lines.map((line) => line.length)).toEqual(new Array(14).fill(42));
    expect(text).toContain(`${esc}[38;5;232m`);
    expect(text).toContain(`${esc}[48;5;255m`);
  });
  test('uses half blocks in 24-bit colours if COLORTERM allows it', async () => {
    const { text } = await runInTerminal(['read', plane], { environment: { COLORTERM: 'truecolor' } });
    // The first and the last colour of viridis.
    expect(text).toContain(`${esc}[38;2;68;1;84m▀`);
    expect(text).toContain(`${esc}[48;2;253;231;37m`);
  });
  test('uses characters without colours', async () => {
    const { text } = await runInTerminal(['read', plane, '--no-color']);
    expect(text).toMatch(/[.:\-=+*#%]+@+\r\n/);
    expect(text).toMatch(/ {2}1 \[ +[.:\-=+*#%]+@+\] 98\r\n/);
  });
  test('uses real pixels in kitty', async () => {
    const { text } = await runInTerminal(['read', plane, ...grey], { environment: { TERM: 'xterm-kitty' } });
    const pieces = [...text.matchAll(new RegExp(`${esc}_G[^;]*;([^${esc}]*)${esc}\\\\`, 'g'))].map(([, data]) => data);
    expect(greyOf(pieces.join(''))).toEqual(expectedGrey);
  });
  test('uses real pixels in iTerm2', async () => {
    const { text } = await runInTerminal(['read', plane, ...grey], { environment: { TERM_PROGRAM: 'iTerm.app' } });
    const data = /1337;File=inline=1;size=\d+:([A-Za-z0-9+/=]*)/.exec(text)?.[1] ?? '';
    expect(greyOf(data)).toEqual(expectedGrey);
  });
  test('uses sixels if the terminal reports them', async () => {
    const { text } = await runInTerminal(['read', plane], { answer: `${esc}[?62;4;22c` });
    expect(text).toContain(`${esc}P0;1q"1;1;60;40`);
  });
  test('uses half blocks if the terminal reports no sixels', async () => {
    const { text } = await runInTerminal(['read', plane], { answer: `${esc}[?62;22c` });
    expect(text).toContain('▀');
    expect(text).not.toContain(`${esc}P`);
  });
  test('binary output is refused on a terminal', async () => {
    const { text, code } = await runInTerminal(['read', plane, '-o', '-', '--to', 'npy']);
    expect(code).toBe(2);
    expect(text).toMatch(/a pipe or a file for binary \.npy/);
    const csv = await runInTerminal(['read', plane, '0, :3', '-o', '-', '--to', 'csv']);
    expect([csv.code, csv.text]).toEqual([0, '0,1,2\r\n']);
  });
  test.each([
    [
      'of few elements',
      Float32Array.from({ length: 64 }, (_, i) => i),
      [8, 8],
      / {2}56 +57 +58 +59 +60 +61 +62 +63\r\n/,
    ],
    ['in a row or two', Float32Array.from({ length: 24 }, (_, i) => i), [2, 12], / {2}12 +13 +14 +15 .* 22 +23\r\n/],
    ['that are NaN alone', new Float32Array(400).fill(Number.NaN), [20, 20], /( {2}NaN){8}/],
  ])('is replaced by numbers for %s', async (_what, some, shape, text) => {
    const path = directory.write('few.npy', npyBytes(npyDict('<f4', false, shape), new Uint8Array(some.buffer)));
    const shown = await runInTerminal(['read', path]);
    expect(shown.text).toMatch(text);
    expect(shown.text).not.toContain('▀');
  });
  test('shows missing values, and clamps values outside of --range', async () => {
    const some = Float32Array.from({ length: 400 }, (_, i) => (i < 40 ? Number.NaN : i));
    const path = directory.write('gaps.npy', npyBytes(npyDict('<f4', false, [20, 20]), new Uint8Array(some.buffer)));
    const { text } = await runInTerminal(['read', path, '--range', '100,200'], {
      environment: { COLORTERM: 'truecolor' },
    });
    expect(text).toContain(`${esc}[48;2;128;128;128m${esc}[38;2;128;128;128m▀`);
    expect(stripVTControlCharacters(text)).toMatch(/ {2}100 {34}200 {6}missing\r\n/);
    const plain = await runInTerminal(['read', path, '--no-color']);
    expect(plain.text).toMatch(/\r\n\?{20}\r\n/);
    expect(plain.text).toMatch(/\] 399 {3}\? missing\r\n/);
  });
  test('is drawn for few elements on request', async () => {
    const { text } = await runInTerminal(['read', plane, ':4, :4', '--picture', 'blocks']);
    expect(text).toContain('▀');
  });
  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['TERM=dumb', { TERM: 'dumb' }],
  ])('does not ask the terminal with %s', async (_what, environment) => {
    const { text } = await runInTerminal(['read', plane], { environment });
    expect(text).toContain('40 × 60');
    expect(text).not.toContain(esc);
  });
  test('is not drawn through a pipe', async () => {
    const { stdout } = await runCommand(['read', plane]);
    expect(stdout).toMatch(/^ {2}0 {2}1 {2}2/m);
    expect(stdout).not.toContain(esc);
  });
});

describe('a long read', () => {
  const big = directory.write('big/zeros.bin', '');
  truncateSync(big, 1 << 30);
  const options = ['--format', 'raw', '--option', 'dtype=uint8', '--option', 'shape=[1024,1048576]'];

  test('shows its progress, and leaves no files behind when it is interrupted', async () => {
    writeFileSync(directory.at('big/out.csv'), 'from before');
    const { text, code } = await runInTerminal(['read', big, ...options, '-o', directory.at('big/out.csv')], {
      interruptOn: 'reading',
    });
    expect(text).toMatch(/reading [█░]+ \d+ %/);
    expect(stripVTControlCharacters(text)).toMatch(/posix-par: Interrupted: partial output was removed/);
    expect(code).toBe(130);
    expect(readdirSync(directory.at('big')).sort()).toEqual(['out.csv', 'zeros.bin']);
  });

  test('leaves no files behind when its terminal is closed', async () => {
    const { code } = await runInTerminal(['read', big, ...options, '-o', directory.at('big/out.csv')], {
      interruptOn: 'reading',
      keys: 'hang up',
    });
    expect(code).toBe(129);
    expect(readdirSync(directory.at('big')).sort()).toEqual(['out.csv', 'zeros.bin']);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('prints no progress if standard error is not a terminal, and ends on %s', async (signal, code) => {
    const args = [compiledCommand(), 'read', big, ...options, '-o', directory.at('big/new.csv')];
    const child = spawn(process.execPath, args, { env: commandEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const isWriting = () => readdirSync(directory.at('big')).some((name) => name.endsWith('.partial'));
    await expect.poll(isWriting, { timeout: 20_000 }).toBe(true);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(stderr).toBe('posix-par: Interrupted: partial output was removed\n');
    expect(readdirSync(directory.at('big')).sort()).toEqual(['out.csv', 'zeros.bin']);
  });

  test('leaves a hidden file when it is killed, which the next read into the same file removes', async () => {
    const output = directory.at('big/killed.csv');
    const args = [compiledCommand(), 'read', big, ...options, '-o', output];
    const child = spawn(process.execPath, args, { env: commandEnvironment(), stdio: 'ignore' });
    const ended = once(child, 'close');
    const partials = () => readdirSync(directory.at('big')).filter((name) => name.endsWith('.partial'));
    await expect.poll(() => partials().length, { timeout: 20_000 }).toBe(1);
    child.kill('SIGKILL');
    await ended;
    expect(partials()).toHaveLength(1);
    const { code } = await runCommand(['read', big, '0, :4', ...options, '-o', output]);
    expect(code).toBe(0);
    expect(partials()).toEqual([]);
    expect(readFileSync(output, 'utf8')).toBe('0,0,0,0\n');
    rmSync(output);
  });
});
