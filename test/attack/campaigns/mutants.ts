/**
 * Opens and reads mutated files of every format in random ways. Every sixteenth case reads an undamaged file instead.
 * It must get the same data as at the beginning, because damaged files must not affect later reads. A damaged saved
 * index must not change the data either, unless its checksum was corrected.
 * @module
 */
import { openArray } from '../../../lib/index.js';
import { randomMutant } from '../../support/fuzz.js';
import { repairChecksum } from '../../support/seeds/hdf5.js';
import type { Campaign, Case } from '../campaign.js';
import { examineCompound } from '../compound-uses.js';
import { examine } from '../examine.js';
import { areEqual } from '../results.js';
import { resealIndex } from '../saved-indexes.js';
import { type SeedFolder, writeSeeds } from '../seed-files.js';
import { findTargets, optionsOf, readTarget, type Target } from '../targets.js';
import { examineText } from '../uses.js';

const maxRepairs = 6;

/** A seed, and the bytes of everything that can be read in it. */
interface Subject {
  readonly folder: SeedFolder;
  readonly targets: readonly { readonly target: Target; readonly bytes: Uint8Array | null }[];
}

export const mutantsCampaign: Campaign = {
  name: 'mutants',
  what: 'mutated files of every format',
  weight: 12,
  quickCases: 2000,
  batchCases: 4000,
  caseCpuMs: 2000,
  missing: () => null,
  async prepare({ folder }) {
    const subjects = await Promise.all((await writeSeeds(folder)).map(describe));
    return async (test) => {
      const subject = test.random.pick(subjects);
      const { seed } = subject.folder;
      test.kind(seed.isSavedIndex === true ? `${seed.format} with a saved index` : seed.format);
      test.note(seed.name);
      try {
        if (test.index % 16 === 15) await control(test, subject);
        else await damage(test, subject);
      } finally {
        subject.folder.restore();
      }
    };
  },
};

async function describe(folder: SeedFolder): Promise<Subject> {
  const targets = [];
  for (const target of await findTargets(folder.path, folder.seed.arrays)) {
    targets.push({ target, bytes: await readTarget(folder.path, target) });
  }
  return { folder, targets };
}

/** Reads everything in the undamaged file. */
async function control({ report }: Case, { folder, targets }: Subject): Promise<void> {
  for (const { target, bytes } of targets) {
    const found = await readTarget(folder.path, target);
    if (found === null || bytes === null || !areEqual(found, bytes))
      report.wrong(`the undamaged file ${folder.seed.name} does not read as before: ${JSON.stringify(target)}`);
  }
  report.read();
}

async function damage(test: Case, subject: Subject): Promise<void> {
  const { random } = test;
  const { folder, targets } = subject;
  const { seed } = folder;
  const { what, bytes } = randomMutant(seed.content, seed.span, random, seed.places);
  test.note(what);
  const repairs = random.below(2) === 0;
  if (repairs && seed.isSavedIndex === true) resealIndex(bytes);
  else if (repairs) await repair(test, folder, bytes);
  folder.put(bytes, random.pick(['in place', 'by rename'] as const));
  const other = random.below(8) === 0 || targets.length === 0;
  const target: Target = other
    ? { array: random.pick(seed.arrays), field: null, reads: 'numbers' }
    : random.pick(targets).target;
  const options = { ...optionsOf(target), ...(random.below(8) === 0 ? { format: seed.format } : {}) };
  if (seed.isSavedIndex === true && !repairs) await checkUnchanged(test, subject);
  else if (target.reads === 'text') await examineText(test, folder.path, options);
  else if (target.reads === 'numbers') await examine(test, folder.path, options);
  else await examineCompound(test, target.reads, folder.path, options);
}

/** Checks that a damaged saved index changes nothing. */
async function checkUnchanged({ random, report }: Case, { folder, targets }: Subject): Promise<void> {
  const { target, bytes } = random.pick(targets);
  const found = await readTarget(folder.path, target);
  if (found === null || bytes === null) report.wrong('a damaged saved index makes the array unreadable');
  else if (!areEqual(found, bytes)) report.wrong('a damaged saved index changes the elements');
  else report.read();
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
