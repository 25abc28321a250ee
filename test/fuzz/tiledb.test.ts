/**
 * Mutates TileDB metadata. The content of compressed tiles is changed before compression, because a changed stream
 * would only test zlib. test/support/fuzz.ts chooses the mutants and their number.
 */
import { describe, expect, test } from 'vitest';
import { isPosixParError } from '../../lib/core/errors.js';
import { tiledb } from '../../lib/formats/tiledb/tiledb.js';
import { openArray } from '../../lib/index.js';
import { runSync } from '../../lib/io/driver.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { directoryProbe } from '../support/probe.js';
import type { SeedFiles } from '../support/seeds/seed.js';
import { tiledbSeeds as seeds, specOf } from '../support/seeds/tiledb.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { tiledbFiles } from '../support/tiledb-bytes.js';

/** Maximum allocation per mutant. The files have a few kilobytes. */
const allowedBytes = 8 * 1024 * 1024;
/** Number of mutants of all seeds. */
const usualMutants = 30_000;
/** Timeout in milliseconds, long enough for long runs (POSIX_PAR_MUTANTS). */
const timeout = 3_600_000;

/** Opens an attribute and requests what a planner uses for up to 1,000 positions per dimension: layers and chunks. */
function examine(backend: MemoryBackend, array: string): void {
  const probe = directoryProbe('/a');
  const found = runSync(tiledb.open(probe, { array, options: { at: 1e12 } }), backend);
  const start = found.shape.map(() => 0);
  const stop = found.shape.map((extent) => Math.min(extent, 1_000));
  for (const layer of runSync(found.layers(start, stop), backend)) {
    const box = layer.start.map((s, d) => {
      const extent = layer.chunkShape[d] ?? 1;
      const origin = layer.origin[d] ?? 0;
      const first = Math.floor((s - origin) / extent);
      const last = Math.floor(((layer.stop[d] ?? 0) - 1 - origin) / extent);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    const places = runSync(layer.index.locate(box), backend);
    if (places.kind !== 'table') throw new Error('Expected a table of tile locations');
    const size = backend.files.get(places.files[0] ?? '')?.length ?? 0;
    for (const [i, offset] of places.offsets.entries()) {
      const length = places.lengths[i] ?? -1;
      if (offset < 0 || length <= 0 || offset + length > size) {
        throw new Error(`A tile at ${offset} of ${length} bytes is not in a file of ${size} bytes`);
      }
    }
  }
}

/** Returns true if the array opens, false for an error of this library. Throws other errors. */
function opens(files: SeedFiles, array: string, what: string): boolean {
  const backend = new MemoryBackend(files);
  const opened = attempt(`array ${array}, ${what}`, allowedBytes, () => examine(backend, array));
  if (backend.openRuns !== 0) throw new Error(`${what}: a run was not closed`);
  return opened;
}

describe('mutated TileDB metadata', () => {
  test.each(seeds)('$name ends in an error of this library, or in tiles within their file', { timeout }, (seed) => {
    for (const array of ['v', 'w']) expect(opens(seed.files(seed.content), array, 'as it is')).toBe(true);
    let [tried, opened] = [0, 0];
    for (const { what, bytes } of mutants(seed.content, seed.span, mutantCount(usualMutants, seeds.length))) {
      if (opens(seed.files(bytes), tried % 4 < 2 ? 'v' : 'w', `${seed.name}, ${what}`)) opened += 1;
      tried += 1;
    }
    expect(opened).toBeGreaterThan(0);
    if (!/list|vacuum/.test(seed.name)) expect(opened).toBeLessThan(tried);
  });
});

describe('mutated TileDB arrays on disk', () => {
  const directory = new TemporaryDirectory();
  const spec = specOf(22);
  const files = tiledbFiles(spec);
  for (const [name, bytes] of Object.entries(files)) directory.write(`a/${name}`, bytes);

  test.each(Object.keys(files).filter((name) => /metadata|a0\.tdb|__schema/.test(name)))(
    '%s: a read gives data or an error of this library',
    async (name) => {
      const original = files[name] ?? new Uint8Array(0);
      let [tried, failed] = [0, 0];
      for (const { what, bytes } of mutants(original, original.length, 150)) {
        directory.write(`a/${name}`, bytes);
        try {
          await using array = await openArray(directory.at('a'), { array: 'v' });
          if (array.size < 1e6) await array.read();
        } catch (error) {
          if (!isPosixParError(error)) throw new Error(what, { cause: error });
          failed += 1;
        }
        tried += 1;
      }
      directory.write(`a/${name}`, original);
      expect(tried).toBe(150);
      expect(failed).toBeGreaterThan(0);
      await using array = await openArray(directory.at('a'), { array: 'v' });
      expect((await array.read()).shape).toEqual([13, 11]);
    },
  );
});
