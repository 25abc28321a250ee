/** 1000 rows of 4 KiB at random positions. */
import { random, shape } from './field.mjs';

const next = random(4);

export const rows = {
  group: 'file',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: Array.from({ length: 1000 }, () => [Math.floor(next() * shape[0]), Math.floor(next() * shape[1]), null]),
  repeats: 15,
};
