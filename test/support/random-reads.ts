/**
 * Reads random selections in different ways.
 * @module
 */
import type { ArrayHandle } from '../../lib/index.js';
import { bytesOf } from './bytes.js';
import { engines } from './engines.js';
import { type Random, type RandomSelection, randomSelection } from './random.js';

/** Larger selections are drawn again, because comparing them takes long. */
const maxElements = 20_000;

/** Creates a random selection of at most 20,000 elements of an array of `shape`, without empty dimensions. */
export function drawSelection(random: Random, shape: readonly number[]): RandomSelection {
  for (;;) {
    const drawn = randomSelection(random, shape);
    const count = drawn.indices.reduce((product, { length }) => product * length, 1);
    if (count <= maxElements) return drawn;
  }
}

/** Reads the selections together, or one by one with random engines. Returns the bytes of each result. */
export async function readAll(
  array: ArrayHandle,
  selections: readonly RandomSelection[],
  random: Random,
): Promise<Uint8Array[]> {
  const kind = random.below(3);
  if (kind === 0) {
    const { results } = await array.readMany(selections.map(({ entries }) => entries));
    return results.map(({ data }) => bytesOf(data));
  }
  const found: Uint8Array[] = [];
  for (const { entries } of selections) {
    const options = { engine: random.pick(engines) };
    const { data } = kind === 1 ? array.readSync(entries, options) : await array.read(entries, options);
    found.push(bytesOf(data));
  }
  return found;
}
