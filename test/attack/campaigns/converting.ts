/**
 * Converts hostile arrays into every writable format, aborts conversions, and resumes them with hostile logs. A
 * conversion that fails must leave the target as it was, one that succeeds must have copied the elements, and no other
 * file may change.
 * @module
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ConvertOptions, convert, createArray, type OpenOptions, openArray } from '../../../lib/index.js';
import { randomMutant } from '../../support/fuzz.js';
import type { Random } from '../../support/random.js';
import type { Campaign, Case } from '../campaign.js';
import { canary, logChanges, tamper } from '../hostile-logs.js';
import { areEqual, product, resultBytes } from '../results.js';
import { type Sample, writeSamples } from '../sample.js';
import { type SeedFolder, writeSeeds } from '../seed-files.js';
import { snapshotTree, type TreeDifference, treeDifferences } from '../tree.js';

/** Maximum number of elements of an array that is copied completely. */
const maxElements = 1 << 14;
/** Time in milliseconds after which the conversion of a larger array is aborted. */
const largeMs = 30;

/** A format into which arrays are converted. */
interface Layout {
  readonly file: string;
  readonly options: Partial<ConvertOptions>;
  /** Divisors of the sizes of the array that give the shapes of its chunks and shards; null for a single file. */
  readonly chunks: { readonly chunk: number; readonly shard?: number } | null;
}

const layouts: readonly Layout[] = [
  { file: 'a.npy', options: {}, chunks: null },
  { file: 'a.npy', options: { order: 'F', byteOrder: 'big' }, chunks: null },
  { file: 'a.raw', options: { format: 'raw' }, chunks: null },
  { file: 'a.zarr', options: {}, chunks: { chunk: 3 } },
  { file: 'a.zarr', options: { array: 'g/a', codecs: [{ name: 'gzip' }, { name: 'crc32c' }] }, chunks: { chunk: 2 } },
  { file: 'a.zarr', options: { zarrFormat: 2, codecs: [{ name: 'blosc' }] }, chunks: { chunk: 2 } },
  { file: 'a.zarr', options: {}, chunks: { chunk: 4, shard: 2 } },
  { file: 'tiles', options: { format: 'tiles' }, chunks: { chunk: 2 } },
];

/** What is converted in a case. */
interface Source {
  readonly path: string;
  readonly array: string | null;
  /** Options with which it is opened. */
  readonly opening: OpenOptions;
  readonly shape: readonly number[] | null;
  /** Bytes of all elements; null if the array is large or cannot be read. */
  readonly bytes: Uint8Array | null;
}

export const convertingCampaign: Campaign = {
  name: 'converting',
  what: 'conversions of hostile arrays, aborted conversions, resumed conversions with hostile logs',
  weight: 3,
  quickCases: 120,
  batchCases: 1000,
  caseCpuMs: 5000,
  missing: () => null,
  async prepare({ folder }) {
    fs.mkdirSync(join(folder, 'seeds'));
    const seeds = await writeSeeds(join(folder, 'seeds'));
    const samples = writeSamples(join(folder, 'samples'));
    return async (test) => {
      const outputs = join(folder, 'outputs');
      fs.rmSync(outputs, { recursive: true, force: true });
      fs.mkdirSync(outputs);
      fs.writeFileSync(join(outputs, canary), 'canary'.repeat(1000));
      const kind = test.random.pick(['hostile source', 'hostile source', 'aborted', 'hostile log', 'hostile log']);
      test.kind(kind);
      if (kind === 'hostile source') await convertHostile(test, test.random.pick(seeds), outputs);
      else if (kind === 'aborted') await abortOnce(test, test.random.pick(samples), outputs);
      else await resumeHostile(test, test.random.pick(samples), outputs);
    };
  },
};

/** Returns random options for a source of this shape; null if the shape is not known. */
function randomOptions(random: Random, layout: Layout, shape: readonly number[] | null): ConvertOptions {
  const { chunks } = layout;
  const divide = (sizes: readonly number[], by: number): number[] =>
    sizes.map((size) => Math.max(1, Math.min(64, Math.ceil(size / by))));
  const shapes = (): Partial<ConvertOptions> => {
    if (chunks === null || shape === null || shape.length === 0) return {};
    const chunkShape = divide(shape, chunks.chunk);
    return chunks.shard === undefined
      ? { chunkShape }
      : { chunkShape, shardShape: chunkShape.map((size) => size * (chunks.shard ?? 1)) };
  };
  return {
    ...layout.options,
    ...shapes(),
    durability: random.below(12) === 0 ? random.pick(['data', 'full'] as const) : 'none',
    memoryBudgetBytes: random.pick([1, 100, 4096, 1 << 20]),
    verify: random.below(2) === 0,
  };
}

/** Opens the array and reads it if it is small. */
async function look({ path, array }: Pick<Source, 'path' | 'array'>): Promise<Source> {
  const none = { path, array, opening: {}, shape: null, bytes: null };
  try {
    await using handle = await openArray(path, array === null ? {} : { array });
    const { shape } = handle;
    if (product(shape) > maxElements) return { ...none, shape };
    try {
      return { ...none, shape, bytes: resultBytes(await handle.read()).slice() };
    } catch {
      return { ...none, shape };
    }
  } catch {
    return none; // The campaign `mutants` checks these errors.
  }
}

async function convertHostile(test: Case, folder: SeedFolder, outputs: string): Promise<void> {
  const { random, note } = test;
  const { seed } = folder;
  note(seed.name);
  try {
    if (random.below(4) !== 0) {
      const { what, bytes } = randomMutant(seed.content, seed.span, random, seed.places);
      note(what);
      folder.put(bytes, 'in place');
    }
    const source = await look({ path: folder.path, array: random.pick(seed.arrays) });
    const isLarge = source.shape !== null && product(source.shape) > maxElements;
    // A file of a large array would be allocated in memory. The chunks of a store are written one by one.
    const layout = random.pick(layouts.filter(({ chunks }) => !isLarge || chunks !== null));
    const options = randomOptions(random, layout, source.shape);
    const exists = random.below(3);
    const target = join(outputs, layout.file);
    if (exists > 0) await createOld(target, layout);
    const signal = isLarge ? AbortSignal.timeout(largeMs) : undefined;
    await convertOnce(test, source, target, {
      ...options,
      ...(exists === 2 ? { overwrite: true } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    folder.restore();
  }
}

/** Creates an array at the target, which the conversion may replace. */
async function createOld(target: string, { options }: Layout): Promise<void> {
  const { format, zarrFormat, array } = options;
  const layout = { format, zarrFormat, array };
  const given = Object.fromEntries(Object.entries(layout).filter(([, value]) => value !== undefined));
  await using out = await createArray(target, { ...given, shape: [3], dtype: 'int16', durability: 'none' });
  await out.write(null, Int16Array.of(1, 2, 3));
}

/** Converts the source and checks the state afterwards. Returns true if the conversion succeeded. */
async function convertOnce(
  { report, note }: Case,
  source: Source,
  target: string,
  options: ConvertOptions,
): Promise<boolean> {
  const outputs = dirname(target);
  const before = snapshotTree(outputs);
  const { signal, onProgress: _, ...shown } = options;
  note(`to ${basename(target)} ${JSON.stringify(shown)}${signal === undefined ? '' : ', aborted'}`);
  const opening = { ...source.opening, ...(source.array === null ? {} : { array: source.array }) };
  // A conversion that can be resumed leaves hidden files if it fails.
  const isHidden = (name: string): boolean => options.resume === true && /^\.[^/]*\.resume(\.log|\/|$)/.test(name);
  const changed = (): readonly TreeDifference[] => treeDifferences(before, snapshotTree(outputs));
  try {
    await convert(source.path, target, { ...options, source: opening });
  } catch (error) {
    report.failed(error, 'convert');
    for (const { name, what } of changed())
      if (!isHidden(name)) report.wrong(`after a conversion that failed: ${what}`);
    return false;
  }
  report.read();
  const own = basename(target);
  for (const { name, what } of changed())
    if (name !== own && name !== `${own}.json` && !name.startsWith(`${own}/`) && !isHidden(name)) report.wrong(what);
  const left = [...snapshotTree(outputs).keys()].filter(isHidden);
  if (left.length > 0) report.wrong(`hidden files are left: ${left.join(', ')}`);
  if (source.bytes === null) return true;
  const { shape, bytes } = await look({ path: target, array: options.array ?? null });
  if (shape?.join() !== source.shape?.join()) report.wrong(`the copy has the shape ${shape}, not ${source.shape}`);
  else if (bytes === null || !areEqual(bytes, source.bytes)) report.wrong('the copy has other elements');
  return true;
}

const sourceOf = ({ path, options, shape, content }: Sample): Source => ({
  path,
  array: null,
  opening: options,
  shape,
  bytes: new Uint8Array(content.buffer, content.byteOffset, content.byteLength),
});

/** Aborts a conversion at a random moment. */
async function abortOnce(test: Case, sample: Sample, outputs: string): Promise<void> {
  const { random } = test;
  const layout = random.pick(layouts);
  const controller = new AbortController();
  const steps = random.below(12);
  const timer = random.below(2) === 0 ? setTimeout(() => controller.abort(), random.below(20)) : undefined;
  try {
    await convertOnce(test, sourceOf(sample), join(outputs, layout.file), {
      ...randomOptions(random, layout, sample.shape),
      signal: controller.signal,
      onProgress: ({ chunksDone }) => {
        if (chunksDone > steps) controller.abort();
      },
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Aborts a conversion, changes what it has left, and resumes it. If that fails, starts again. */
async function resumeHostile(test: Case, sample: Sample, outputs: string): Promise<void> {
  const { random, note, report } = test;
  const source = sourceOf(sample);
  const layout = random.pick(layouts);
  const target = join(outputs, layout.file);
  const options = { ...randomOptions(random, layout, sample.shape), resume: true, memoryBudgetBytes: 8192 };
  const controller = new AbortController();
  const steps = 1 + random.below(4);
  const onProgress = ({ chunksDone }: { readonly chunksDone: number }): void => {
    if (chunksDone === steps) controller.abort();
  };
  if (await convertOnce(test, source, target, { ...options, signal: controller.signal, onProgress })) {
    report.wrong('the conversion was not aborted');
    return;
  }
  const change = random.pick(logChanges);
  note(change);
  tamper(change, random, { outputs, file: layout.file });
  // A log may claim that a block was copied. Only the comparison finds that it was not.
  const isVerified = change === 'nothing' || options.verify === true;
  if (await convertOnce(test, isVerified ? source : { ...source, bytes: null }, target, options)) return;
  if (change === 'nothing') report.wrong('an undamaged conversion cannot be resumed');
  for (const name of fs.readdirSync(outputs)) {
    if (name !== canary) fs.rmSync(join(outputs, name), { recursive: true });
  }
  if (!(await convertOnce(test, source, target, options))) report.wrong('the conversion cannot start again');
}
