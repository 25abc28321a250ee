/** Files that a contender writes: each round begins without the target, and without dirty pages on its file system. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarks, cache, python } from '../../runner/places.mjs';

/** Returns the path of a target that does not exist yet. @param extension for example `.npy` */
export function targetPath(extension) {
  const folder = join(cache, 'written');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${process.pid}${extension}`);
}

/** Removes a target, and waits until the file system has written all data back. */
export function removeTarget(path) {
  rmSync(path, { recursive: true, force: true });
  rmSync(`${path}.json`, { force: true });
  execFileSync('sync', ['-f', cache]);
}

/** Returns the checksum of the selections of a target. NumPy or zarr-python reads them. */
export function checksumOf(path, selections, shape) {
  const args = [join(benchmarks, 'data', 'read_written.py'), path, ...shape.map(String)];
  return execFileSync(python, args, { input: JSON.stringify(selections), encoding: 'utf8' }).trim();
}

/** Reads the elements of a `.npy` file of float32. */
export function loadNpy(path) {
  const bytes = readFileSync(path);
  const header = 10 + bytes.readUInt16LE(8);
  const elements = new Float32Array((bytes.length - header) / 4);
  bytes.copy(new Uint8Array(elements.buffer), 0, header);
  return elements;
}

/** Returns the elements of a box `[[start, stop], ...]` or `[null, ...]` (all) of an array with 3 dimensions. */
export function elementsOfBox(elements, shape, box) {
  if (box.every((range) => range === null)) return elements;
  const [[z0, z1], [y0, y1], [x0, x1]] = box;
  const found = new Float32Array((z1 - z0) * (y1 - y0) * (x1 - x0));
  let at = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const row = (z * shape[1] + y) * shape[2];
      found.set(elements.subarray(row + x0, row + x1), at);
      at += x1 - x0;
    }
  }
  return found;
}

/** Returns the contender of js-cell.mjs whose round runs `write(target)`, which writes and closes a new target. */
export function writeContender({ extension, selections, shape, write }) {
  const target = targetPath(extension);
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  return {
    async measure() {
      removeTarget(target);
      globalThis.gc();
      const cpu = cpuMs();
      const start = performance.now();
      const more = await write(target);
      const ms = performance.now() - start;
      return { ms: [ms], cpuMs: cpuMs() - cpu, ...more };
    },
    async verify() {
      removeTarget(target);
      await write(target);
      return checksumOf(target, selections, shape);
    },
    close: () => removeTarget(target),
  };
}
