/**
 * Runs the programs of examples/ as a user would, on arrays with known values.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { addonPath, compiledCommand } from '../support/compiled.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { pythonInterpreter, pythonMissing, runPython } from '../support/python.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const source = join(import.meta.dirname, '../../examples');
const names = readdirSync(source).filter((name) => name.endsWith('.ts'));
const sandbox = new TemporaryDirectory();
/** Node 22, installed by scripts/setup/runtimes/install. */
const node22 = join(import.meta.dirname, '../../.cache/runtimes/node_modules/node-22/bin/node');
/** Examples that read formats which only Python writes here. Their own tests run them. */
const needsPythonData = new Set(['monthly-mean.ts', 'masked-mean.ts', 'group-walk.ts', 'point-over-files.ts']);
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

const env = { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' };

function run(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [sandbox.at(`${name}.mjs`), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...env, ...environment },
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
    test.for(names)('runs %s without a build step', (name, { skip }) => {
      sandbox.write(name, readFileSync(join(source, name), 'utf8'));
      if (needsPythonData.has(name)) return skip('Needs data that Python writes');
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

test('out-of-core-mean: prints the mean and the standard deviation of the first column', () => {
  const deviation = Math.sqrt((40 ** 2 - 1) / 12) * 32 * 24;
  const output = run('out-of-core-mean', [volume, '1']);
  expect(output).toMatch(/^shape \[32, 24\], first 14976 ± [\d.]+$/);
  expect(Number(output.split('± ')[1])).toBeCloseTo(deviation, 8);
});

test('compare-stores: finds equal arrays in two formats, and the first difference', () => {
  expect(run('compare-stores', [matrix, tiles])).toBe('equal: float32 [64, 48] as npy and as tiles');
  const other = writeNpy(sandbox, 'other.npy', [64, 48], { value: (i) => (i === 1234 ? -5 : i) });
  expect(run('compare-stores', [tiles, other])).toBe('different at [25, 34]: 1234 and -5');
  expect(run('compare-stores', [volume, other])).toBe('different: float32 [40, 32, 24] and float32 [64, 48]');
});

test('cached-windows: prints the mean of every window', () => {
  const lines = run('cached-windows', [matrix, '6']).split('\n');
  expect(lines.pop()).toBe('0 chunks decoded, 0 found in the cache');
  expect(lines.map(Number)).toEqual(Array.from({ length: 59 }, (_, first) => first * 48 + (6 * 48 - 1) / 2));
});

test('batches: returns the requested number of boxes with stored values', () => {
  const [, seen, mean] =
    /^3 batches of 8 boxes 8x16x16: (\d+) elements, mean ([\d.]+)$/.exec(run('batches', [volume, '3'])) ?? [];
  expect(Number(seen)).toBe(3 * 8 * 8 * 16 * 16);
  expect(Number(mean)).toBeGreaterThan(2000);
  expect(Number(mean)).toBeLessThan(40 * 32 * 24 - 2000);
});

test('array-job, merge-parts: any number of tasks gives the same standard deviation', () => {
  const results = [1, 3, 7].map((tasks) => {
    const parts = sandbox.at(`parts-${tasks}`);
    mkdirSync(parts);
    let end = 0;
    for (let task = 0; task < tasks; task++) {
      const numbers = { SLURM_ARRAY_TASK_ID: String(task), SLURM_ARRAY_TASK_COUNT: String(tasks) };
      const environment = { ...numbers, SLURM_CPUS_PER_TASK: '2' };
      const { from, to } = JSON.parse(run('array-job', [volume, parts], environment)) as { from: number; to: number };
      expect(from).toBe(end);
      end = to;
    }
    expect(end).toBe(40);
    const [text, value] = run('merge-parts', [parts]).split(': ');
    expect(text).toBe(`std of ${tasks} parts`);
    return value;
  });
  expect(new Set(results).size).toBe(1);
  expect(Number(results[0])).toBeCloseTo(Math.sqrt(((40 * 32 * 24) ** 2 - 1) / 12), 8);
});

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'as NumPy', () => {
  beforeAll(() => void runPython('test/examples/write_data.py', sandbox.path));

  /** Returns the JSON that a Python expression gives in the folder of the data. */
  function python(expression: string): unknown {
    // Imports of modules that are not needed would take most of the time.
    const modules = ['netCDF4', 'h5py', 'glob'].filter((name) => expression.includes(name));
    const code = `import ${['json', 'numpy as np', ...modules].join(', ')}; print(json.dumps(${expression}))`;
    return JSON.parse(execFileSync(pythonInterpreter, ['-c', code], { encoding: 'utf8', cwd: sandbox.path }));
  }

  /** Expects numbers that are equal but for rounding. */
  function expectClose(found: readonly number[], wanted: unknown): void {
    const list = wanted as readonly number[];
    expect(found).toHaveLength(list.length);
    for (const [i, value] of found.entries()) expect(value / (list[i] ?? Number.NaN)).toBeCloseTo(1, 9);
  }

  test('monthly-mean: equals the mean over the years', () => {
    const found = JSON.parse(run('monthly-mean', [sandbox.at('t2m.nc'), 't2m'])) as number[];
    const months = "netCDF4.Dataset('t2m.nc')['t2m'][:]";
    expectClose(found, python(`[float(${months}[m::12].mean()) for m in range(12)]`));
  });

  test('masked-mean: equals the mean of a masked array', () => {
    const found = JSON.parse(run('masked-mean', [sandbox.at('t2m.nc'), 't2m'])) as { mean: number; missing: number };
    const all = "netCDF4.Dataset('t2m.nc')['t2m'][:]";
    expectClose([found.mean, found.missing], python(`[float(${all}.mean()), int(${all}.mask.sum())]`));
  });

  test('random-crops: equals slices of the array', () => {
    const { shape, starts, sums } = JSON.parse(run('random-crops', [sandbox.at('chunked.h5'), '20', '9', '7'])) as {
      shape: number[];
      starts: number[][];
      sums: number[];
    };
    expect(shape).toEqual([20, 9, 9, 9]);
    const box = 'tuple(slice(i, i + 9) for i in s)';
    expectClose(
      sums,
      python(
        `(lambda a: [float(a[${box}].sum()) for s in ${JSON.stringify(starts)}])(h5py.File('chunked.h5')['a'][:])`,
      ),
    );
  });

  test('sliding-window: equals the mean of each window', () => {
    const found = JSON.parse(run('sliding-window', [sandbox.at('chunked.h5'), '6'])) as number[];
    const array = "h5py.File('chunked.h5')['a'][:]";
    expectClose(found, python(`(lambda a: [float(a[i:i + 6].mean()) for i in range(35)])(${array})`));
  });

  test('point-over-files: equals one element of each file', () => {
    const found = JSON.parse(run('point-over-files', [sandbox.at('many'), '2', '3'])) as number[];
    expect(found).toEqual(python("[float(np.load(p)[2, 3]) for p in sorted(glob.glob('many/*.npy'))]"));
  });

  test('show-slice: has the characters of the values', () => {
    const found = run('show-slice', [sandbox.at('plane.npy'), '...']).split('\n');
    const text = "''.join(' .:-=+*#%@'[int(v / a.max() * 9.999)] for v in row).rstrip()";
    const wanted = python(`(lambda a: [${text} for row in a])(np.load('plane.npy'))`) as string[];
    expect(found.map((line) => line.trimEnd())).toEqual(wanted.map((line, i) => (i === 0 ? line.trimStart() : line)));
  });

  test('group-walk: lists the datasets of h5py', () => {
    const found = run('group-walk', [sandbox.at('run.h5')]).split('\n');
    expect(found).toEqual(['count uint64 [3]', 'ocean/deep/salt int16 [7]', 'ocean/temperature float32 [4, 5]']);
    const names = python(
      "(lambda names: (h5py.File('run.h5').visititems(lambda n, o: names.append(n) if hasattr(o, 'dtype') else None), names)[1])([])",
    );
    expect(found.map((line) => line.split(' ')[0])).toEqual(names);
  });

  test('typed-sum: adds 64-bit integers exactly', () => {
    const sum = python("str(sum(int(v) for v in np.load('large.npy')))");
    expect(run('typed-sum', [sandbox.at('large.npy')])).toBe(`int64 ${sum}`);
    expect(run('typed-sum', [sandbox.at('plane.npy')])).toBe(`float64 ${python("int(np.load('plane.npy').sum())")}`);
  });

  test('worker-medians: equals the median of each plane', () => {
    const found = JSON.parse(run('worker-medians', [sandbox.at('chunked.h5'), '3'])) as number[];
    expect(found).toEqual(python("np.median(h5py.File('chunked.h5')['a'][:], axis=(1, 2)).tolist()"));
  });

  test('progress: reads the shape and the bytes of the slice', () => {
    const [shape, bytes] = python("(lambda a: [a.shape, a.nbytes])(np.load('plane.npy')[3:9])") as [number[], number];
    const found = run('progress', [sandbox.at('plane.npy'), '3:9']);
    expect(found).toMatch(new RegExp(`^\\[${shape.join(', ')}\\] by \\w+: ${bytes} bytes, `));
  });
});

test('progress: prints the size of the read and the engine', () => {
  expect(run('progress', [volume, '0:2'])).toMatch(/^\[2, 32, 24\] by \w+: 6144 bytes, \d+ % were cached$/);
});

test('progress: stops a read when it is interrupted', async () => {
  const file = sandbox.write('large-sparse.npy', npyBytes(npyDict('|u1', false, [2 ** 31]), new Uint8Array(0)));
  truncateSync(file, 2 ** 31 + 128);
  const child = spawn(process.execPath, [sandbox.at('progress.mjs'), file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.once('data', () => child.kill('SIGINT'));
  const [code] = await once(child, 'close');
  expect([stdout, code]).toEqual(['stopped; no thread reads any more\n', 130]);
});

test('which-engine: prints one line per engine', () => {
  const lines = run('which-engine', [volume, '...', '2']).split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct']);
  for (const line of lines) expect(line).toMatch(/ +\d+\.\d\d ms/);
});
