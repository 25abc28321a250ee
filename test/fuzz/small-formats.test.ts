/**
 * Mutates headers, and checks that each mutant either fails with an error of this library or gives a description within
 * its file.
 * test/support/fuzz.ts chooses the mutants and their number.
 */
import { describe, expect, it } from 'vitest';
import { isPosixParError } from '../../lib/core/errors.js';
import { fieldNames } from '../../lib/core/stored-type.js';
import { chooseField } from '../../lib/formats/field.js';
import type { ArrayDescriptor } from '../../lib/formats/format.js';
import { openDescriptor } from '../../lib/formats/registry.js';
import { runSync } from '../../lib/io/driver.js';
import { bytesOfChunk } from '../../lib/plan/layout.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { MemoryBackend } from '../support/memory-backend.js';
import type { Seed, SeedFiles } from '../support/seeds/seed.js';
import { smallFormatSeeds as seeds, tileManifest } from '../support/seeds/small-formats.js';

/** Maximum number of bytes that opening and examining a mutant may allocate. The files are about one kilobyte long. */
const allowedBytes = 8 * 1024 * 1024;
/** Number of mutants of all files. */
const usualMutants = 40_000;
/** Timeout in milliseconds, long enough for long runs (POSIX_PAR_MUTANTS). */
const timeout = 3_600_000;

/** Opens a file and requests what a planner uses: the layers of the whole array, and the first and last chunk. */
function examine(backend: MemoryBackend, path: string, format: string | null, array: string | null): ArrayDescriptor {
  const found = runSync(openDescriptor(path, { array, options: {}, format }), backend);
  examineLayers(backend, found);
  const names = found.records === undefined ? [] : fieldNames(found.records.type);
  for (const name of names.slice(0, 8)) {
    const field = fieldOf(found, name);
    if (field !== null) examineLayers(backend, field);
  }
  return found;
}

/** Returns the description of a field; null if its type is not supported. */
function fieldOf(array: ArrayDescriptor, name: string): ArrayDescriptor | null {
  try {
    return chooseField(array, name);
  } catch (error) {
    if (isPosixParError(error, 'UnsupportedError', 'ChoiceError')) return null;
    throw error;
  }
}

function examineLayers(backend: MemoryBackend, found: ArrayDescriptor): void {
  const origin = found.shape.map(() => 0);
  for (const layer of runSync(found.layers(origin, found.shape), backend)) {
    const first = layer.start.map((s, d) => Math.floor((s - (layer.origin[d] ?? 0)) / (layer.chunkShape[d] ?? 1)));
    const last = layer.stop.map((s, d) => Math.floor((s - 1 - (layer.origin[d] ?? 0)) / (layer.chunkShape[d] ?? 1)));
    for (const coordinates of [first, last]) {
      const places = runSync(layer.index.locate(coordinates.map((c) => [c])), backend);
      if (places.kind !== 'table') continue;
      const size = backend.files.get(places.files[0] ?? '')?.length ?? 0;
      const [offset = -1] = places.offsets;
      const [length = -1] = places.lengths;
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Error(`A chunk at ${offset} of ${length} bytes is not in a file of ${size} bytes`);
      }
    }
    if (bytesOfChunk(layer.layout, layer.chunkShape) < 0) throw new Error('A chunk has less than 0 bytes');
  }
}

/** Returns true if the files open, false for an error of this library. Throws other errors. */
function opens(files: SeedFiles, seed: Seed, array: string | null, what: string): boolean {
  const backend = new MemoryBackend(files);
  const opened = attempt(`${seed.name}, array ${array}, ${what}`, allowedBytes, () => {
    examine(backend, seed.path, what.startsWith('cut') ? seed.format : null, array);
  });
  if (backend.openRuns !== 0) throw new Error(`${seed.name}, ${what}: a run was not closed`);
  return opened;
}

describe('mutated headers', () => {
  it.each(seeds)(
    'of $name end in an error of this library, or in a description within the file',
    { timeout },
    (seed) => {
      for (const array of seed.arrays) {
        if (seed.arrays.length === 1 || array !== null)
          expect(opens(seed.files(seed.content), seed, array, 'as it is')).toBe(true);
      }
      let [tried, opened] = [0, 0];
      for (const { what, bytes } of mutants(seed.content, seed.span, mutantCount(usualMutants, seeds.length))) {
        const array = seed.arrays[(tried >> 1) % seed.arrays.length] ?? null;
        if (opens(seed.files(bytes), seed, array, what)) opened += 1;
        tried += 1;
      }
      // If all mutants failed, the code behind the check of the magic number would not be tested. If all opened, the
      // errors would not be tested.
      expect(opened).toBeGreaterThan(0);
      expect(opened).toBeLessThan(tried);
    },
  );
});

describe('a tile manifest with hostile values', () => {
  const deep = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as unknown;
  const hostile: readonly unknown[] = [
    null,
    true,
    -1,
    0,
    0.5,
    1e308,
    2 ** 53,
    '',
    '\0',
    '../..',
    '/',
    '{',
    '{0}{1}',
    '{99}',
    'NaN',
    [],
    {},
    deep,
    [0],
    [-1, 1],
    [1e15, 1e15],
    [2 ** 31, 2 ** 31],
    ['1', '1'],
    new Array(33).fill(1),
    new Array(10_000).fill(1),
    [null, null],
    [[1], [1]],
    { toString: 1 },
    { __proto__: null, length: 2 },
    'x'.repeat(100_000),
    '{0}'.repeat(2_000),
  ];

  it.each([...Object.keys(tileManifest), '__proto__', 'constructor'])('for %s fails cleanly or opens', (key) => {
    const [seed] = seeds.filter(({ name }) => name === 'tiles.json');
    if (seed === undefined) throw new Error('Expected the seed of tiles.json');
    let opened = 0;
    for (const value of hostile) {
      const entries = Object.entries(tileManifest).filter(([name]) => name !== key);
      const fields = [...entries, [key, value] as const].map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
      const text = `{${fields.join(',')}}`;
      if (opens({ '/t/tiles.json': text }, seed, null, `${key} = ${text.slice(-80)}`)) opened += 1;
    }
    expect(opened).toBeLessThan(hostile.length);
  });
});
