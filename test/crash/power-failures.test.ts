/**
 * Simulates power failures: the system calls of a write are recorded, and replayed in a model up to every point,
 * without some of the calls that were not synchronized. The random choices depend on the seed in the messages.
 */
import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type CreateOptions, convert, createArray, openArray, slice } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { errno, type Fault, failure, withFaults } from '../support/faults.js';
import { Random, testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { isComplete, readTree, type State, stateOf } from './child-write.js';
import { PowerModel, subsets, treeOf } from './power-model.js';

const seed = testSeed();
const random = new Random(seed);
const folder = new TemporaryDirectory();
/**
 * Number of random subsets of unsaved operations that are tried at each point of a power failure. Long test runs set
 * POSIX_PAR_POWER_SUBSETS.
 */
const randomSubsets = Number(process.env['POSIX_PAR_POWER_SUBSETS'] ?? 20);
let next = 0;

interface Recorded {
  readonly model: PowerModel;
  readonly file: string;
  readonly before: State;
  readonly after: State;
  /** Number of recorded operations when `close()` has ended. */
  readonly acknowledged: number;
}

/** Creates the array `old` if it is given, then records the creation of an array at the same path. */
async function record(file: string, options: CreateOptions, old?: CreateOptions): Promise<Recorded> {
  const path = newPath(file);
  if (old !== undefined) await write(path, old, 7);
  return await recordChanges(path, () => write(path, options, 1));
}

/** Returns a path in a new directory. */
function newPath(file: string): string {
  next += 1;
  const directory = folder.at(`d${next}`);
  fs.mkdirSync(directory);
  return `${directory}/${file}`;
}

/** Records what `act` changes at `path`. */
async function recordChanges(path: string, act: () => Promise<unknown>): Promise<Recorded> {
  const before = stateOf(path);
  const model = new PowerModel(fs.realpathSync(dirname(path)));
  binding().record_changes(true);
  await act();
  model.add(binding().record_changes(false));
  return { model, file: basename(path), before, after: stateOf(path), acknowledged: model.length };
}

async function write(path: string, options: CreateOptions, first: number): Promise<void> {
  await using out = await createArray(path, options);
  const count = out.shape.reduce((product, length) => product * length, 1);
  await out.write(
    null,
    Float32Array.from({ length: count }, (_, i) => first + i),
  );
  await out.write([0], new Float32Array(count / (out.shape[0] ?? 1)).fill(first));
}

/** Simulates power failures, and calls `check` with the remaining files after each. Returns the number of calls. */
function replay({ model, file }: Recorded, check: (state: State, point: number, lost: string) => void): number {
  let count = 0;
  for (let point = 0; point <= model.length; point++) {
    for (const lost of subsets(model.pending(point), random, randomSubsets)) {
      const image = model.after(point, lost);
      check({ target: treeOf(image, file), sidecar: treeOf(image, `${file}.json`) }, point, [...lost].join(' '));
      count += 1;
    }
  }
  return count;
}

const small = { shape: [2, 4], dtype: 'float32', threads: 1 } as const;
const store = { ...small, chunkShape: [1, 4], format: 'zarr' } as const;
const overwrite = true;
interface Case {
  readonly name: string;
  readonly file: string;
  readonly options: CreateOptions;
  /** Options of the array that is replaced. */
  readonly old?: CreateOptions;
}
const cases: readonly Case[] = [
  { name: 'a new npy file', file: 'a.npy', options: small },
  {
    name: 'a npy file that replaces another',
    file: 'a.npy',
    options: { ...small, overwrite },
    old: { ...small, shape: [5] },
  },
  { name: 'a new raw file', file: 'a.raw', options: { ...small, format: 'raw' } },
  {
    name: 'a raw file that replaces one of another type',
    file: 'a.raw',
    options: { ...small, format: 'raw', overwrite },
    old: { ...small, format: 'raw', dtype: 'int32' },
  },
  { name: 'a new Zarr v3 store', file: 'a.zarr', options: { ...store, array: 'g/a' } },
  {
    name: 'a Zarr v2 store that replaces one of v3',
    file: 'a.zarr',
    options: { ...store, zarrFormat: 2, overwrite },
    old: { ...store, chunkShape: [2, 2] },
  },
  { name: 'a new tile directory', file: 'a.tiles', options: { ...store, format: 'tiles' } },
  // A row has more than 128 KiB, the minimum for direct writes.
  {
    name: 'a new npy file that is written directly',
    file: 'a.npy',
    options: { ...small, shape: [2, 33_000], writeEngine: 'direct' },
  },
  { name: 'a new Zarr store with chunks in memory', file: 'a.zarr', options: { ...store, writeBackBytes: 2 ** 20 } },
  {
    name: 'new shards with room for one shard in memory',
    file: 'a.zarr',
    options: { ...store, shape: [2, 8], chunkShape: [1, 2], shardShape: [1, 4], writeBackBytes: 4 * 4 },
  },
];

describe('a power failure at any time', () => {
  const limit = { timeout: 300_000 };

  test.each(cases)('$name with durability full', limit, async ({ file, options, old }) => {
    const recorded = await record(file, options, old);
    const { before, after, acknowledged, model } = recorded;
    const count = replay(recorded, (state, point, lost) => {
      const isRight = point >= acknowledged ? isDeepStrictEqual(state, after) : isComplete(state, before, after);
      if (!isRight) expect.fail(describeState(recorded, state, point, lost));
    });
    expect(count).toBeGreaterThan(model.length);
  });

  // Names in a store may be lost, but a chunk or document that exists is complete, in the old or the new state.
  test.each(cases)('$name with durability data: each file is complete', limit, async ({ file, options, old }) => {
    const recorded = await record(file, { ...options, durability: 'data' }, old);
    const { before, after, model } = recorded;
    const whole = new Set([...before.target.values(), ...model.written]);
    const areFilesComplete = ({ target }: State): boolean =>
      [...target].every(([name, content]) => name.endsWith('.partial') || whole.has(content));
    const isOneFile = !['.zarr', '.tiles'].some((extension) => file.endsWith(extension));
    const count = replay(recorded, (state, point, lost) => {
      const isRight = isOneFile ? isComplete(state, before, after) : areFilesComplete(state);
      if (!isRight) expect.fail(describeState(recorded, state, point, lost));
    });
    expect(count).toBeGreaterThan(model.length);
  });

  test.each(cases)('$name with durability none: the model loses data', limit, async ({ file, options, old }) => {
    const recorded = await record(file, { ...options, durability: 'none' }, old);
    const { before, after, acknowledged } = recorded;
    let [torn, lost] = [0, 0];
    replay(recorded, (state, point) => {
      if (!isComplete(state, before, after)) torn += 1;
      else if (point >= acknowledged && isDeepStrictEqual(state.target, before.target)) lost += 1;
    });
    expect(torn).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  });
});

describe('a power failure while stored chunks are copied', () => {
  const zstd = { codecs: [{ name: 'zstd', level: 3 }] } as const;
  const sources: readonly { readonly name: string; readonly source: CreateOptions; readonly target: object }[] = [
    { name: 'chunk files', source: { ...store, ...zstd }, target: zstd },
    { name: 'inner chunks of shards', source: { ...store, ...zstd, shardShape: [2, 4] }, target: zstd },
    { name: 'tiles', source: { ...store, format: 'tiles' }, target: { format: 'tiles' } },
  ];

  test.each(sources)('$name: the new store is complete or absent', { timeout: 300_000 }, async ({ source, target }) => {
    const from = newPath('from');
    await write(from, source, 1);
    const path = newPath('copy');
    const options = { format: 'zarr', chunkShape: [1, 4], durability: 'full', ...target } as const;
    let method = '';
    const recorded = await recordChanges(path, async () => {
      method = (await convert(from, path, options)).method;
    });
    expect(method).toBe('copy');
    const { before, after, acknowledged, model } = recorded;
    const count = replay(recorded, (state, point, lost) => {
      const isRight = point >= acknowledged ? isDeepStrictEqual(state, after) : isComplete(state, before, after);
      if (!isRight) expect.fail(describeState(recorded, state, point, lost));
    });
    expect(count).toBeGreaterThan(model.length);
  });
});

describe('a power failure while chunks of an existing store are written', () => {
  const options = { shape: [2, 8], dtype: 'float32', threads: 1, chunkShape: [1, 4], durability: 'full' } as const;
  const left = [0, slice(0, 4)] as const;
  const right = [0, slice(4, 8)] as const;
  const values = Float32Array.of(1, 2, 3, 4);

  /**
   * Records the changes that `act` makes. Checks that the chunk files survive a power failure at the end of `act`,
   * whichever unsynchronized changes are lost. Ignores temporary files.
   */
  async function expectDurable(path: string, act: () => Promise<void>): Promise<void> {
    const model = new PowerModel(fs.realpathSync(path));
    binding().record_changes(true);
    await act();
    model.add(binding().record_changes(false));
    const now = readTree(`${path}/c`);
    for (const lost of subsets(model.pending(model.length), random, randomSubsets)) {
      const tree = treeOf(model.after(model.length, lost), 'c');
      const files = [...tree].filter(([name]) => !name.endsWith('.partial'));
      if (!isDeepStrictEqual(new Map(files), now)) expect.fail(`without ${[...lost].join(' ')}: ${[...tree.keys()]}`);
    }
    expect(model.length).toBeGreaterThan(0);
  }

  test('keeps chunks in directories that a failed write has created', async () => {
    const path = folder.at('directories.zarr');
    await (await createArray(path, options)).close();
    await using out = await openArray(path, { mode: 'r+', durability: 'full' });
    await expectDurable(path, async () => {
      const fault: Fault = { op: 'rename', action: 'error', value: errno.EIO };
      await withFaults([fault], () => failure(() => out.write(left, values)));
      await out.write(right, values);
    });
  });

  test('keeps the removal of chunks that a failed write has removed', async () => {
    const path = folder.at('removals.zarr');
    const created = await createArray(path, options);
    await created.write(null, new Float32Array(16).fill(5));
    await created.close();
    await using out = await openArray(path, { mode: 'r+', durability: 'full', threads: 1 });
    await expectDurable(path, async () => {
      const fault: Fault = { op: 'unlink', action: 'error', value: errno.EIO, skip: 1 };
      await withFaults([fault], () => failure(() => out.write([0], new Float32Array(8))));
      await out.write(left, new Float32Array(4));
    });
    expect([...readTree(`${path}/c`).keys()].sort()).toEqual(['0/1', '1/0', '1/1']);
  });

  test('keeps all chunks of concurrent writes', async () => {
    const path = folder.at('concurrent.zarr');
    await (await createArray(path, options)).close();
    await using out = await openArray(path, { mode: 'r+', durability: 'full' });
    await expectDurable(path, async () => {
      await Promise.all([
        out.write(left, values),
        out.write(right, values),
        out.write([1], new Float32Array(8).fill(3)),
      ]);
    });
  });
});

describe('a power failure while an existing array is changed', () => {
  /**
   * Records the changes that `act` makes to an array full of 7, below `root`. At each point, calls `check` with the
   * files at `name` that remain, for each choice of lost changes.
   */
  async function expectAtEachPoint(
    root: string,
    name: string,
    act: () => Promise<void>,
    check: (tree: ReadonlyMap<string, string>, point: number, length: number) => boolean,
  ): Promise<void> {
    const model = new PowerModel(fs.realpathSync(root));
    binding().record_changes(true);
    await act();
    model.add(binding().record_changes(false));
    expect(model.length).toBeGreaterThan(2);
    for (let point = 0; point <= model.length; point++) {
      for (const lost of subsets(model.pending(point), random, randomSubsets)) {
        const isRight = check(treeOf(model.after(point, lost), name), point, model.length);
        if (!isRight) expect.fail(`point ${point} of ${model.length} without ${[...lost].join(' ')}, seed ${seed}`);
      }
    }
  }

  async function create(path: string, options: CreateOptions): Promise<void> {
    await using out = await createArray(path, { ...options, durability: 'none' });
    await out.write(null, new Float32Array(out.shape.reduce((product, length) => product * length, 1)).fill(7));
  }

  // A direct write is durable when its promise has settled. Before, each byte is old or new.
  test.each(['full', 'data'] as const)(
    'writes with O_DIRECT, durability %s',
    { timeout: 300_000 },
    async (durability) => {
      const directory = folder.at(`direct-${durability}`);
      fs.mkdirSync(directory);
      const path = `${directory}/a.npy`;
      await create(path, { ...small, shape: [2, 33_000] });
      const before = fs.readFileSync(path, 'latin1');
      const out = await openArray(path, { mode: 'r+', durability, writeEngine: 'direct', threads: 1 });
      let after = '';
      const act = async (): Promise<void> => {
        await out.write([1], new Float32Array(33_000).fill(9));
        after = fs.readFileSync(path, 'latin1');
      };
      await expectAtEachPoint(directory, 'a.npy', act, (tree, point, length) => {
        const found = tree.get('') ?? '';
        if (point === length) return found === after;
        return found === before || [...found].every((byte, i) => byte === before[i] || byte === after[i]);
      });
      await out.close();
    },
  );

  // With `writeBackBytes`, only `flush()` makes data durable. Chunk files are complete at any time, also while a write
  // stores chunks because there is no room in memory.
  const limits = [32, 2 ** 20];
  test.each(limits)('stores chunks of %i bytes in memory', { timeout: 300_000 }, async (writeBackBytes) => {
    const path = folder.at(`memory-${writeBackBytes}.zarr`);
    await create(path, { ...store, shape: [2, 8] });
    const before = readTree(`${path}/c`);
    const out = await openArray(path, { mode: 'r+', durability: 'full', threads: 1, writeBackBytes });
    const values = Float32Array.from({ length: 16 }, (_, i) => i);
    let after = before;
    const act = async (): Promise<void> => {
      await out.write(null, values);
      await out.flush();
      after = readTree(`${path}/c`);
    };
    await expectAtEachPoint(path, 'c', act, (tree, point, length) => {
      const files = new Map([...tree].filter(([name]) => !name.endsWith('.partial')));
      if (point === length) return isDeepStrictEqual(files, after);
      return [...before.keys()].every((name) => [before.get(name), after.get(name)].includes(files.get(name)));
    });
    expect(after).not.toEqual(before);
    await out.close();
  });
});

function describeState({ model }: Recorded, state: State, point: number, lost: string): string {
  return `point ${point} of ${model.length} without ${lost}, seed ${seed}: ${JSON.stringify([...state.target])}`;
}
