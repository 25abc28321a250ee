/** Tests `posix-par fs` and `posix-par cache`. */
import { dirname } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cacheMap } from '../../lib/cli/output/cache-map.js';
import { describeStorage, type Residency, residency } from '../../lib/storage/index.js';
import { runCommand } from '../support/command.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { runInTerminal } from '../support/terminal.js';

const directory = new TemporaryDirectory();
const pages = 40;
const { pageBytes } = await residency(directory.write('probe', 'x'));
const path = directory.write('data.bin', new Uint8Array(pages * pageBytes).fill(3));
const here = await describeStorage(path);
const onDisk = here.filesystem.family === 'disk';

test('the map of the cache shows a bucket as empty or full only if exactly none or all of it is cached', () => {
  const bucket = (cachedBytes: number | null, bytes = 300) => ({ bytes, cachedBytes });
  expect(cacheMap([0, 1, 99, 100, 199, 200, 299, 300].map((n) => bucket(n)))).toBe('·░░▒▒▓▓█');
  expect(cacheMap([bucket(null), bucket(0, 0)])).toBe('?·');
});

describe('posix-par fs', () => {
  test('prints the result of describeStorage', async () => {
    const end = await runCommand(['fs', path]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain(`${here.filesystem.type} of ${here.filesystem.source}`);
    expect(end.stdout).toMatch(/direct I\/O {2}/);
    for (const device of here.devices) expect(end.stdout).toContain(`${device.name}: `);
    for (const note of here.notes) expect(end.stdout).toContain(note);
  });

  test('prints the same as JSON, as one value or a list', async () => {
    const { filesystem } = JSON.parse((await runCommand(['fs', path, '--json'])).stdout) as typeof here;
    expect(filesystem.mountPoint).toBe(here.filesystem.mountPoint);
    const list = JSON.parse((await runCommand(['fs', path, directory.path, '--json'])).stdout) as (typeof here)[];
    expect(list.map(({ type }) => type)).toEqual(['file', 'directory']);
  });

  test('reports a missing path as a system error with the longest existing part', async () => {
    const end = await runCommand(['fs', directory.at('no/such')]);
    expect(end).toMatchObject({ code: 3, stdout: '' });
    expect(end.stderr).toContain(`the longest existing part is ${directory.path}`);
  });
});

describe('posix-par cache', () => {
  test('prints how much is cached, and which parts', async () => {
    const end = await runCommand(['cache', path]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain(`${path}  160 KiB of 160 KiB cached (100.0 %)\n  ${'█'.repeat(pages)}\n`);
    expect(end.stdout).toMatch(/\nmemory .* available .* page cache /);
  });

  test('--range inspects only these bytes', async () => {
    const args = ['cache', path, '--range', `0:${pageBytes}`, '--range', `${8 * pageBytes}:1`, '--json'];
    const { residency: found } = JSON.parse((await runCommand(args)).stdout) as { residency: Residency[] };
    expect(found).toMatchObject([{ path, bytes: 2 * pageBytes, cachedBytes: 2 * pageBytes }]);
  });

  test.runIf(onDisk)('--evict evicts the file and reports it', async () => {
    const other = directory.write('evict.bin', new Uint8Array(pages * pageBytes).fill(4));
    const end = await runCommand(['cache', other, '--evict']);
    expect(end.stdout).toContain('160 KiB evicted, 0 B remain');
    expect(end.stdout).toContain(`before  ${'█'.repeat(pages)}\n  after   ${'·'.repeat(pages)}`);
    const again = JSON.parse((await runCommand(['cache', other, '--evict', '--json'])).stdout) as object;
    expect(again).toMatchObject({ evictions: [{ path: other, evictedBytes: 0, remainingBytes: 0, reasons: [] }] });
  });

  test('--watch --json prints one line per update', async () => {
    const end = await runCommand(['cache', path, '--watch', '0.1', '--count', '3', '--json']);
    const lines = end.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { residency: Residency[] });
    expect(lines).toHaveLength(3);
    expect(lines.every(({ residency: [one] }) => one?.bytes === pages * pageBytes)).toBe(true);
  });

  test('--watch on a terminal redraws its lines, which do not wrap, until ^C', async () => {
    const long = directory.write(`a-name-that-is-${'very-'.repeat(20)}long`, new Uint8Array(3 * pageBytes));
    const end = await runInTerminal(['cache', path, long, '--watch', '0.1', '--no-color'], {
      columns: 50,
      interruptOn: 'devices read',
    });
    expect(end.code).toBe(130);
    // An update has eight lines: three for each of two files, and two about the machine.
    const looks = end.text.split('\u001b[8A\u001b[J');
    expect(looks.length).toBeGreaterThanOrEqual(2);
    for (const look of looks.slice(0, 2)) {
      const lines = look.replaceAll('\r', '').split('\n');
      expect(lines).toHaveLength(9);
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(50);
    }
  });

  test('--watch ends with q', async () => {
    const end = await runInTerminal(['cache', path, '--watch', '3600'], { interruptOn: 'memory ', keys: 'q' });
    expect(end.code).toBe(0);
  });

  test('--watch never exceeds the height of the terminal, and shows no progress bar over its lines', async () => {
    const paths = Array.from({ length: 4 }, (_, i) => directory.write(`store/${i}/data`, new Uint8Array(pageBytes)));
    const folders = paths.map((file) => dirname(file));
    const end = await runInTerminal(['cache', ...folders, '--watch', '0.4', '--count', '4', '--no-color'], { rows: 8 });
    expect(end.code).toBe(0);
    const looks = end.text.split('\u001b[7A\u001b[J');
    expect(looks).toHaveLength(4);
    for (const look of looks) {
      expect(look.trimEnd().split('\r\n')).toHaveLength(7);
      expect(look).toMatch(/… 8 more lines do not fit on the terminal\r\n$/);
      expect(look).not.toContain('looking');
      expect(look).not.toContain('\u001b[?25');
    }
  });

  const wrong: [args: string[], words: RegExp][] = [
    [['--range', 'all'], /OFFSET:LENGTH/],
    [['--range', '1:99999999999999999999'], /OFFSET:LENGTH/],
    [['--watch', '0'], /seconds of at least 0.1/],
    [['--count', '3'], /--watch together with --count/],
    [['--evict', '--watch', '1'], /--evict or --watch/],
  ];
  test.each(wrong)('%j is refused', async (args, words) => {
    const end = await runCommand(['cache', path, ...args]);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(words);
  });

  test('refuses ranges of a directory', async () => {
    const end = await runCommand(['cache', directory.path, '--range', '0:1']);
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/--range/);
  });

  test('names from a file system cannot move the cursor', async () => {
    const odd = directory.write('odd\u001b[2Jname', 'x');
    const end = await runCommand(['cache', odd]);
    expect(end.stdout).not.toContain('\u001b');
    expect(end.stdout).toContain('\\u001b[2Jname');
  });
});
