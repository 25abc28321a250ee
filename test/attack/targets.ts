/**
 * Finds what can be read in a file: arrays of numbers, fields of records, text, complete records and sequences.
 * @module
 */
import {
  isPosixParError,
  type OpenOptions,
  openArray,
  openGroup,
  openRecords,
  openSequences,
  openText,
} from '../../lib/index.js';
import { recordItems, sequenceItems } from './compound-uses.js';
import { resultBytes } from './results.js';

/** An array or field, and the function that opens it. */
export interface Target {
  /** Name of the array; null for the only array. */
  readonly array: string | null;
  /** Path of the field; null if the elements are not records. */
  readonly field: string | null;
  /** Function that opens it: `openArray`, `openText`, `openRecords` or `openSequences`. */
  readonly reads: 'numbers' | 'text' | 'records' | 'sequences';
}

/** Maximum number of arrays of a file that are listed. */
const maxListed = 64;

/** Returns the options that open a target. */
export function optionsOf({ array, field }: Target): OpenOptions {
  return { ...(array === null ? {} : { array }), ...(field === null ? {} : { field }) };
}

/** Returns the targets in the undamaged file at `path`. `arrays` are the names to try in addition to listed arrays. */
export async function findTargets(path: string, arrays: readonly (string | null)[]): Promise<readonly Target[]> {
  const found: Target[] = [];
  for (const array of new Set([...arrays, ...(await listArrays(path))])) {
    const fields = await fieldsOf(path, array);
    const ways = fields.flatMap((field) => {
      return (['numbers', 'text', 'sequences'] as const).map((reads): Target => ({ array, field, reads }));
    });
    for (const target of [...ways, { array, field: null, reads: 'records' } as const]) {
      if ((await readTarget(path, target)) !== null) found.push(target);
    }
  }
  return found;
}

async function listArrays(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    const group = await openGroup(path);
    for await (const { kind, name } of group.walk({ maxDepth: 5 })) {
      if (kind === 'array' && names.push(name) >= maxListed) break;
    }
  } catch (error) {
    if (!isPosixParError(error)) throw error;
  }
  return names;
}

/** Returns the fields of an array of records; [null] for other arrays. */
async function fieldsOf(path: string, array: string | null): Promise<readonly (string | null)[]> {
  try {
    await using _ = await openArray(path, array === null ? {} : { array });
    return [null];
  } catch (error) {
    if (!isPosixParError(error)) throw error;
    if (!isPosixParError(error, 'ChoiceError') || error.choice !== 'field') return [null];
    const list = error.message.slice(0, error.message.indexOf(' for `options.field`'));
    return [...list.matchAll(/'([^']*)'/g)].map(([, name = '']) => name);
  }
}

/** Returns the bytes of a target; null if it cannot be opened or read. */
export async function readTarget(path: string, target: Target): Promise<Uint8Array | null> {
  const options = optionsOf(target);
  try {
    if (target.reads === 'numbers') {
      await using array = await openArray(path, options);
      return resultBytes(await array.read()).slice();
    }
    if (target.reads === 'records') {
      await using records = await openRecords(path, options);
      return Buffer.from(recordItems(await records.read()).join());
    }
    if (target.reads === 'sequences') {
      await using sequences = await openSequences(path, options);
      return Buffer.from(sequenceItems(await sequences.read()).join());
    }
    await using text = await openText(path, options);
    return Buffer.from(JSON.stringify((await text.read()).data));
  } catch (error) {
    if (!isPosixParError(error)) throw error;
    return null;
  }
}
