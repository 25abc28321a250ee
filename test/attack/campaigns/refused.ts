/**
 * Lets system calls of the library fail with random errnos, deliver less, end early, be interrupted or be delayed. Each
 * read must return the right data or fail with an error of this library. Afterwards, the same handle must read the
 * right data.
 * @module
 */
import { constants } from 'node:os';
import { type ArrayHandle, isPosixParError, openArray } from '../../../lib/index.js';
import type { NativeFault } from '../../../lib/native/binding.js';
import { withFaults } from '../../support/faults.js';
import { pickBytes, type Random, randomSelection } from '../../support/random.js';
import type { Campaign, Case } from '../campaign.js';
import { randomReadOptions } from '../examine.js';
import { areEqual, resultBytes } from '../results.js';
import { type Sample, writeSamples } from '../sample.js';

const ops: readonly NativeFault['op'][] = [
  'open',
  'pread',
  'fstat',
  'stat',
  'mmap',
  'cachestat',
  'sync',
  'uring_setup',
  'uring_enter',
];

/**
 * Errors that are not injected. ENOENT and ENOTDIR are no failures, because an absent chunk reads as the fill value.
 * The action `eintr` injects EINTR.
 */
const answers = new Set(['ENOENT', 'ENOTDIR', 'EINTR']);
const errnos = Object.entries(constants.errno)
  .filter(([name]) => !answers.has(name))
  .map(([, number]) => number);

function randomFault(random: Random, sample: Sample): NativeFault {
  const op = random.pick(ops);
  const isRead = op === 'pread';
  const action = isRead
    ? random.pick(['error', 'error', 'shorten', 'end', 'cold', 'eintr', 'delay'] as const)
    : random.pick(['error', 'error', 'error', 'eintr', 'delay'] as const);
  const value = action === 'error' ? random.pick(errnos) : action === 'delay' ? random.below(3) : random.below(5000);
  return {
    op,
    action,
    value,
    path: random.below(3) === 0 ? '' : sample.path,
    skip: random.below(3) === 0 ? 0 : random.below(12),
    // Limits the number of interruptions, because the library retries an interrupted call forever.
    times: action === 'eintr' ? 1 + random.below(20) : random.below(4),
    ...(isRead && random.below(4) === 0 ? { offset: random.below(65_536), length: 1 + random.below(65_536) } : {}),
  };
}

export const refusedCampaign: Campaign = {
  name: 'refused',
  what: 'system calls that fail, deliver less, or are interrupted',
  weight: 2,
  quickCases: 1500,
  batchCases: 3000,
  caseCpuMs: 3000,
  onDisk: true,
  missing: () => null,
  async prepare({ folder }) {
    const samples = writeSamples(folder);
    return async (test) => {
      const sample = test.random.pick(samples);
      const faults = Array.from({ length: 1 + test.random.below(3) }, () => randomFault(test.random, sample));
      test.note(`${sample.name}: ${faults.map((fault) => JSON.stringify(fault)).join(' ')}`);
      await underFaults(test, sample, faults);
    };
  },
};

async function underFaults(test: Case, sample: Sample, faults: readonly NativeFault[]): Promise<void> {
  const { random, report } = test;
  const opensBefore = random.below(2) === 0;
  let handle: ArrayHandle | null = opensBefore ? await openArray(sample.path, sample.options) : null;
  await withFaults(faults, async () => {
    try {
      handle ??= await openArray(sample.path, sample.options);
    } catch (error) {
      report.failed(error, 'open');
      return;
    }
    for (let n = 1 + random.below(3); n > 0; n -= 1) await readOnce(test, sample, handle, 'may fail');
  });
  const usable = (handle as ArrayHandle | null) ?? (await openArray(sample.path, sample.options));
  await readOnce(test, sample, usable, 'must succeed');
  await usable.close();
}

/** Reads a random box and compares it with the known content. */
async function readOnce(
  { random, report }: Case,
  sample: Sample,
  handle: ArrayHandle,
  outcome: 'may fail' | 'must succeed',
): Promise<void> {
  const selection = random.below(3) === 0 ? null : randomSelection(random, sample.shape);
  const options = randomReadOptions(random);
  try {
    const entries = selection?.entries;
    const result = random.below(2) === 0 ? await handle.read(entries, options) : handle.readSync(entries, options);
    const all = new Uint8Array(sample.content.buffer);
    const expected = selection === null ? all : pickBytes(all, sample.shape, 4, selection.indices);
    if (areEqual(resultBytes(result), expected)) report.read();
    else report.wrong(`${outcome}: wrong elements with ${JSON.stringify(options)} of ${JSON.stringify(entries)}`);
  } catch (error) {
    report.failed(error, outcome);
    if (outcome === 'must succeed' && isPosixParError(error))
      report.wrong(`a read without faults failed after them: ${error} with ${JSON.stringify(options)}`);
  }
}
