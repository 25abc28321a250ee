/**
 * Opens and reads mutated files of every format in random ways. Every sixteenth case reads an undamaged file instead.
 * It must get the same data as at the beginning, because damaged files must not affect later reads.
 * @module
 */
import { openArray, UnsupportedError } from '../../../lib/index.js';
import { randomMutant } from '../../support/fuzz.js';
import { repairChecksum } from '../../support/seeds/hdf5.js';
import type { Campaign, Case } from '../campaign.js';
import { areEqual, examine, resultBytes } from '../examine.js';
import { type SeedFolder, writeSeeds } from '../seed-files.js';

const maxRepairs = 6;

export const mutantsCampaign: Campaign = {
  name: 'mutants',
  what: 'mutated files of every format',
  weight: 12,
  quickCases: 4000,
  batchCases: 4000,
  caseCpuMs: 2000,
  missing: () => null,
  async prepare({ folder }) {
    const seeds = writeSeeds(folder);
    const undamaged: ReadonlyMap<SeedFolder, readonly (Uint8Array | null)[]> = new Map(
      await Promise.all(seeds.map(async (seed) => [seed, await readAll(seed)] as const)),
    );
    return async (test) => {
      const target = test.random.pick(seeds);
      const how = test.random.pick(['in place', 'by rename'] as const);
      test.note(target.seed.name);
      try {
        if (test.index % 16 === 15) await control(test, target, undamaged.get(target) ?? []);
        else await damage(test, target, how);
      } finally {
        target.restore();
      }
    };
  },
};

/** Returns the bytes of every array of a seed; null for an array that cannot be opened alone or read. */
async function readAll(target: SeedFolder): Promise<(Uint8Array | null)[]> {
  const found: (Uint8Array | null)[] = [];
  for (const name of target.seed.arrays) {
    if (name === null && target.seed.arrays.length > 1) {
      found.push(null);
      continue;
    }
    try {
      await using array = await openArray(target.path, name === null ? {} : { array: name });
      found.push(resultBytes(await array.read()).slice());
    } catch (error) {
      // The errors below are permitted: some builds do not have all codecs, for example.
      if (!(error instanceof Error)) throw error;
      if (!(error instanceof UnsupportedError) && !['ChoiceError', 'CodecError', 'ReadError'].includes(error.name))
        throw error;
      found.push(null);
    }
  }
  return found;
}

async function control({ report }: Case, target: SeedFolder, expected: readonly (Uint8Array | null)[]): Promise<void> {
  const found = await readAll(target);
  for (const [i, bytes] of found.entries()) {
    const before = expected[i] ?? null;
    if ((bytes === null) !== (before === null) || (bytes !== null && before !== null && !areEqual(bytes, before)))
      report.wrong(`the undamaged file ${target.seed.name} does not read as before`);
  }
  report.read();
}

async function damage(test: Case, target: SeedFolder, how: 'in place' | 'by rename'): Promise<void> {
  const { random } = test;
  const { seed } = target;
  const { what, bytes } = randomMutant(seed.content, seed.span, random, seed.places);
  test.note(what);
  if (random.below(2) === 0) await repair(test, target, bytes);
  target.put(bytes, how);
  const options = random.below(8) === 0 ? { format: seed.format } : {};
  await examine(test, target.path, random.pick(seed.arrays), options);
}

/** Corrects wrong checksums of an HDF5 file: reads it, corrects the checksum that the error names, and repeats this. */
async function repair(test: Case, target: SeedFolder, bytes: Uint8Array): Promise<void> {
  if (target.seed.format !== 'hdf5' && target.seed.format !== 'netcdf4') return;
  for (let i = 0; i < maxRepairs; i += 1) {
    target.put(bytes, 'in place');
    try {
      await using array = await openArray(target.path);
      await array.read(array.shape.map(() => 0));
      return;
    } catch (error) {
      if (!(error instanceof Error) || !repairChecksum(bytes, [error])) return;
      test.note('a checksum was repaired');
    }
  }
}
