/** Tests `posix-par bench` as a command, and its page in a browser. */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BenchReport } from '../../lib/bench/index.js';
import { subjectName } from '../../lib/cli/bench/names.js';
import { browserMissing, framedPage, openPage } from '../support/browser.js';
import { commandEnvironment, runCommand } from '../support/command.js';
import { compiledCommand } from '../support/compiled.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();
const folder = directory.at('data <b>&amp;');
const page = directory.at('report.html');
let report: BenchReport;
let stderr: string;

beforeAll(async () => {
  fs.mkdirSync(folder);
  const args = ['bench', folder, '--quick', '--no-tools', '--size', '8M', '--block', '64K', '--rounds', '2'];
  const end = await runCommand([...args, '--json', '--html', page]);
  stderr = end.stderr;
  report = JSON.parse(end.stdout) as BenchReport;
});

describe('posix-par bench', () => {
  test('prints the report as JSON, and leaves no files behind', () => {
    expect(stderr).toBe('');
    expect(report).toMatchObject({ schema: 'posix-par.bench/1', fileIs: 'written', blockBytes: 65_536, rounds: 2 });
    expect(report.parallelism).toEqual([1, 2, 4]);
    expect(report.cells.length).toBeGreaterThan(20);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('prints tables and verdicts that fit the terminal', async () => {
    const args = ['bench', folder, '--quick', '--no-tools', '--access', 'cached', '--parallel', '1,2'];
    const end = await runCommand(args, { COLUMNS: '80' });
    expect(end.code).toBe(0);
    expect(end.stdout).toMatch(/cached, GB\/s +×1 +×2\n {2}pread, one descriptor +[\d.]+ +[\d.]+\n/);
    expect(end.stdout).toMatch(
      /as fast as many files\?\n {2}[\d.]+× the speed[\s\S]*How many reads[\s\S]*How much faster/,
    );
    expect(end.stdout).toMatch(/not measured\n[\s\S]*HDF5 library \(h5py\), cached: disabled by an option/);
    const sentences = end.stdout.split('\n').filter((line) => line.startsWith('    '));
    expect(Math.max(...sentences.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test.each([
    [['--size', 'much'], 2, /--size, received 'much'/],
    [['--parallel', '1,x'], 2, /--parallel, received 'x'/],
    [['--access', 'warm'], 2, /--access, received 'warm'/],
    [['--block', '1000'], 2, /for --block, received 1000/],
    [['--order', 'backwards'], 2, /for --order, received/],
    [['--size', '900T'], 3, /are free.*free some space/],
  ])('%j ends with exit code %i and names the mistake', async (args, code, words) => {
    const end = await runCommand(['bench', folder, ...args]);
    expect([end.code, end.stdout]).toEqual([code, '']);
    expect(end.stderr).toMatch(words);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('refuses a path that does not exist, unless the size of a file to write is given', async () => {
    const missing = directory.at('volume.npyy');
    for (const extra of [[], ['--quick']]) {
      const end = await runCommand(['bench', missing, '--no-tools', ...extra]);
      expect([end.code, end.stdout]).toEqual([3, '']);
      expect(end.stderr).toMatch(
        /^posix-par: No such file or directory: .*volume\.npyy\. Use --size.*Check the path\n$/,
      );
    }
    const before = fs.readdirSync(directory.path).sort();
    const args = ['--quick', '--no-tools', '--access', 'cached', '--parallel', '1', '--size', '1M'];
    const end = await runCommand(['bench', missing, ...args]);
    expect(end.code).toBe(0);
    expect(end.stderr).toMatch(
      /^posix-par: No such file .*volume\.npyy\. Writing, measuring and removing a temporary file of 1\.00 MiB .*\n$/,
    );
    expect(end.stdout).toContain(`temporary file at ${missing}: 1.00 MiB`);
    expect(fs.readdirSync(directory.path).sort()).toEqual(before);
  });

  // Root can read every file unless it drops that capability.
  const isRoot = process.getuid?.() === 0;
  const without = '-dac_override,-dac_read_search';
  const giveUp = isRoot ? ['setpriv', `--inh-caps=${without}`, `--bounding-set=${without}`] : [];
  test.skipIf(isRoot && spawnSync('setpriv', ['--version']).status !== 0)(
    'reports a file without read permission in one line',
    () => {
      const secret = directory.write('secret.bin', new Uint8Array(1 << 20));
      fs.chmodSync(secret, 0);
      const [command = '', ...args] = [
        ...giveUp,
        process.execPath,
        compiledCommand(),
        'bench',
        secret,
        '--no-tools',
        '--quick',
      ];
      const { status, stdout, stderr } = spawnSync(command, args, { env: commandEnvironment(), encoding: 'utf8' });
      expect([status, stdout]).toEqual([3, '']);
      expect(stderr).toMatch(/^posix-par: EACCES: permission denied, open '.*secret\.bin'\. Ask the owner.*\n$/);
    },
  );

  const unreadable = '/sys/class/net/lo/speed'; // Opening succeeds, but reading fails.
  test.skipIf(!fs.existsSync(unreadable))('reports a file that no read succeeds on in one line', async () => {
    const end = await runCommand([
      'bench',
      unreadable,
      '--no-tools',
      '--quick',
      '--block',
      '512',
      '--access',
      'cached',
    ]);
    expect([end.code, end.stdout]).toEqual([3, '']);
    expect(end.stderr).toMatch(/^posix-par: Nothing could be measured: .*speed.*\n$/);
  });

  test('never replaces the measured file by the page, and creates the page before measuring', async () => {
    const file = directory.write('given.bin', new Uint8Array(1 << 20).fill(7));
    fs.symlinkSync(file, directory.at('given-link'));
    const before = fs.readdirSync(directory.path).sort();
    const names: [string, number, RegExp][] = [
      [file, 2, /a file other than the input for --html/],
      [directory.at('given-link'), 2, /a file other than the input for --html/],
      ['-', 2, /a file name for --html/],
      [directory.at('none/page.html'), 3, /ENOENT: .*none\/page\.html/],
      [directory.path, 3, /EISDIR/],
    ];
    for (const [html, code, words] of names) {
      // The command must fail before the benchmark begins, which would take an hour.
      const end = await runCommand(['bench', file, '--no-tools', '--time', '3600', '--rounds', '999', '--html', html]);
      expect([html, end.code, end.stdout]).toEqual([html, code, '']);
      expect(end.stderr).toMatch(words);
    }
    expect(fs.readFileSync(file).every((byte) => byte === 7)).toBe(true);
    expect(fs.readdirSync(directory.path).sort()).toEqual(before);
  });

  test.skipIf(!fs.existsSync('/dev/full'))('prints the report before a page that cannot be written', async () => {
    const args = ['--quick', '--no-tools', '--access', 'cached', '--parallel', '1', '--html', '/dev/full'];
    const end = await runCommand(['bench', folder, ...args]);
    expect(end.code).toBe(3);
    expect(end.stdout).toMatch(/cached, GB\/s/);
    expect(end.stderr).toMatch(/ENOSPC: .*\/dev\/full/);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it and removes what it wrote', async (signal, code) => {
    const args = [compiledCommand(), 'bench', folder, '--size', '64M', '--no-tools', '--time', '60'];
    const child = spawn(process.execPath, args, { env: commandEnvironment(), stdio: 'ignore' });
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    for (let i = 0; i < 500 && fs.readdirSync(folder).length === 0; i++) await new Promise((go) => setTimeout(go, 10));
    expect(fs.readdirSync(folder)).not.toEqual([]);
    child.kill(signal);
    expect(await closed).toBe(code);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

test('reports a run that was ended by a signal as interrupted, also as JSON', async () => {
  const args = [compiledCommand(), 'bench', folder, '--size', '64M', '--no-tools', '--time', '60', '--json'];
  const child = spawn(process.execPath, args, { env: commandEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  await expect.poll(() => fs.readdirSync(folder).length, { timeout: 20_000 }).toBeGreaterThan(0);
  child.kill('SIGINT');
  expect(await closed).toBe(130);
  expect(JSON.parse(said)).toMatchObject({ error: { name: 'AbortError', exitCode: 130, hint: null } });
});

describe('the page of a benchmark', () => {
  test('loads nothing from outside, and escapes names', () => {
    const html = fs.readFileSync(page, 'utf8');
    expect(html.replaceAll('href="data:,"', '')).not.toMatch(/(?:src|href)="|@import|url\(\s*['"]?https?:/);
    expect(html).not.toContain(folder); // Its < and & are escaped.
    expect(html).toContain('data &#60;b&#62;&#38;amp;');
    expect(html.split('</script>').length).toBe(3);
  });

  test('answers each question in a sentence that begins with its number', () => {
    const html = fs.readFileSync(page, 'utf8');
    const numbers = [...html.matchAll(/<p class="answer"><b>([^<]*)<\/b> [^<]+\.<\/p>/g)].map(([, value]) => value);
    expect(numbers).toHaveLength(3);
    for (const value of numbers) expect(value).toMatch(/^\d[\d.e+]*(×| GB\/s)?$/);
    // Undecided verdicts are in one list, below the answers.
    const before = html.slice(0, html.indexOf('<h2>Undecided</h2>'));
    expect(before).not.toContain('class="undecided"');
    for (const { answer, subject } of report.verdicts)
      if (answer === 'undecided') expect(html).toContain(subjectName(subject));
  });

  test.skipIf(browserMissing !== null)(`draws its charts without an error ${browserMissing ?? ''}`, async () => {
    const { dom, console: complaints } = await openPage(page);
    expect(complaints).toEqual([]);
    const charts = [...dom.matchAll(/<figure data-chart="(\w+) (\w+) ([^"]+)">([\s\S]*?)<\/figure>/g)];
    const named = charts.map(([, kind, access, way]) => `${kind} ${access} ${way}`);
    for (const { way, access } of report.cells) {
      for (const kind of ['throughput', 'latency', 'attribution']) {
        expect(named).toContain(`${kind} ${access} ${way}`);
        expect(named).toContain(`overview ${access} ${kind}`);
      }
    }
    expect(named).toContain('overview all pagecache');
    for (const [, kind, access, way = '', inside = ''] of charts) {
      const name = `${kind} ${access} ${way}`;
      const marks = /attribution|pagecache/.test(name) ? /<rect [^>]*height="(?!0")/ : /<path [^>]*d="M[\d.,L-]+/;
      expect([name, marks.test(inside), /NaN/.test(inside)]).toEqual([name, true, false]);
      // Charts with several lines have a legend with names for people.
      if (kind === 'overview') expect([name, /<ul class="key small"><li><i/.test(inside)]).toEqual([name, true]);
      expect(inside).not.toMatch(/posix-par:|pread-own|file-each|unlocked/);
      // Little's law is a dashed line in every latency chart.
      if (/latency/.test(name)) expect(inside).toContain('stroke-dasharray="4 3"');
    }
  });

  test.skipIf(browserMissing !== null).each([1400, 390])(
    `fits %i pixels, with a chart on the first screen ${browserMissing ?? ''}`,
    async (width) => {
      const { frame, result } = framedPage(fs.readFileSync(page, 'utf8'), width);
      const { dom } = await openPage(directory.write(`frame-${width}.html`, frame), [
        `--window-size=${width + 100},900`,
      ]);
      const { scrollWidth, clientWidth, firstChart } = result(dom);
      expect(scrollWidth).toBe(clientWidth);
      expect(firstChart).toBeGreaterThan(0);
      expect(firstChart).toBeLessThan(600);
    },
  );

  test.skipIf(browserMissing !== null)(`an error in the page is detected ${browserMissing ?? ''}`, async () => {
    const broken = directory.write(
      'broken.html',
      '<script>undefined_function()</script><img src="http://example.org/x">',
    );
    expect((await openPage(broken)).console.join('\n')).toMatch(/undefined_function/);
  });
});
