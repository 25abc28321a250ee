/** Random crops of 64 x 64 x 64 of the field, several per chunk, in random order. */
import { random, shape } from './field.mjs';

export const crop = [64, 64, 64];
/** The positions of crops are multiples of this, because xbatcher cuts crops out on a grid. */
export const stride = [64, 8, 8];
const chunk = [64, 128, 128];
const cropsPerBatch = 64;

function shuffled(list, next) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** Returns 64 crops, `perChunk` of them in each of 64 / `perChunk` random chunks. */
export function randomCrops(perChunk) {
  const next = random(20 + perChunk);
  const grid = shape.map((n, d) => n / chunk[d]);
  const chunks = Array.from({ length: grid[0] * grid[1] * grid[2] }, (_, i) => [
    Math.floor(i / (grid[1] * grid[2])),
    Math.floor(i / grid[2]) % grid[1],
    i % grid[2],
  ]);
  const chosen = shuffled(chunks, next).slice(0, cropsPerBatch / perChunk);
  const crops = chosen.flatMap((at) =>
    Array.from({ length: perChunk }, () =>
      at.map((a, d) => {
        const positions = (chunk[d] - crop[d]) / stride[d] + 1;
        const from = a * chunk[d] + Math.floor(next() * positions) * stride[d];
        return [from, from + crop[d]];
      }),
    ),
  );
  return shuffled(crops, next);
}
