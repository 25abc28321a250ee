/** Runs a small benchmark of writes. Uses the compiled library, because the benchmark starts processes. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as Library from '../../lib/bench/index.js';
import type { WriteBenchReport } from '../../lib/bench/index.js';
import { commandEnvironment, runCommand } from '../support/command.js';
import { addonPath, compiledCommand, compiledLibrary } from '../support/compiled.js';
import { pythonInterpreter } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();
const folder = directory.at('folder');
const page = directory.at('writes.html');
fs.mkdirSync(folder);

describe('benchWrites', () => {
  let report: WriteBenchReport;
  beforeAll(async () => {
    process.env['POSIX_PAR_BINDING'] = addonPath;
    const library = (await import(pathToFileURL(join(compiledLibrary(), 'bench/index.js')).href)) as typeof Library;
    const sizes = { parallelism: [1, 3], blockBytes: 65_536, sizeBytes: 2 ** 21 } as const;
    const times = { rounds: 2, cellMs: 10, timeLimitMs: 600_000, syncs: ['none', 'end', 'each'] } as const;
    report = await library.benchWrites(folder, { ...sizes, ...times, python: pythonInterpreter });
  });

  test('removes all files', () => {
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('measures every method, or names the reason', () => {
    const expected = ['threads', 'file-each', 'processes', 'fio', 'dd', 'hdf5'] as const;
    for (const method of expected) {
      const cells = report.cells.filter((cell) => cell.method === method && cell.access === 'buffered');
      const skipped = report.skipped.filter((one) => one.method === method);
      expect([method, cells.length > 0 || skipped.length > 0]).toEqual([method, true]);
    }
    const processes = report.cells.filter(({ method, access }) => method === 'processes' && access === 'buffered');
    expect(new Set(processes.map(({ state }) => state)).size).toBe(4);
    expect(report.cells.filter(({ sync }) => sync === 'each').length).toBeGreaterThan(0);
  });

  test('counts bytes and calls consistently', () => {
    for (const cell of report.cells) {
      expect(cell.bytes).toBe(cell.operations * 65_536);
      expect(cell.bytes).toBeLessThanOrEqual(report.regionBytes * report.rounds);
      if (cell.latency !== null) expect(cell.latency.p50).toBeLessThanOrEqual(cell.latency.max);
    }
  });
});

describe('posix-par bench --write', () => {
  const small = ['bench', folder, '--write', '--quick', '--no-tools', '--size', '1M', '--block', '16K'];

  test('prints answers, and writes a page with charts', async () => {
    const end = await runCommand([...small, '--html', page], { COLUMNS: '100' });
    expect([end.code, end.stderr]).toEqual([0, '']);
    expect(end.stdout).toMatch(/Can one file be written in parallel, or do the writes exclude each other\?/);
    expect(end.stdout).toMatch(/overwriting: threads, one file +[\d.]/);
    expect(end.stdout).toMatch(/all files were removed/);
    const html = fs.readFileSync(page, 'utf8');
    expect(html.match(/<svg /g)?.length).toBeGreaterThanOrEqual(4);
    const json = /<script type="application\/json" id="report">(.*)<\/script>/.exec(html)?.[1] ?? '';
    expect(JSON.parse(json)).toMatchObject({ schema: 'posix-par.bench-write/1', blockBytes: 16_384 });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('prints JSON', async () => {
    const end = await runCommand([...small, '--json']);
    expect(JSON.parse(end.stdout)).toMatchObject({ schema: 'posix-par.bench-write/1', parallelism: [1, 2, 4] });
  });

  test.each([
    [['--access', 'direct'], /--access is for reads/],
    [['--order', 'random'], /--order is for reads/],
    [['--block', '1000'], /--block/],
  ])('refuses %j', async (args, text) => {
    const end = await runCommand(['bench', folder, '--write', ...args]);
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(text);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('removes its files after %s', async (signal) => {
    const child = spawn(
      process.execPath,
      [compiledCommand(), 'bench', folder, '--write', '--no-tools', '--size', '4M', '--block', '64K'],
      {
        env: commandEnvironment(),
        stdio: 'ignore',
      },
    );
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    const hasFiles = (): boolean =>
      fs.readdirSync(folder, { recursive: true }).some((name) => String(name).includes('one-'));
    while (!hasFiles() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(child.exitCode).toBeNull();
    child.kill(signal);
    await ended;
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
