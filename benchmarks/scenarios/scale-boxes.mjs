import { writeTable } from './shared/chunk-table.mjs';
import { randomBoxes } from './shared/field.mjs';
import { zarrPeers } from './shared/peers.mjs';
import { boxFloor, ofField, tensorstoreMany } from './shared/scale.mjs';

const selections = randomBoxes(500, [16, 32, 32]);
const { zarrs } = zarrPeers;

export default ['zstd', 'gzip', 'blosc'].map((codec, i) => {
  const data = `f4-${codec}.zarr`;
  return {
    ...ofField,
    name: `scale-boxes-${codec}`,
    order: 600 + i,
    title: `500 boxes 16x32x32 of chunks of 4 MiB with ${codec}, by one call of readMany`,
    data,
    selections,
    rounds: 3,
    before: writeTable(data),
    contenders: {
      'posix-par': { use: 'posix-par-many' },
      floor: boxFloor(data, codec, selections),
      // With gzip and blosc, zarrs needs about as long as here, and it is not the fastest.
      ...(codec === 'zstd' ? { zarrs } : {}),
      ...tensorstoreMany,
    },
    targets: [
      { faster: 'posix-par', than: ['floor'], atLeast: 1 / 1.15 },
      { faster: 'posix-par', than: ['zarrs', 'tensorstore'], atLeast: 4 },
      { faster: 'posix-par', than: ['tensorstore-cache'], atLeast: 1 },
    ],
  };
});
