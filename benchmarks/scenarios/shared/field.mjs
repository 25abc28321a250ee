/** The array of most scenarios: float32 256 x 1024 x 1024, of which data/make.py writes each data set. */
export const shape = [256, 1024, 1024];
export const whole = [[null, null, null]];
export const bytes = 4 * 256 * 1024 * 1024;
/** Where the data begins in f4.npy. */
export const npyOffset = 128;

/** Numbers from 0 up to, not including, 1; the same in each run (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Boxes of `size` at random places. */
export function randomBoxes(count, size, seed = 1) {
  const next = random(seed);
  return Array.from({ length: count }, () =>
    size.map((extent, d) => {
      const from = Math.floor(next() * (shape[d] - extent + 1));
      return [from, from + extent];
    }),
  );
}

/** The extra memory that a read may take beside its result, in MiB. */
export const memoryLimitMiB = 64;
