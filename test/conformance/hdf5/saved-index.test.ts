/**
 * Checks that reads with a saved index return the same data with fewer metadata reads, and that stale and damaged
 * indexes are ignored.
 */
import * as fs from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openArray, openGroup, readSubset, saveIndex, UnsupportedError } from '../../../lib/index.js';
import { failure } from '../../support/faults.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const kinds = ['btree1', 'fixed', 'extensible', 'btree2'] as const;

describe.skipIf(pythonMissing !== null)(`saved indexes ${pythonMissing ?? ''}`.trim(), () => {
  const folder = new TemporaryDirectory();
  const seed = testSeed();
  let warnings: string[] = [];
  const file = (kind: string): string => folder.at(`${kind}.h5`);
  const saved = (kind: string): string => `${file(kind)}.ppidx`;
  const sameAs = async (path: string, name: 'full' | 'holes', options: Record<string, unknown> = {}): Promise<void> => {
    await using array = await openArray(path, { array: `g/${name}`, ...options });
    const want = await readSubset(folder.at(`${name}.npy`));
    expect((await array.read()).data).toEqual(want.data);
    expect(array.readSync().data).toEqual(want.data);
    const random = new Random(seed);
    for (let i = 0; i < 6; i++) {
      const { entries } = randomSelection(random, array.shape);
      expect((await array.read(entries)).data).toEqual((await readSubset(folder.at(`${name}.npy`), entries)).data);
    }
  };

  beforeAll(() => {
    runPython('test/conformance/hdf5/saved-index.py', folder.path);
  }, 60_000);
  beforeEach(() => {
    warnings = [];
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
      warnings.push(String(warning));
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    for (const kind of kinds) fs.rmSync(saved(kind), { force: true });
  });

  test.each(kinds)('of %s: return the same data from the saved locations', async (kind) => {
    const summary = await saveIndex(file(kind));
    expect(summary).toMatchObject({ path: saved(kind), bytes: fs.statSync(saved(kind)).size });
    expect(summary.arrays).toEqual([
      { name: 'g/again', chunks: 15 * 14 * 3 },
      { name: 'g/holes', chunks: 9 * 12 * 1 },
    ]);
    await sameAs(file(kind), 'full');
    await sameAs(file(kind), 'holes');
    expect(warnings).toEqual([]);
    // Truncates the saved index after the array is opened. The first read must warn, which shows that reads use the
    // index.
    const bytes = fs.readFileSync(saved(kind));
    const group = await openGroup(file(kind));
    await using array = await group.openArray('g/full');
    fs.writeFileSync(saved(kind), bytes.subarray(0, bytes.length - 1));
    await array.read([0]);
    expect(warnings.length).toBe(1);
    warnings = [];
    await sameAs(file(kind), 'full', { savedIndex: 'none' });
    expect(warnings).toEqual([]);
  });

  test('at another path are used if the path is given', async () => {
    const output = folder.at('elsewhere.ppidx');
    expect((await saveIndex(file('fixed'), { output })).path).toBe(output);
    expect(fs.existsSync(saved('fixed'))).toBe(false);
    await sameAs(file('fixed'), 'full', { savedIndex: output });
    await sameAs(file('fixed'), 'holes', { savedIndex: folder.at('absent.ppidx') });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['another time of modification', (path: string) => fs.utimesSync(path, 1000, 1000)],
    ['another size', (path: string) => fs.appendFileSync(path, 'x')],
  ])('of a file that has %s is left aside, with a warning', async (_, change) => {
    const path = folder.at('changing.h5');
    fs.copyFileSync(file('btree2'), path);
    await saveIndex(path);
    change(path);
    await sameAs(path, 'full');
    expect(new Set(warnings)).toEqual(
      new Set([`The saved index ${path}.ppidx is not used: the file was modified since it was saved`]),
    );
  });

  test('of another file are ignored, even if size and time agree', async () => {
    await saveIndex(file('btree1'));
    const path = folder.at('twin.h5');
    fs.copyFileSync(file('btree1'), path);
    const bytes = fs.readFileSync(path);
    const { size, mtimeMs } = fs.statSync(file('btree1'));
    bytes.writeUInt8(bytes.readUInt8(17) ^ 1, 17); // Changes "group leaf K": the superblock differs, but is valid.
    fs.writeFileSync(path, bytes);
    fs.utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    fs.copyFileSync(saved('btree1'), `${path}.ppidx`);
    expect(fs.statSync(path).size).toBe(size);
    await openArray(path, { array: 'g/full' }).then(async (array) => {
      await array.read([0]).catch(() => undefined);
      await array.close();
    });
    expect(warnings.length).toBe(1);
  });

  test('do not change values, wherever they are damaged', async () => {
    await saveIndex(file('fixed'));
    const whole = fs.readFileSync(saved('fixed'));
    const random = new Random(seed);
    let noticed = 0;
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole);
      const at = round < 20 ? random.below(600) : random.below(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
      fs.writeFileSync(saved('fixed'), round % 10 === 9 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
      warnings = [];
      const { data } = await readSubset(file('fixed'), null, { array: 'g/full' });
      expect(data).toEqual((await readSubset(folder.at('full.npy'))).data);
      noticed += warnings.length > 0 ? 1 : 0;
    }
    expect(noticed).toBeGreaterThan(25);
  });

  test('are not used if blocks are swapped or belong to the index of another file', async () => {
    const blockBytes = 256 * 16 + 4;
    await saveIndex(file('fixed'));
    const swapped = fs.readFileSync(saved('fixed'));
    const start = 16 + swapped.readUInt32LE(8);
    const first = Buffer.from(swapped.subarray(start, start + blockBytes));
    swapped.copyWithin(start, start + blockBytes, start + 2 * blockBytes);
    first.copy(swapped, start + blockBytes);
    fs.writeFileSync(saved('fixed'), swapped);
    await sameAs(file('fixed'), 'full');
    expect(warnings.length).toBeGreaterThan(0);

    // Rewrites the index for another file while an array that has read its header is open.
    const output = folder.at('shared.ppidx');
    await saveIndex(file('fixed'), { output });
    await using array = await openArray(file('fixed'), { array: 'g/full', savedIndex: output });
    await array.read([0]);
    const header = fs.readFileSync(output).subarray(0, start);
    const other = await saveIndex(file('btree2'), { output });
    const theirs = fs.readFileSync(output);
    const blocks = theirs.subarray(16 + theirs.readUInt32LE(8));
    expect(other.arrays.length).toBe(2);
    fs.writeFileSync(output, Buffer.concat([header, blocks]));
    warnings = [];
    expect((await array.read()).data).toEqual((await readSubset(folder.at('full.npy'))).data);
    expect(warnings.length).toBe(1);
  });

  test('are refused for formats that need none, and failures leave no files', async () => {
    const npy = writeNpy(folder, 'a.npy', [3]);
    expect(await failure(() => saveIndex(npy))).toBeInstanceOf(UnsupportedError);
    expect(await failure(() => saveIndex(folder.at('nothing.h5')))).toMatchObject({ code: 'ENOENT' });
    expect(await failure(() => saveIndex(file('fixed'), { output: folder.at('no/such/folder') }))).toMatchObject({
      code: 'ENOENT',
    });
    const signal = AbortSignal.abort();
    expect(await failure(() => saveIndex(file('fixed'), { signal }))).toMatchObject({ name: 'AbortError' });
    expect(fs.readdirSync(folder.path).filter((name) => /partial|tmp/.test(name))).toEqual([]);
  });

  test('never overwrite their data file, under any name', async () => {
    const path = file('fixed');
    const before = fs.readFileSync(path);
    fs.symlinkSync(path, folder.at('soft'));
    fs.linkSync(path, folder.at('hard'));
    for (const output of [path, folder.at('soft'), folder.at('hard')]) {
      const error = await failure(() => saveIndex(path, { output }));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('options.output');
    }
    fs.symlinkSync('fixed.h5', saved('fixed'));
    expect(await failure(() => saveIndex(path))).toBeInstanceOf(TypeError);
    expect(fs.readFileSync(path).equals(before)).toBe(true);
    fs.rmSync(folder.at('soft'));
    fs.rmSync(folder.at('hard'));
  });

  test('are complete if a write call writes only a part', async () => {
    const output = folder.at('short.ppidx');
    await saveIndex(file('fixed'), { output });
    const whole = fs.readFileSync(output);
    const handle = await fs.promises.open(output);
    const { write } = Object.getPrototypeOf(handle) as typeof handle;
    const prototype = Object.getPrototypeOf(handle) as { write(...args: unknown[]): unknown };
    await handle.close();
    const spy = vi.spyOn(prototype, 'write').mockImplementation(function (this: unknown, bytes, offset, length) {
      const short = Math.max(1, Math.floor(Number(length ?? (bytes as Uint8Array).length) / 2));
      return Reflect.apply(write, this, [bytes, offset ?? 0, short]);
    });
    await saveIndex(file('fixed'), { output });
    expect(spy.mock.calls.length).toBeGreaterThan(4);
    spy.mockRestore();
    expect(fs.readFileSync(output).equals(whole)).toBe(true);
  });
});
