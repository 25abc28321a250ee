/**
 * Overwrites addresses and sizes in binary structures. A word of two, four or eight bytes gets the value of another
 * word of the file, or an unusual number. This makes cycles, overlaps, and addresses that are used as counts.
 * @module
 */
import type { Random } from '../../support/random.js';
import type { Seed } from '../../support/seeds/seed.js';
import { type Liar, oddNumber } from './lie.js';

/** Returns the positions of little-endian words of the file whose values could be offsets in the file or sizes. */
function plausibleWords(bytes: Uint8Array, width: 2 | 4 | 8): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: number[] = [];
  for (let at = 0; at + width <= bytes.length; at += 1) {
    const value =
      width === 8
        ? Number(view.getBigUint64(at, true))
        : width === 4
          ? view.getUint32(at, true)
          : view.getUint16(at, true);
    if (value > 0 && value <= bytes.length) found.push(at);
  }
  return found;
}

function exchange(bytes: Uint8Array, words: ReadonlyMap<2 | 4 | 8, readonly number[]>, random: Random): string {
  const width = random.pick([2, 4, 8, 8, 8] as const);
  const places = words.get(width) ?? [];
  if (places.length === 0) return 'nothing';
  const to = random.pick(places);
  const view = new DataView(bytes.buffer);
  const kind = random.below(4);
  if (kind < 2) {
    const from = random.pick(places);
    bytes.copyWithin(to, from, from + width);
    return `the word of ${width} bytes at ${from} also at ${to}`;
  }
  const value = kind === 2 ? to - random.below(16) : oddNumber(random, 2 ** 53);
  const raw = BigInt(Math.max(0, Math.floor(value)));
  if (width === 8) view.setBigUint64(to, BigInt.asUintN(64, raw), true);
  else if (width === 4) view.setUint32(to, Number(BigInt.asUintN(32, raw)), true);
  else view.setUint16(to, Number(BigInt.asUintN(16, raw)), true);
  return `${raw} as a word of ${width} bytes at ${to}`;
}

/** Returns a function that makes hostile files from `seeds`. */
export function wordLiar(seeds: readonly Seed[]): Liar {
  const words = new Map(
    seeds.map((seed) => [
      seed,
      new Map(([2, 4, 8] as const).map((width) => [width, plausibleWords(seed.content.slice(0, seed.span), width)])),
    ]),
  );
  return {
    name: 'words',
    lie(random) {
      const seed = random.pick(seeds);
      const bytes = Uint8Array.from(seed.content);
      const found = words.get(seed) ?? new Map<2 | 4 | 8, readonly number[]>();
      const what = Array.from({ length: 1 + random.below(3) }, () => exchange(bytes, found, random));
      return {
        what: `${seed.name}: ${what.join(', ')}`,
        path: seed.path,
        files: seed.files(bytes),
        arrays: seed.arrays,
      };
    },
  };
}
