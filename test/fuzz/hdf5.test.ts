/**
 * Mutates HDF5, NetCDF-4 and MATLAB files. Parsing their groups, attributes and indexes must end quickly, with a
 * result or an error of this library. The checksums of half of the mutants are repaired and the mutants are parsed
 * again, so that parsers do not reject all of them at once. test/support/fuzz.ts chooses the mutants and their number.
 */
import { describe, expect, test } from 'vitest';
import { describeElements } from '../../lib/api/array-description.js';
import { FormatError, isPosixParError } from '../../lib/core/errors.js';
import { product } from '../../lib/core/numbers.js';
import { fieldNames } from '../../lib/core/stored-type.js';
import type { HeapText, Sequences } from '../../lib/formats/descriptor.js';
import { chooseElements } from '../../lib/formats/field.js';
import type { ArrayDescriptor } from '../../lib/formats/format.js';
import type { GroupDescriptor } from '../../lib/formats/group.js';
import { openGroupDescriptor } from '../../lib/formats/registry.js';
import { runSync } from '../../lib/io/driver.js';
import { type Io, readRanges, ready } from '../../lib/io/io.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { pythonMissing } from '../support/python.js';
import { hdf5Seeds, repairChecksum } from '../support/seeds/hdf5.js';
import { TemporaryDirectory } from '../support/temporary.js';

/** Number of mutants of all files. */
const usualMutants = 2000;
/** Timeout in milliseconds, long enough for long runs (POSIX_PAR_MUTANTS). */
const timeout = 3_600_000;
/** Maximum allocation while walking one mutant. */
const allowedBytes = 64 * 1024 * 1024;
const maxRepairs = 6;
/** Groups may lead into each other, so the walk ends after this many objects. */
const maxObjects = 200;
/** Maximum number of fields of records whose references are resolved. */
const maxFields = 8;

describe('mutated HDF5 files', () => {
  if (pythonMissing !== null) {
    test.skip(pythonMissing, () => {});
    return;
  }
  const directory = new TemporaryDirectory();
  const seeds = hdf5Seeds(directory.path);

  test.each(seeds)('$name itself is walked without an error', ({ name, format, content }) => {
    expect(walkFile(name, format, content)).toEqual([]);
  });

  test.each(seeds)('mutants of $name fail cleanly and soon', { timeout }, ({ name, format, content, span, places }) => {
    let [tried, whole] = [0, 0];
    for (const { what, bytes } of mutants(content, span, mutantCount(usualMutants, seeds.length), places)) {
      let errors: readonly FormatError[] = [];
      attempt(`${name}, ${what}`, allowedBytes, () => {
        errors = walkFile(name, format, bytes);
      });
      if (tried % 4 < 2) walkRepaired(`${name}, ${what}`, name, format, bytes, errors);
      if (errors.length === 0) whole += 1;
      tried += 1;
    }
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeLessThan(tried);
  });
});

/** Repairs the checksums that the walk reported, one after another, and walks again after each. */
function walkRepaired(
  what: string,
  name: string,
  format: string,
  bytes: Uint8Array,
  first: readonly FormatError[],
): void {
  const repaired = Uint8Array.from(bytes);
  let errors = first;
  for (let i = 1; i <= maxRepairs; i++) {
    if (!repairChecksum(repaired, errors)) return;
    attempt(`${what}, ${i} checksums repaired`, allowedBytes, () => {
      errors = walkFile(name, format, repaired);
    });
  }
}

/**
 * Opens the groups and arrays of a file, and requests locations of chunks of each array ({@link locateAll}). Stops at
 * `maxObjects` objects and at a depth of 5 groups. Returns the format errors that occurred.
 */
function walkFile(name: string, format: string, bytes: Uint8Array): readonly FormatError[] {
  const path = `/${name}`;
  const backend = new MemoryBackend({ [path]: bytes });
  const errors: FormatError[] = [];
  let objects = 0;
  const tolerate = <T>(io: () => Io<T>): T | null => {
    try {
      return runSync(io(), backend);
    } catch (error) {
      if (!isPosixParError(error)) throw error;
      if (error instanceof FormatError) errors.push(error);
      return null;
    }
  };
  const visit = (group: GroupDescriptor, depth: number): void => {
    for (const { entry: child, describe } of tolerate(() => group.listing?.() ?? ready(() => [])) ?? []) {
      objects += 1;
      if (objects > maxObjects || child.kind === 'other') continue;
      if (child.kind === 'array') {
        const array = tolerate(() => group.openArray(child.name));
        if (array === null) continue;
        tolerate(() => locateAll(array));
        tolerate(() => describeListed(describe));
        for (const refers of tolerate(() => ready(() => referencesOf(array))) ?? [])
          tolerate(() => resolveSome(refers));
      } else if (depth < 4) {
        const next = tolerate(() => group.openGroup(child.name));
        if (next !== null) visit(next, depth + 1);
      }
    }
  };
  const root = tolerate(() => openGroupDescriptor(path, { array: null, options: {}, format }));
  if (root !== null) visit(root, 0);
  return errors;
}

function* describeListed(describe: () => Io<ArrayDescriptor>): Io<void> {
  yield* describeElements(yield* describe());
}

/** Returns the array or its fields whose elements refer to text or sequences. */
function referencesOf(array: ArrayDescriptor): readonly ArrayDescriptor[] {
  const names = array.records === undefined ? [null] : fieldNames(array.records.type).slice(0, maxFields);
  return names.map((name) => chooseElements(array, name)).filter((one) => resolverOf(one) !== undefined);
}

function resolverOf({ heapText, sequences }: ArrayDescriptor): HeapText | Sequences | undefined {
  return heapText ?? sequences;
}

/** Resolves up to 16 elements of the first chunk, if the chunk is not encoded. */
function* resolveSome(array: ArrayDescriptor): Io<void> {
  const { layers, shape } = array;
  const size = shape.at(-1) ?? 0;
  const origin = shape.map(() => 0);
  const [layer] = yield* layers(origin, shape);
  const found = layer?.layout.codecs.length === 0 ? yield* layer.index.locate(origin.map((at) => [at])) : null;
  const offset = found?.kind === 'table' ? (found.offsets[0] ?? -1) : -1;
  if (found?.kind !== 'table' || offset < 0) return;
  const spacing = layer?.layout.spacing;
  const pitch = spacing?.pitches.at(-2) || size;
  const count = Math.min(16, product(layer?.chunkShape.slice(0, -1) ?? []), product(shape.slice(0, -1)));
  const first = offset + (spacing?.offset ?? 0);
  const ranges = Array.from({ length: count }, (_, i) => ({ offset: first + i * pitch, length: size }));
  for (const bytes of yield* readRanges(found.files[0] ?? '', ranges)) {
    if (bytes.length === size) yield* resolverOf(array)?.resolve(bytes) ?? ready(() => null);
  }
}

/**
 * Requests the locations of the first 64 chunks per dimension, or none if these are more than 2^16 chunks: shapes are
 * as hostile as the rest.
 */
function* locateAll(array: ArrayDescriptor): Io<void> {
  const start = array.shape.map(() => 0);
  for (const { chunkShape, index } of yield* array.layers(start, array.shape)) {
    const box = array.shape.map((extent, d) => {
      return Array.from({ length: Math.min(64, Math.ceil(extent / (chunkShape[d] ?? 1))) }, (_, i) => i);
    });
    if (box.reduce((count, list) => count * list.length, 1) <= 2 ** 16) yield* index.locate(box);
  }
}
