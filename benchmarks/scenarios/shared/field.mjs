/** The array of most scenarios: float32, 256 x 1024 x 1024. data/make.py writes it in each format. */
export const shape = [256, 1024, 1024];
export const whole = [[null, null, null]];
export const bytes = 4 * 256 * 1024 * 1024;
/** Offset of the data in f4.npy. */
export const npyOffset = 128;

/** Returns a generator of reproducible numbers in [0, 1) (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns boxes of `size` at random positions of an array. */
export function randomBoxesIn(whole, count, size, seed = 1) {
  const next = random(seed);
  return Array.from({ length: count }, () =>
    size.map((extent, d) => {
      const from = Math.floor(next() * (whole[d] - extent + 1));
      return [from, from + extent];
    }),
  );
}

/** Returns boxes of `size` at random positions of the field. */
export const randomBoxes = (count, size, seed = 1) => randomBoxesIn(shape, count, size, seed);

/** Maximum memory of a read in addition to its result, in MiB. */
export const memoryLimitMiB = 64;
