/**
 * Reads the file or store at a path in random ways. The content is not known, so it compares results: two ways to read
 * the same elements must give the same result, and a part of the array must equal this part of the complete array.
 * @module
 */
import { inspect } from 'node:util';
import { cachePolicies, engineNames } from '../../lib/core/generated/choices.js';
import {
  type ArrayHandle,
  isPosixParError,
  type OpenOptions,
  openArray,
  openGroup,
  type ReadOptions,
  type ReadResult,
  type SelectionEntry,
  slice,
} from '../../lib/index.js';
import { pickBytes, type Random, randomSelection } from '../support/random.js';
import type { Case } from './campaign.js';
import { areEqual, attempt, product, resultBytes } from './results.js';
import { useArray, withCache } from './uses.js';

/** Maximum number of elements of an array that is read completely. */
const maxElements = 1 << 15;
/** Maximum number of group members that are visited. */
const maxVisited = 24;
const engines = engineNames;

/** Returns random options of a read. */
export function randomReadOptions(random: Random): ReadOptions {
  return {
    engine: random.pick(engines),
    cache: random.below(3) === 0 ? random.pick(cachePolicies) : 'keep',
    ...(random.below(3) === 0 ? { threads: 1 + random.below(4) } : {}),
    ...(random.below(3) === 0 ? { coalesce: { gapBytes: random.pick([0, 1, 64, 1 << 20]) } } : {}),
    ...(random.below(4) === 0 ? { readahead: random.pick(['none', 'sequential', 'random', 4096] as const) } : {}),
    ...(random.below(4) === 0 ? { queueDepth: 1 + random.below(64) } : {}),
  };
}

/** Returns random options that change the elements, such as `scaled`; often none, and never for complex arrays. */
function randomMeaning(random: Random, isComplex: boolean): ReadOptions {
  const kind = isComplex ? 9 : random.below(10);
  if (kind === 0)
    return {
      as: random.pick(['float64', 'int16', 'uint8', 'int32']),
      overflow: random.pick(['error', 'clamp', 'wrap']),
    };
  if (kind === 1) return { scaled: true };
  if (kind === 2) return { decode: 'cf' };
  if (kind === 3) return { mask: true };
  return {};
}

/** Returns a random selection of a few elements of an array of any size. */
function smallSelection(random: Random, shape: readonly number[]): SelectionEntry[] {
  return shape.map((size) => {
    const start = random.below(3) === 0 ? 0 : random.below(Math.min(size, 2 ** 53 - 1));
    const kind = random.below(4);
    if (kind === 0 && size > 0) return start;
    if (kind === 1 && size > 0) return [start, size - 1, 0];
    if (kind === 2) return slice(start, Math.min(size, start + 9), 3);
    return slice(Math.max(0, size - 2), size);
  });
}

/** Opens the array at `path` with `options` and reads it. Sometimes also visits groups. */
export async function examine(test: Case, path: string, options: OpenOptions = {}): Promise<void> {
  const { random, report } = test;
  if (random.below(4) === 0) {
    const { array: _, field: __, ...rest } = options;
    await walk(test, path, rest);
  }
  let handle: ArrayHandle;
  try {
    handle = await openArray(path, withCache(random, options));
  } catch (error) {
    report.failed(error, 'open');
    return;
  }
  await examineArray(test, handle);
}

/** Gets all properties of the handle, reads the array, and closes the handle. */
export async function examineArray(test: Case, handle: ArrayHandle): Promise<void> {
  const { random, report } = test;
  try {
    inspect([handle, handle.attributes, handle.fillValue, handle.dimensionNames, handle.domain], { depth: 6 });
    const selection = smallSelection(random, handle.shape);
    if (random.below(4) === 0) await attempt(test, 'explain', async () => void handle.explain(selection));
    const isSmall = product(handle.shape) <= maxElements;
    const meaning = randomMeaning(random, handle.dtype.startsWith('complex'));
    const whole = isSmall
      ? await readTwice(test, handle, undefined, meaning)
      : await readTwice(test, handle, selection, meaning);
    if (isSmall && whole !== null && whole.data.length > 0 && handle.shape.every((size) => size > 0)) {
      await comparePart(test, handle, whole, meaning);
      if (Object.keys(meaning).length === 0) await useArray(test, handle, whole);
    }
  } catch (error) {
    report.failed(error, 'describe');
  } finally {
    await handle.close();
  }
}

/** Reads once on the pool, and once with other options on this thread. The results must agree. */
async function readTwice(
  test: Case,
  handle: ArrayHandle,
  selection: readonly SelectionEntry[] | undefined,
  meaning: ReadOptions,
): Promise<ReadResult | null> {
  const { random, report } = test;
  const [first, second] = [randomReadOptions(random), randomReadOptions(random)];
  const one = await attempt(test, 'read', () => handle.read(selection, { ...first, ...meaning }));
  const two = await attempt(test, 'readSync', async () => handle.readSync(selection, { ...second, ...meaning }));
  const ways = `read ${inspect(first)} and readSync ${inspect(second)} ${inspect(meaning)}`;
  if (one.ok && two.ok) {
    if (!areEqual(resultBytes(one.value), resultBytes(two.value))) report.wrong(`${ways} gave different elements`);
  } else if (one.ok !== two.ok) {
    const error = one.ok ? (two.ok ? null : two.error) : one.error;
    report.wrong(`only one of ${ways} failed, ${one.ok ? 'the second' : 'the first'}: ${error}`);
  }
  return one.ok ? one.value : null;
}

async function comparePart(test: Case, handle: ArrayHandle, whole: ReadResult, meaning: ReadOptions): Promise<void> {
  const { random, report } = test;
  const selection = randomSelection(random, handle.shape);
  if (product(selection.shape) > maxElements) return;
  const options = { ...randomReadOptions(random), ...meaning };
  const part = await attempt(test, 'read a part', () => handle.read(selection.entries, options));
  const what = `its part ${inspect(selection.entries)} ${inspect(options)}`;
  if (!part.ok) {
    report.wrong(`the whole was read, but not ${what}: ${part.error}`);
    return;
  }
  const bytes = resultBytes(whole);
  const expected = pickBytes(bytes, handle.shape, bytes.length / product(handle.shape), selection.indices);
  const found = resultBytes(part.value);
  if (areEqual(found, expected)) return;
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  const [is, should] = [found, expected].map((all) => all.subarray(at, at + 16).join(' '));
  report.wrong(
    `the whole of '${handle.name}' has something else than ${what}: at byte ${at} ${is}, expected ${should}`,
  );
}

/** Visits groups and opens some of their arrays. */
async function walk(test: Case, path: string, options: OpenOptions): Promise<void> {
  const { report, random } = test;
  try {
    const group = await openGroup(path, options);
    inspect([group, group.attributes], { depth: 6 });
    let visited = 0;
    for await (const entry of group.walk({ maxDepth: 5 })) {
      visited += 1;
      if (visited > maxVisited) break;
      if (entry.kind !== 'array' || random.below(2) === 0) continue;
      try {
        await examineArray(test, await group.openArray(entry.name));
      } catch (error) {
        report.failed(error, 'open in a group');
      }
    }
  } catch (error) {
    // If the file is a single array, it cannot be opened as a group; this says nothing about the file.
    if (!isPosixParError(error)) report.failed(error, 'walk');
  }
}
