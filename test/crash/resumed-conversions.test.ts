/**
 * Kills conversions before random system calls and resumes them. The result must be the same as without a kill. Also
 * tests aborted conversions, and that a conversion is not resumed if its source or its options have changed.
 */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ConvertOptions, convert, createArray } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { errno, failure, untilHeld, whileHeld, withFaults } from '../support/faults.js';
import { Random, testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { bundleLibrary, type ChildWrite, countCalls, forEachOf, readTree, tryKillAt } from './child-write.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
const random = new Random(seed);
/** Number of kills per case. Long test runs set POSIX_PAR_KILLS. */
const kills = Number(process.env['POSIX_PAR_KILLS'] ?? 12);
const limit = { timeout: 60_000 + kills * 15_000 };
const shape = [40, 30];
const values = Float32Array.from({ length: 1200 }, (_, i) => i);
let source = '';
/** Zarr store with the chunks and codecs of the cases that copy stored chunks. */
let stored = '';
let next = 0;

async function writeSource(name: string, elements = values): Promise<string> {
  const path = folder.at(name);
  await using out = await createArray(path, { shape, dtype: 'float32', overwrite: true });
  await out.write(null, elements);
  return path;
}

beforeAll(async () => {
  await bundleLibrary(folder.at('library.mjs'));
  source = await writeSource('source.npy');
  stored = folder.at('stored.zarr');
  await convert(source, stored, { chunkShape: [4, 10] });
});

function emptyDirectory(): string {
  next += 1;
  fs.mkdirSync(folder.at(`d${next}`));
  return folder.at(`d${next}`);
}

const base = { resume: true, memoryBudgetBytes: 1600, threads: 1 } as const;
const overwrite = true;

interface Case {
  readonly name: string;
  readonly file: string;
  readonly options: ConvertOptions;
  /** True if the source is a Zarr store whose chunks are copied. */
  readonly copies?: true;
}

const cases: readonly Case[] = [
  { name: 'npy', file: 'a.npy', options: base },
  { name: 'npy without durability', file: 'a.npy', options: { ...base, durability: 'none' } },
  { name: 'npy that replaces a file', file: 'a.npy', options: { ...base, overwrite } },
  { name: 'raw', file: 'a.raw', options: { ...base, format: 'raw' } },
  { name: 'raw that replaces an array of another type', file: 'a.raw', options: { ...base, format: 'raw', overwrite } },
  { name: 'Zarr', file: 'a.zarr', options: { ...base, chunkShape: [4, 10], array: 'g/a', durability: 'none' } },
  {
    name: 'Zarr that replaces a store',
    file: 'a.zarr',
    options: { ...base, chunkShape: [4, 30], overwrite, verify: true },
  },
  { name: 'shards', file: 'a.zarr', options: { ...base, chunkShape: [2, 10], shardShape: [4, 30], threads: 4 } },
  { name: 'copied chunks', file: 'a.zarr', options: { ...base, chunkShape: [4, 10] }, copies: true },
  { name: 'tiles', file: 'tiles', options: { ...base, format: 'tiles', chunkShape: [7, 30] } },
];

const sourceOf = ({ copies }: Case): string => (copies === true ? stored : source);

async function prepare(testCase: Case): Promise<ChildWrite> {
  const { file, options } = testCase;
  const path = `${emptyDirectory()}/${file}`;
  if (options.overwrite === true) {
    const { format, chunkShape } = options;
    const layout = { ...(format === undefined ? {} : { format }), ...(chunkShape === undefined ? {} : { chunkShape }) };
    await (await createArray(path, { ...layout, shape, dtype: 'int16', durability: 'none' })).close();
  }
  return { action: 'convert', path, source: sourceOf(testCase), options: options as ChildWrite['options'], writes: [] };
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

describe('a conversion that was killed and is resumed', () => {
  test.each(cases)(`$name, seed ${seed}`, limit, async (testCase) => {
    const complete = await prepare(testCase);
    const before = readTree(directoryOf(complete.path));
    const calls = await countCalls(complete);
    const after = readTree(directoryOf(complete.path));
    expect([...after.keys()].filter((name) => name.includes('resume'))).toEqual([]);
    expect(calls).toBeGreaterThan(20);
    let resumed = 0;
    // Half of the kills are before one of the last calls, which give the array its name.
    const chosen = Array.from({ length: kills }, (_, i) =>
      i % 2 === 0 ? random.below(calls) : calls - 1 - random.below(Math.min(calls, 12)),
    );
    await forEachOf(kills, async (i) => {
      const write = await prepare(testCase);
      if (!(await tryKillAt(write, chosen[i] ?? 0))) return;
      const message = `call ${chosen[i]} of ${calls}, seed ${seed}`;
      // Until the new array gets the name of the target, the old array must be unchanged.
      const found = readTree(directoryOf(write.path));
      const visible = [...found].filter(([name]) => !name.startsWith('.'));
      const isOld = visible.every(([name, content]) => before.get(name) === content || name.endsWith('.json'));
      const isNew = visible.every(([name, content]) => after.get(name) === content);
      expect(isOld || isNew, message).toBe(true);
      const stats = await convert(sourceOf(testCase), write.path, testCase.options);
      if (testCase.copies === true && stats.blocksResumed < stats.blocks) expect(stats.method, message).toBe('copy');
      expect(stats.blocks, message).toBeGreaterThan(4);
      if (stats.blocksResumed > 0) resumed += 1;
      expect(readTree(directoryOf(write.path)), message).toEqual(after);
    });
    expect(resumed).toBeGreaterThan(0);
  });
});

/** Aborts a conversion after some blocks. */
async function abort(target: string, options: ConvertOptions = {}, blocks = 4): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = ({ chunksDone }: { chunksDone: number }): void => {
    if (chunksDone === blocks) controller.abort();
  };
  const error = await failure(() => convert(source, target, { ...base, ...options, signal, onProgress }));
  expect(error).toMatchObject({ _tag: 'AbortError' });
}

describe('a conversion that was aborted', () => {
  test('keeps its data and its log, and reports progress from there', async () => {
    const directory = emptyDirectory();
    const target = `${directory}/a.npy`;
    await abort(target);
    expect(fs.readdirSync(directory).sort()).toEqual(['.a.npy.resume', '.a.npy.resume.log']);
    const progress: number[] = [];
    const stats = await convert(source, target, { ...base, onProgress: ({ chunksDone }) => progress.push(chunksDone) });
    expect(stats.blocksResumed).toBeGreaterThanOrEqual(4);
    expect(progress[0]).toBe(stats.blocksResumed + 1);
    expect(progress.at(-1)).toBe(stats.blocks);
    expect(fs.readdirSync(directory)).toEqual(['a.npy']);
  });

  test.each(['log', 'data'])('does not change a file to which its log or its data is a link: %s', async (what) => {
    const directory = emptyDirectory();
    const target = `${directory}/a.npy`;
    const victim = `${directory}/victim`;
    await abort(target);
    const path = `${directory}/.a.npy.resume${what === 'log' ? '.log' : ''}`;
    fs.renameSync(path, victim);
    fs.symlinkSync(victim, path);
    const before = fs.readFileSync(victim);
    const outcome = await convert(source, target, base).catch((error: unknown) => error);
    if (what === 'log') expect(outcome).toMatchObject({ _tag: 'WriteError', code: 'ELOOP' });
    else expect(outcome).toMatchObject({ blocksResumed: 0 });
    expect(fs.readFileSync(victim).equals(before)).toBe(true);
  });

  test.each([
    { what: 'a log', name: '.a.npy.resume.log', skip: 1, link: fs.symlinkSync, code: 'ELOOP' },
    { what: 'data', name: '.a.npy.resume', skip: 2, link: fs.symlinkSync, code: 'ELOOP' },
    { what: 'data (hard link)', name: '.a.npy.resume', skip: 2, link: fs.linkSync, code: 'ESTALE' },
  ])('does not change a file that replaces it just before it is opened: $what', async ({ name, skip, link, code }) => {
    const directory = emptyDirectory();
    const target = `${directory}/a.npy`;
    await abort(target);
    const [path, victim] = [`${directory}/${name}`, `${directory}/victim`];
    let before = Buffer.alloc(0);
    const outcome = await whileHeld({ op: 'create', path, skip }, async (release) => {
      const resumed = convert(source, target, base).catch((error: unknown) => error);
      await untilHeld();
      fs.copyFileSync(path, victim);
      before = fs.readFileSync(victim);
      fs.rmSync(path);
      link(victim, path);
      release();
      return await resumed;
    });
    expect(outcome).toMatchObject({ _tag: 'WriteError', code });
    expect(fs.readFileSync(victim).equals(before)).toBe(true);
    expect(fs.existsSync(target)).toBe(false);
  });

  test.each(['7.5', '-1', 'x', '1e3'])('starts again if a line of its log is %s', async (line) => {
    const directory = emptyDirectory();
    await abort(`${directory}/a.npy`);
    fs.appendFileSync(`${directory}/.a.npy.resume.log`, `${line}\n`);
    expect((await convert(source, `${directory}/a.npy`, base)).blocksResumed).toBe(0);
  });

  test.each(['{"toString":null}', '[[{}]]', '"x"'])('is refused if its blocks have the shape %s', async (size) => {
    const directory = emptyDirectory();
    await abort(`${directory}/a.npy`);
    const log = `${directory}/.a.npy.resume.log`;
    fs.writeFileSync(log, fs.readFileSync(log, 'utf8').replace(/"blockShape":\[\d+/, `"blockShape":[${size}`));
    const error = await failure(() => convert(source, `${directory}/a.npy`, base));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'ECANCELED' });
    expect(error.message).toContain(`but had the shape [${size},`);
  });

  test('is refused if its log lists a block that does not exist', async () => {
    const directory = emptyDirectory();
    await abort(`${directory}/a.npy`);
    fs.appendFileSync(`${directory}/.a.npy.resume.log`, '4000\n');
    const error = await failure(() => convert(source, `${directory}/a.npy`, base));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'ECANCELED' });
    expect(error.message).toContain('it lists block 4000 of ');
  });

  test('is resumed after a system call failed', async () => {
    const target = `${emptyDirectory()}/a.zarr`;
    const options = { ...base, chunkShape: [4, 30] };
    const fault = { op: 'pwrite', action: 'error', value: errno.ENOSPC, times: 0, skip: 6 } as const;
    const error = await withFaults([fault], () => failure(() => convert(source, target, options)));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'ENOSPC' });
    expect((await convert(source, target, options)).blocksResumed).toBeGreaterThan(0);
  });

  test('starts again if its data was removed, or if its log is damaged', async () => {
    const directory = emptyDirectory();
    const target = `${directory}/a.npy`;
    await abort(target);
    fs.rmSync(`${directory}/.a.npy.resume`);
    await abort(target);
    fs.truncateSync(`${directory}/.a.npy.resume.log`, 10);
    expect((await convert(source, target, base)).blocksResumed).toBe(0);
  });

  test('is complete if only its log was not removed', async () => {
    const directory = emptyDirectory();
    const target = `${directory}/a.zarr`;
    const options = { ...base, chunkShape: [4, 30] };
    let log = '';
    const onProgress = (): void => {
      log = fs.readFileSync(`${directory}/.a.zarr.resume.log`, 'utf8');
    };
    const { blocks } = await convert(source, target, { ...options, onProgress });
    const before = readTree(target);
    fs.writeFileSync(`${directory}/.a.zarr.resume.log`, log);
    binding().record_changes(true);
    expect(await convert(source, target, options)).toMatchObject({ bytesWritten: 0, blocks, blocksResumed: blocks });
    // The names are durable before the log is removed.
    const kinds = binding()
      .record_changes(false)
      .map(({ op }) => op);
    expect(kinds.lastIndexOf('unlink')).toBeGreaterThan(kinds.indexOf('sync'));
    expect(kinds).toContain('sync');
    expect(fs.readdirSync(directory)).toEqual(['a.zarr']);
    expect(readTree(target)).toEqual(before);
  });

  test.each<[string, ConvertOptions]>([
    ['a.npy', {}],
    ['a.raw', { format: 'raw' }],
    ['a.zarr', { chunkShape: [4, 30], array: 'g/a', codecs: [] }],
  ])('is compared with `verify` if only its log was not removed: %s', async (name, more) => {
    const directory = emptyDirectory();
    const target = `${directory}/${name}`;
    const options = { ...base, ...more, verify: true };
    const path = `${directory}/.${name}.resume.log`;
    let log = '';
    const onProgress = (): void => {
      if (fs.existsSync(path)) log = fs.readFileSync(path, 'utf8');
    };
    const { blocks } = await convert(source, target, { ...options, onProgress });
    fs.writeFileSync(path, log);
    let compared = 0;
    const again = await convert(source, target, { ...options, onProgress: () => (compared += 1) });
    expect(again).toMatchObject({ bytesWritten: 0, blocksResumed: blocks });
    expect(compared).toBeGreaterThan(0);
    fs.writeFileSync(path, log);
    const changed = name === 'a.zarr' ? `${target}/g/a/c/3/0` : target;
    const bytes = fs.readFileSync(changed);
    bytes.fill(9, bytes.length - 8);
    fs.writeFileSync(changed, bytes);
    const error = await failure(() => convert(source, target, options));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EBADMSG' });
    expect(fs.readdirSync(directory).filter((left) => left.includes('resume'))).toEqual([]);
  });

  test('starts again after a reboot, unless its data survives a power failure', async () => {
    for (const durability of ['data', 'full'] as const) {
      const directory = emptyDirectory();
      const target = `${directory}/a.npy`;
      await abort(target, { durability });
      const log = `${directory}/.a.npy.resume.log`;
      const text = fs.readFileSync(log, 'utf8');
      fs.writeFileSync(log, text.replace(/"boot":"[^"]*"/, '"boot":"another"'));
      const { blocksResumed } = await convert(source, target, { ...base, durability });
      expect([durability, blocksResumed > 0]).toEqual([durability, durability === 'full']);
    }
  });

  test.each<[string, ConvertOptions, RegExp]>([
    ['a type', { dtype: 'float64' }, /`options.dtype` is 'float64', but was 'float32'/],
    ['a budget', { memoryBudgetBytes: 3200 }, /`options.memoryBudgetBytes` is 3200, but was 1600/],
    ['chunks', { chunkShape: [5, 5] }, /`options.chunkShape` is \[5,5\], but was \[4,30\]/],
    ['codecs', { codecs: [] }, /`options.codecs` is \[\], but was not given/],
    ['a durability', { durability: 'none' }, /`options.durability` is 'none', but was 'full'/],
  ])('is not resumed with other options: %s', async (_what, options, message) => {
    const directory = emptyDirectory();
    const target = `${directory}/a.zarr`;
    await abort(target, { chunkShape: [4, 30] });
    const before = readTree(directory);
    const error = await failure(() => convert(source, target, { ...base, chunkShape: [4, 30], ...options }));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'ECANCELED' });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/or remove .*\.a\.zarr\.resume\.log and .*\.a\.zarr\.resume to start again/);
    expect(readTree(directory)).toEqual(before);
  });

  test('is not resumed with a source that was changed, replaced or is another', async () => {
    const changed = await writeSource('changed.npy');
    const other = await writeSource('other.npy');
    const target = `${emptyDirectory()}/a.npy`;
    const controller = new AbortController();
    const options = { ...base, signal: controller.signal, onProgress: () => controller.abort() };
    await failure(() => convert(changed, target, options));
    expect(await failure(() => convert(other, target, base))).toMatchObject({ code: 'ECANCELED' });
    const file = fs.openSync(changed, 'r+');
    fs.writeSync(file, new Uint8Array(4).fill(1), 0, 4, 200);
    fs.closeSync(file);
    const error = await failure(() => convert(changed, target, base));
    expect(error).toMatchObject({ code: 'ECANCELED' });
    expect(error.message).toMatch(/the source .*changed\.npy has changed or is another file/);
  });

  test('is not resumed while another process runs it', async () => {
    const target = `${emptyDirectory()}/a.npy`;
    let second: Promise<Error> | undefined;
    await convert(source, target, {
      ...base,
      onProgress: ({ chunksDone }) => {
        if (chunksDone === 2) second = failure(() => convert(source, target, base));
      },
    });
    expect(await second).toMatchObject({ _tag: 'WriteError', code: 'EAGAIN' });
  });
});

test.each<[string, ConvertOptions, object]>([
  ['a wrong option', { chunkShape: [0] }, { name: 'TypeError' }],
  ['an existing target', {}, { code: 'EEXIST' }],
])('a conversion with %s leaves no log', async (_what, options, error) => {
  const directory = emptyDirectory();
  const target = `${directory}/a.zarr`;
  if ('code' in error) fs.mkdirSync(target);
  const before = fs.readdirSync(directory);
  expect(await failure(() => convert(source, target, { ...base, ...options }))).toMatchObject(error);
  expect(fs.readdirSync(directory)).toEqual(before);
});

test('a copy that differs from its source is not kept', async () => {
  const directory = emptyDirectory();
  const target = `${directory}/a.npy`;
  const error = await failure(() =>
    convert(source, target, {
      ...base,
      verify: true,
      onProgress: ({ chunksDone }) => {
        if (chunksDone !== 3) return;
        const file = fs.openSync(`${directory}/.a.npy.resume`, 'r+');
        for (let at = 128; at < 4928; at += 4) fs.writeSync(file, new Uint8Array(4).fill(9), 0, 4, at);
        fs.closeSync(file);
      },
    }),
  );
  expect(error).toMatchObject({ _tag: 'WriteError', code: 'EBADMSG' });
  expect(fs.readdirSync(directory)).toEqual([]);
});
