// The quickstart: reads boxes of a real volume from one file and from a directory of tiles, checks that both results
// are equal, draws slices and prints the statistics of the reads.
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { openArray, slice } from 'posix-par';
import { writePicture } from './picture.mjs';
import { makeTiles, tileShape } from './tiles.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, '.cache', 'data', 'brain');
const volumePath = join(folder, 'ch2better.nii');
const tilesPath = join(folder, 'tiles');
const picturePath = resolve(process.argv[2] ?? join(root, '.cache', 'quickstart', 'brain.png'));

const shown = (path) => relative(process.cwd(), path) || '.';
const grouped = (n) => Math.round(n).toLocaleString('en-US');

/** Decompresses the NIfTI file once, because parts of a compressed file cannot be read on their own. */
async function unpack() {
  if (existsSync(volumePath)) return;
  await pipeline(createReadStream(`${volumePath}.gz`), createGunzip(), createWriteStream(`${volumePath}.part`));
  renameSync(`${volumePath}.part`, volumePath);
}

function mean(data) {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

/** Reads one selection from the file and from the tiles, and fails if the results differ. */
async function readBoth(file, tiles, name, selection) {
  const [a, b] = [await file.read(selection), await tiles.read(selection)];
  if (String(a.shape) !== String(b.shape) || Buffer.compare(a.data, b.data) !== 0) {
    throw new Error(`Expected the same bytes from the file and from the tiles, found a difference in ${name}`);
  }
  const columns = [
    name.padEnd(30),
    a.shape.join(' x ').padStart(15),
    mean(a.data).toFixed(2).padStart(8),
    `${a.stats.elapsedMs.toFixed(2)} ms ${a.stats.engine}`.padStart(18),
    `${b.stats.elapsedMs.toFixed(2)} ms, ${b.stats.chunks} tiles`.padStart(22),
  ];
  console.log(`${columns.join('  ')}   equal`);
  return b;
}

function printAccount(title, account) {
  console.log(`\n${title}`);
  for (const [key, value] of Object.entries(account)) {
    if (value === null || value === '') continue;
    const text =
      typeof value === 'number' ? (Number.isInteger(value) ? grouped(value) : value.toFixed(3)) : String(value);
    console.log(`  ${key.padEnd(18)} ${text}`);
  }
}

/** Returns the statistics of a result as a plain object. */
function accountOf(stats) {
  const names = new Set();
  for (let level = stats; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  names.delete('constructor');
  return Object.fromEntries(
    [...names].map((name) => [name, stats[name]]).filter(([, value]) => typeof value !== 'function'),
  );
}

await unpack();
const { tiles: tileCount, stored } = makeTiles(volumePath, tilesPath);

const file = await openArray(volumePath);
const tiles = await openArray(tilesPath);
console.log(`
A human head: ch2better from the Debian package mricron-data (BSD-3-Clause; ${shown(join(folder, 'copyright'))})
  one file   ${shown(volumePath)}: ${file.format}, ${file.dtype}, ${file.shape.join(' x ')} voxels
  tiles      ${shown(tilesPath)}/: ${tiles.format}, ${tileCount} tiles of ${tiles.chunkShape.join(' x ')}
             ${stored.length} tiles are stored; the others are air
`);

const box = [
  [112, 208],
  [200, 318],
  [116, 212],
];
const boxSelection = box.map(([start, stop]) => slice(start, stop));
const [x, y, z] = [134, 222, 164];

console.log(
  [
    'selection'.padEnd(30),
    'shape'.padStart(15),
    'mean'.padStart(8),
    'from the file'.padStart(18),
    'from the tiles'.padStart(22),
  ].join('  '),
);
await readBoth(file, tiles, 'everything', undefined);
const boxed = await readBoth(file, tiles, box.map((range) => range.join(':')).join(', '), boxSelection);
const axial = await readBoth(file, tiles, `:, :, ${z}`, [null, null, z]);
const coronal = await readBoth(file, tiles, `:, ${y}, :`, [null, y, null]);
const sagittal = await readBoth(file, tiles, `${x}, :, :`, [x, null, null]);
await readBoth(file, tiles, '::-4, ::4, ::4', '::-4, ::4, ::4');
await readBoth(file, tiles, '[300, 7, 7], -1, :', [[300, 7, 7], -1, null]);

mkdirSync(dirname(picturePath), { recursive: true });
const { width, height } = writePicture(
  picturePath,
  [
    { ...axial, axes: [0, 1], axis: 2, index: z, label: ['AXIAL', `z = ${z}`] },
    { ...coronal, axes: [0, 2], axis: 1, index: y, label: ['CORONAL', `y = ${y}`] },
    { ...sagittal, axes: [1, 2], axis: 0, index: x, label: ['SAGITTAL', `x = ${x}`] },
  ],
  { box, tileShape, stored: new Set(stored), white: 118 },
);

printAccount('explain: what reading the box from the tiles would do', tiles.explain(boxSelection));
printAccount('stats: what it did', accountOf(boxed.stats));
await file.close();
await tiles.close();
console.log(
  `\npicture: ${shown(picturePath)}, ${width} x ${height}. ` +
    'The box is in colour. The grid shows the tiles; bright tiles were read.',
);
