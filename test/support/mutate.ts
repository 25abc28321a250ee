/**
 * Mutants of files: each is a copy with one thing wrong, described so that a failure can be repeated.
 * @module
 */

/** A mutated file and what was done to it. */
export interface Mutant {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** A small generator of random numbers in [0, 1): the same seed gives the same numbers (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values at the edges of what fields of 2, 4 and 8 bytes hold, and of what a double holds exactly. */
const edges = [
  0n,
  1n,
  2n,
  0x7fn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Mutants of the first `span` bytes of `file`: every byte, every field of 2, 4 and 8 bytes, every truncation, random ones. */
export function* mutants(file: Uint8Array, span: number, seed: number): Generator<Mutant> {
  const end = Math.min(span, file.length);
  const changed = (what: string, change: (view: DataView) => void): Mutant => {
    const bytes = Uint8Array.from(file);
    change(new DataView(bytes.buffer));
    return { what, bytes };
  };
  for (let at = 0; at < end; at += 1) {
    const old = file[at] ?? 0;
    for (const value of new Set([0, 0xff, old ^ 0x80, (old + 1) & 0xff, (old - 1) & 0xff, 0x30])) {
      yield changed(`byte ${at} = ${value}`, (view) => view.setUint8(at, value));
    }
    for (const edge of at % 2 === 0 ? edges : []) {
      for (const little of [true, false]) {
        const order = little ? 'LE' : 'BE';
        if (at + 2 <= end)
          yield changed(`u16 ${order} at ${at} = ${edge}`, (v) => v.setUint16(at, Number(edge & 0xffffn), little));
        if (at + 4 <= end)
          yield changed(`u32 ${order} at ${at} = ${edge}`, (v) => v.setUint32(at, Number(edge & 0xffffffffn), little));
        if (at + 8 <= end) yield changed(`u64 ${order} at ${at} = ${edge}`, (v) => v.setBigUint64(at, edge, little));
      }
    }
    yield { what: `cut off at ${at}`, bytes: file.slice(0, at) };
  }
  const random = randomNumbers(seed);
  for (let i = 0; i < 500; i += 1) {
    yield changed(`random ${i} of seed ${seed}`, (view) => {
      for (let n = 1 + Math.floor(random() * 8); n > 0; n -= 1) {
        view.setUint8(Math.floor(random() * end), Math.floor(random() * 256));
      }
    });
  }
}
