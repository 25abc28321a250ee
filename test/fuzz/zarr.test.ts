/**
 * Mutates Zarr metadata and shard indexes, and checks that each mutant either fails with an error of this library or
 * gives only locations within its files. test/support/fuzz.ts chooses the mutants and their number.
 */
import { describe, expect, it } from 'vitest';
import { zarr } from '../../lib/formats/zarr/zarr.js';
import { runSync } from '../../lib/io/driver.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { hostileJson, valuePlaces } from '../support/json-lies.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { directoryProbe } from '../support/probe.js';
import { bytesOf, type Seed, type SeedFiles } from '../support/seeds/seed.js';
import { imageSeeds, zarrSeeds } from '../support/seeds/zarr.js';

const stores = [...zarrSeeds, ...imageSeeds];

/** Maximum allocation per mutant. */
const allowedBytes = 16 * 1024 * 1024;
/** Number of mutants of all stores. */
const usualMutants = 24_000;
/** Timeout in milliseconds, long enough for long runs (POSIX_PAR_MUTANTS). */
const timeout = 3_600_000;

/** Opens the store and locates the first and last chunk and a small box. */
function examine(files: SeedFiles, { options = {} }: Seed): void {
  const backend = new MemoryBackend(files);
  const array = runSync(zarr.open(directoryProbe('/s'), { array: null, options: { ...options } }), backend);
  for (const layer of runSync(
    array.layers(
      array.shape.map(() => 0),
      array.shape,
    ),
    backend,
  )) {
    const last = layer.stop.map((stop, d) => Math.max(0, Math.ceil(stop / (layer.chunkShape[d] ?? 1)) - 1));
    const boxes = [
      last.map(() => [0]),
      last.map((n) => [n]),
      last.map((n) => Array.from({ length: Math.min(3, n + 1) }, (_, i) => i)),
    ];
    for (const box of boxes) {
      const found = runSync(layer.index.locate(box), backend);
      if (found.kind !== 'table') continue;
      found.offsets.forEach((offset, i) => {
        const size = backend.files.get(found.files[found.fileIndex?.[i] ?? 0] ?? '')?.length ?? 0;
        const end = offset + (found.lengths[i] ?? Number.NaN);
        if (offset !== -1 && !(offset >= 0 && end <= size))
          throw new Error(`A chunk at ${offset} to ${end} of a file of ${size} bytes`);
      });
    }
  }
  if (backend.openRuns !== 0) throw new Error('A run was not closed');
}

describe('mutated Zarr stores', () => {
  it.each(stores)('end in an error of this library, or in chunks within the files: $name', { timeout }, (seed) => {
    const { name, files, content, span } = seed;
    expect(attempt(name, allowedBytes, () => examine(files(content), seed))).toBe(true);
    let [tried, opened] = [0, 0];
    for (const { what, bytes } of mutants(content, span, mutantCount(usualMutants, stores.length))) {
      if (attempt(`${name}, ${what}`, allowedBytes, () => examine(files(bytes), seed))) opened += 1;
      tried += 1;
    }
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThan(tried);
  });

  it.each(stores.filter(({ name }) => name.startsWith('.z') || name.startsWith('zarr.json')))(
    'with a hostile value in each place of $name',
    (seed) => {
      const { name, files, content } = seed;
      const text = new TextDecoder().decode(content);
      let [tried, opened] = [0, 0];
      for (const [start, end] of valuePlaces(text)) {
        for (const value of hostileJson) {
          const damaged = files(bytesOf(text.slice(0, start) + value + text.slice(end)));
          const what = `${name}: ${value.slice(0, 40)} for ${text.slice(start, end).slice(0, 40)}`;
          if (attempt(what, allowedBytes, () => examine(damaged, seed))) opened += 1;
          tried += 1;
        }
      }
      expect(tried).toBeGreaterThan(100);
      expect(opened).toBeLessThan(tried);
    },
  );
});
