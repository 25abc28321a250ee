/**
 * Reads records and sequences in random ways. The content is not known, so two engines must give the same values, and a
 * part must have the values that it has in the whole.
 * @module
 */
import { inspect } from 'node:util';
import {
  type OpenOptions,
  openRecords,
  openSequences,
  type RecordResult,
  type SelectionEntry,
  type SequenceReadOptions,
  type SequenceResult,
} from '../../lib/index.js';
import { type Random, randomSelection } from '../support/random.js';
import type { Case } from './campaign.js';
import { randomReadOptions } from './examine.js';
import { attempt, pickItems, product } from './results.js';

/** Maximum number of elements of an array that is read completely. */
const maxWhole = 4096;

/** Values of elements, or of one field of them. */
type Values = RecordResult['fields'] extends ReadonlyMap<string, infer F> ? F : never;

/** Returns one text per element, which contains its values. */
function itemsOf({ dtype, data }: Values, elements: number): string[] {
  if (dtype === 'text') {
    const texts = data as readonly string[];
    const per = texts.length / Math.max(1, elements);
    return Array.from({ length: elements }, (_, i) => JSON.stringify(texts.slice(i * per, (i + 1) * per)));
  }
  if (dtype === 'sequence') {
    const { offsets, values } = data as SequenceResult;
    const per = (offsets.length - 1) / Math.max(1, elements);
    return Array.from({ length: elements }, (_, i) => {
      const ends = Array.from(offsets.subarray(i * per, (i + 1) * per + 1));
      const [first = 0] = ends;
      const numbers = values.subarray(first, ends.at(-1) ?? first);
      return `${ends.map((end) => end - first)} ${hexOf(numbers, 0, numbers.byteLength)}`;
    });
  }
  const view = data as ArrayBufferView;
  const per = view.byteLength / Math.max(1, elements);
  return Array.from({ length: elements }, (_, i) => hexOf(view, i * per, per));
}

function hexOf({ buffer, byteOffset }: ArrayBufferView, begin: number, length: number): string {
  return Buffer.from(buffer, byteOffset + begin, length).toString('hex');
}

/** Returns one text per record, which contains the values of all fields. */
export function recordItems({ fields, shape }: RecordResult): string[] {
  const elements = product(shape);
  const lists = [...fields.values()].map((field) => itemsOf(field, elements));
  return Array.from({ length: elements }, (_, i) => lists.map((list) => list[i]).join('|'));
}

/** Returns one text per sequence, which contains its values. */
export function sequenceItems(result: SequenceResult): string[] {
  return itemsOf({ dtype: 'sequence', shape: result.shape, data: result }, product(result.shape));
}

/** Returns random options that reads of records and sequences accept. */
function randomOptions(random: Random): SequenceReadOptions {
  const { threads: _, coalesce: __, ...options } = randomReadOptions(random);
  return options;
}

/** A handle whose reads give one text per element. */
interface Source {
  readonly shape: readonly number[];
  read(selection: readonly SelectionEntry[], random: Random): Promise<string[]>;
  close(): Promise<void>;
}

const openers = {
  records: async (path: string, options: OpenOptions): Promise<Source> => {
    const handle = await openRecords(path, options);
    inspect([handle, handle.attributes, handle.fields], { depth: 6 });
    const read = async (selection: readonly SelectionEntry[], random: Random) =>
      recordItems(await handle.read(selection, randomOptions(random)));
    return { shape: handle.shape, read, close: () => handle.close() };
  },
  sequences: async (path: string, options: OpenOptions): Promise<Source> => {
    const handle = await openSequences(path, options);
    inspect([handle, handle.attributes, handle.dimensionNames], { depth: 6 });
    const read = async (selection: readonly SelectionEntry[], random: Random) =>
      sequenceItems(await handle.read(selection, randomOptions(random)));
    return { shape: handle.shape, read, close: () => handle.close() };
  },
};

/** Opens `path` as records or sequences and reads it twice and in part. The results must agree. */
export async function examineCompound(
  test: Case,
  kind: keyof typeof openers,
  path: string,
  options: OpenOptions,
): Promise<void> {
  const { random, report } = test;
  const opened = await attempt(test, `open ${kind}`, () => openers[kind](path, options));
  if (!opened.ok) return;
  const { shape, read, close } = opened.value;
  try {
    const isWhole = product(shape) <= maxWhole;
    if (!isWhole && shape.includes(0)) return;
    const selection = shape.map(() => (isWhole ? null : 0));
    const one = await attempt(test, `read ${kind}`, () => read(selection, random));
    const two = await attempt(test, `read ${kind} again`, () => read(selection, random));
    if (one.ok !== two.ok) report.wrong(`one of two reads of ${kind} failed`);
    if (!one.ok || !two.ok) return;
    if (one.value.join() !== two.value.join()) report.wrong(`two reads of ${kind} differ`);
    if (!isWhole || shape.includes(0)) return;
    const { entries, indices } = randomSelection(random, shape);
    const part = await attempt(test, `read a part of ${kind}`, () => read(entries, random));
    if (!part.ok) report.wrong(`all ${kind} were read, but not ${inspect(entries)}: ${part.error}`);
    else if (part.value.join() !== pickItems(one.value, shape, indices).join())
      report.wrong(`a part of the ${kind} differs: ${inspect(entries)}`);
  } finally {
    await close();
  }
}
