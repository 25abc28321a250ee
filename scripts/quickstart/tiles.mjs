// Makes a tile directory (docs/formats/tiles.md) from a NIfTI volume of bytes. It does not use the library, so that
// reading the file and reading the tiles are two independent tests.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The shape of a tile, in voxels. */
export const tileShape = [64, 64, 64];

/** Returns the shape and the voxels of a NIfTI-1 file, by the fields `dim` and `vox_offset` of its header. */
function voxelsOf(nifti) {
  const view = new DataView(nifti.buffer, nifti.byteOffset, nifti.byteLength);
  const shape = [1, 2, 3].map((d) => view.getInt16(40 + 2 * d, true));
  const voxels = nifti.subarray(view.getFloat32(108, true));
  return { shape, voxels };
}

/** Returns the tile at `corner`, clipped at the edge of the volume, in C order. x is the fastest axis of the volume. */
function cut(voxels, shape, corner) {
  const [nx, ny] = shape;
  const count = corner.map((start, d) => Math.min(tileShape[d], shape[d] - start));
  const tile = new Uint8Array(count[0] * count[1] * count[2]);
  let next = 0;
  for (let x = corner[0]; x < corner[0] + count[0]; x++) {
    for (let y = corner[1]; y < corner[1] + count[1]; y++) {
      for (let z = corner[2]; z < corner[2] + count[2]; z++) {
        tile[next++] = voxels[x + nx * (y + ny * z)];
      }
    }
  }
  return tile;
}

/**
 * Makes the tiles unless they exist. Tiles that contain only air are not stored, because absent tiles read as the fill
 * value.
 * @returns the number of tiles of the grid, and the coordinates `i,j,k` of the stored tiles.
 */
export function makeTiles(niftiPath, directory) {
  const list = join(directory, 'stored.json');
  if (existsSync(list)) return JSON.parse(readFileSync(list, 'utf8'));

  const building = `${directory}.part`;
  rmSync(building, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  const { shape, voxels } = voxelsOf(readFileSync(niftiPath));
  const grid = shape.map((extent, d) => Math.ceil(extent / tileShape[d]));
  const stored = [];
  for (let i = 0; i < grid[0]; i++) {
    for (let j = 0; j < grid[1]; j++) {
      for (let k = 0; k < grid[2]; k++) {
        const tile = cut(voxels, shape, [i * tileShape[0], j * tileShape[1], k * tileShape[2]]);
        if (tile.every((value) => value === 0)) continue;
        writeFileSync(join(building, `${i}-${j}-${k}.raw`), tile);
        stored.push(`${i},${j},${k}`);
      }
    }
  }
  const manifest = {
    version: 1,
    shape,
    tileShape,
    dtype: 'uint8',
    order: 'C',
    fillValue: 0,
    path: '{0}-{1}-{2}.raw',
    edgeTiles: 'clipped',
    dimensionNames: ['x', 'y', 'z'],
  };
  writeFileSync(join(building, 'tiles.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const answer = { tiles: grid[0] * grid[1] * grid[2], stored };
  writeFileSync(join(building, 'stored.json'), JSON.stringify(answer));
  renameSync(building, directory);
  return answer;
}
