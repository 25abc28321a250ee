/**
 * Runs the programs of examples/ as a user would, on arrays with known values.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { addonPath, compiledCommand } from '../support/compiled.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const source = join(import.meta.dirname, '../../examples');
const names = readdirSync(source).filter((name) => name.endsWith('.ts'));
const sandbox = new TemporaryDirectory();
/** Node 22, installed by scripts/setup/runtimes/install. */
const node22 = join(import.meta.dirname, '../../.cache/runtimes/node_modules/node-22/bin/node');
let volume = '';
let matrix = '';
let tiles = '';

beforeAll(() => {
  mkdirSync(sandbox.at('node_modules'));
  symlinkSync(dirname(dirname(dirname(compiledCommand()))), sandbox.at('node_modules/posix-par'));
  for (const name of names) {
    const { code } = transformSync(readFileSync(join(source, name), 'utf8'), {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
    });
    sandbox.write(name.replace('.ts', '.mjs'), code);
  }
  volume = writeNpy(sandbox, 'volume.npy', [40, 32, 24]);
  matrix = writeNpy(sandbox, 'matrix.npy', [64, 48]);
  tiles = writeTiles(sandbox, 'tiles', [64, 48], [16, 24]);
});

function run(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [sandbox.at(`${name}.mjs`), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '', ...environment },
  });
  if (status !== 0 && stdout === '') throw new Error(stderr);
  return stdout.trim();
}

test('every example is tested and listed', () => {
  const text = readFileSync(import.meta.filename, 'utf8');
  const list = readFileSync(join(source, 'README.md'), 'utf8');
  for (const name of names) {
    expect(text).toContain(`run('${name.replace('.ts', '')}'`);
    expect(list).toContain(`[${name}](${name})`);
  }
});

// Node only removes the types.
test.each(names)('%s uses only syntax that Node 22 supports', (name) => {
  const options = { loader: 'ts', format: 'esm', keepNames: false } as const;
  const text = readFileSync(join(source, name), 'utf8');
  const lowered = transformSync(text, { ...options, target: 'node22' }).code;
  expect(lowered).toBe(transformSync(text, { ...options, target: 'esnext' }).code);
  expect(text).not.toMatch(/^\s*(export )?(const )?(enum|namespace) /m);
});

describe.skipIf(!existsSync(node22))(
  existsSync(node22) ? 'Node 22' : 'Node 22 (is not here: scripts/setup/runtimes/install)',
  () => {
    test.each(names)('runs %s without a build step', (name) => {
      sandbox.write(name, readFileSync(join(source, name), 'utf8'));
      const args = name === 'compare-stores.ts' ? [matrix, tiles] : [volume];
      const { stderr, status } = spawnSync(node22, [sandbox.at(name), ...args], {
        encoding: 'utf8',
        env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
      });
      expect(stderr.replace(/\r?\d+ %\n?/g, '')).toBe('');
      expect(status).toBe(0);
    });
  },
);

test('mean-along-axis: prints the mean of every column', () => {
  const middle = (39 * 32 * 24) / 2;
  for (const rows of ['16', '7', '100']) {
    expect(run('mean-along-axis', [volume, rows])).toBe(
      `mean over axis 0 of ${volume}: shape [32, 24], first ${middle}, last ${middle + 32 * 24 - 1}`,
    );
  }
});

test('compare-stores: finds equal arrays in two formats, and the first difference', () => {
  expect(run('compare-stores', [matrix, tiles])).toBe('equal: float32 [64, 48] as npy and as tiles');
  const other = writeNpy(sandbox, 'other.npy', [64, 48], { value: (i) => (i === 1234 ? -5 : i) });
  expect(run('compare-stores', [tiles, other])).toBe('different at [25, 34]: 1234 and -5');
  expect(run('compare-stores', [volume, other])).toBe('different: float32 [40, 32, 24] and float32 [64, 48]');
});

test('batches: returns the requested number of boxes with stored values', () => {
  const [, seen, mean] =
    /^3 batches of 8 boxes 8x16x16: (\d+) elements, mean ([\d.]+)$/.exec(run('batches', [volume, '3'])) ?? [];
  expect(Number(seen)).toBe(3 * 8 * 8 * 16 * 16);
  expect(Number(mean)).toBeGreaterThan(2000);
  expect(Number(mean)).toBeLessThan(40 * 32 * 24 - 2000);
});

test('array-job: the parts of all tasks cover the whole array', () => {
  let end = 0;
  let sum = 0;
  for (let task = 0; task < 3; task++) {
    const environment = { SLURM_ARRAY_TASK_ID: String(task), SLURM_ARRAY_TASK_COUNT: '3', SLURM_CPUS_PER_TASK: '2' };
    const part = JSON.parse(run('array-job', [volume], environment)) as { from: number; to: number; sum: number };
    expect(part.from).toBe(end);
    end = part.to;
    sum += part.sum;
  }
  const count = 40 * 32 * 24;
  expect([end, sum]).toEqual([40, (count * (count - 1)) / 2]);
});

test('progress: prints the size of the read and the engine', () => {
  expect(run('progress', [volume, '0:2'])).toMatch(/^\[2, 32, 24\] by \w+: 6144 bytes, \d+ % were cached$/);
});

test('which-engine: prints one line per engine', () => {
  const lines = run('which-engine', [volume, '...', '2']).split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct']);
  for (const line of lines) expect(line).toMatch(/ +\d+\.\d\d ms/);
});
