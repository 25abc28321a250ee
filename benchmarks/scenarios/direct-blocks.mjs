import { directBlocks } from './shared/storage.mjs';

const sizes = [
  [1, 256],
  [4, 96],
];

export default sizes.flatMap(([mebibytes, count], i) =>
  [1, 2, 4, 8].map((inFlight, k) => directBlocks({ order: 500 + 4 * i + k, mebibytes, inFlight, count })),
);
