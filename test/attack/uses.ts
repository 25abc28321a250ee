/**
 * Uses an array in the other ways than `read` that the library offers: many boxes in one call, views, blocks,
 * reductions and a cache of chunks. The elements must be those of the whole array that was read before.
 * @module
 */
import { inspect } from 'node:util';
import { reductions } from '../../lib/api/reduce-options.js';
import { dtypeInfo } from '../../lib/core/dtype.js';
import {
  type ArrayHandle,
  type ChunkCache,
  createChunkCache,
  type OpenOptions,
  openText,
  type ReadResult,
} from '../../lib/index.js';
import { pickBytes, type Random, randomSelection } from '../support/random.js';
import type { Case } from './campaign.js';
import { areEqual, attempt, pickItems, product, resultBytes } from './results.js';

/** Maximum number of elements of an array of text that is read completely. */
const maxTexts = 4096;

let sharedCache: ChunkCache | null = null;

/** Returns the options with a cache of chunks that all cases of the process share, or with none. */
export function withCache(random: Random, options: OpenOptions): OpenOptions {
  if (random.below(3) !== 0) return options;
  sharedCache ??= createChunkCache({ bytes: 1 << 18 });
  return { ...options, chunkCache: sharedCache };
}

/** A way to read parts of an array. Returns the elements and the same elements of the whole array. */
type Way = (
  random: Random,
  handle: ArrayHandle,
  whole: Uint8Array,
) => Promise<readonly (readonly [found: Uint8Array, expected: Uint8Array])[]>;

const readMany: Way = async (random, handle, whole) => {
  const boxes = Array.from({ length: 1 + random.below(4) }, () => randomSelection(random, handle.shape));
  const { results } = await handle.readMany(boxes.map(({ entries }) => entries));
  return boxes.map(({ indices }, i) => {
    const result = results[i];
    if (result === undefined) throw new Error('Expected a result for each box');
    return [resultBytes(result), pickBytes(whole, handle.shape, whole.length / handle.size, indices)];
  });
};

const readView: Way = async (random, handle, whole) => {
  const { entries, indices } = randomSelection(random, handle.shape);
  const result = await handle.view(entries).read();
  return [[resultBytes(result), pickBytes(whole, handle.shape, whole.length / handle.size, indices)]];
};

const readBlocks: Way = async (random, handle, whole) => {
  const pairs: [Uint8Array, Uint8Array][] = [];
  const maxBytes = 1 + random.below(whole.length + 1);
  let elements = 0;
  for await (const { start, shape, result } of handle.blocks({ maxBytes })) {
    const indices = shape.map((size, d) => Array.from({ length: size }, (_, i) => (start[d] ?? 0) + i));
    pairs.push([resultBytes(result), pickBytes(whole, handle.shape, whole.length / handle.size, indices)]);
    elements += product(shape);
    if (pairs.length > 64) return pairs;
  }
  if (elements !== handle.size) throw new Error(`Blocks have ${elements} elements, the array ${handle.size}`);
  return pairs;
};

const ways = { readMany, view: readView, blocks: readBlocks } as const;

/** Reads the array, of which all elements are known, in another way, and reduces it. */
export async function useArray(test: Case, handle: ArrayHandle, whole: ReadResult): Promise<void> {
  const { random, report } = test;
  const name = random.pick(Object.keys(ways) as (keyof typeof ways)[]);
  const found = await attempt(test, name, () => ways[name](random, handle, resultBytes(whole)));
  if (!found.ok) report.wrong(`the whole was read, but not by ${name}: ${found.error}`);
  else if (found.value.some(([is, should]) => !areEqual(is, should))) report.wrong(`${name} gave different elements`);
  if (random.below(2) === 0) await reduce(test, handle, whole);
}

/** Reduces the array twice with different budgets. The results must agree, and be right where that is easy to see. */
async function reduce(test: Case, handle: ArrayHandle, whole: ReadResult): Promise<void> {
  const { random, report } = test;
  const operation = random.pick(reductions);
  const skipMissing = random.below(2) === 0;
  const call = (budgetBytes: number) =>
    attempt(test, operation, () => handle.reduce(operation, { budgetBytes, skipMissing }) as Promise<ReadResult>);
  const [one, two] = [await call(1 << 26), await call(1 + random.below(4096))];
  if (one.ok !== two.ok) {
    report.wrong(`${operation} failed with one of two budgets: ${one.ok ? (two.ok ? '' : two.error) : one.error}`);
    return;
  }
  if (!one.ok || !two.ok) return;
  if (!areEqual(resultBytes(one.value), resultBytes(two.value)))
    report.wrong(`${operation} gave ${inspect(one.value.data)} and ${inspect(two.value.data)}`);
  // Missing elements are not only NaN: attributes and validity bits name others.
  const masked = await attempt(test, 'read with a mask', () => handle.read(null, { mask: true }));
  if (!masked.ok) return;
  const expected = skipMissing
    ? expectedOf(operation, masked.value, masked.value.mask)
    : expectedOf(operation, whole, null);
  const found = one.value.data[0];
  if (expected !== null && !Object.is(Number(found), expected))
    report.wrong(`${operation} is ${String(found)}, expected ${expected}`);
}

/**
 * Returns the result of a reduction of real numbers; null if it is not easy to compute.
 * @param mask 1 for each element that is left out, in addition to NaN; null if none is left out.
 */
function expectedOf(operation: string, { data, dtype }: ReadResult, mask: Uint8Array | null): number | null {
  const { kind, size } = dtypeInfo(dtype);
  if (kind === 'c' || size === 8 || dtype === 'float16') return null;
  const all = Array.from(data, Number);
  const numbers = mask === null ? all : all.filter((value, i) => !Number.isNaN(value) && mask[i] !== 1);
  if (operation === 'count') return numbers.length;
  if (numbers.length === 0 || numbers.includes(0)) return null; // The sign of zero is not specified.
  if (operation !== 'min' && operation !== 'max') return null;
  if (numbers.some(Number.isNaN)) return Number.NaN;
  const choose = operation === 'min' ? Math.min : Math.max;
  return numbers.reduce((chosen, value) => choose(chosen, value));
}

/** Opens `path` as text and reads it as strings, as UTF-8, and in part. The results must agree. */
export async function examineText(test: Case, path: string, options: OpenOptions): Promise<void> {
  const { random, report } = test;
  const opened = await attempt(test, 'openText', () => openText(path, options));
  if (!opened.ok) return;
  const text = opened.value;
  try {
    inspect([text, text.attributes, text.dimensionNames, text.elementBytes], { depth: 6 });
    const { shape } = text;
    const all = shape.map(() => null);
    const selection = product(shape) <= maxTexts ? all : shape.map(() => 0);
    const strings = await attempt(test, 'read text', () => text.read(selection));
    const utf8 = await attempt(test, 'read UTF-8', () => text.read(selection, { strings: 'utf8' }));
    if (strings.ok !== utf8.ok) report.wrong('text was read only as strings, or only as UTF-8');
    if (!strings.ok || !utf8.ok) return;
    const { offsets, bytes } = utf8.value;
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const decoded = strings.value.data.map((_, i) => decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])));
    if (offsets.length !== decoded.length + 1 || decoded.some((value, i) => value !== strings.value.data[i]))
      report.wrong('strings and UTF-8 differ');
    if (selection !== all || shape.includes(0)) return;
    const part = randomSelection(random, shape);
    const found = await attempt(test, 'read a part of text', () => text.read(part.entries));
    if (!found.ok) report.wrong(`the whole text was read, but not ${inspect(part.entries)}: ${found.error}`);
    else if (found.value.data.join('\0') !== pickItems(strings.value.data, shape, part.indices).join('\0'))
      report.wrong(`a part of the text differs: ${inspect(part.entries)}`);
  } finally {
    await text.close();
  }
}
