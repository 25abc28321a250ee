/**
 * Reads files while another thread overwrites, replaces, truncates, extends, removes and relinks them. All data of a
 * chunk must be of one version, and so must all data of a file with several chunks. Otherwise the read must fail with a
 * documented error.
 * @module
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  type ArrayHandle,
  type Consistency,
  isPosixParError,
  type OpenOptions,
  openArray,
  type ReadOptions,
  slice,
} from '../../../lib/index.js';
import type { Random } from '../../support/random.js';
import type { Campaign, Case } from '../campaign.js';
import { randomReadOptions } from '../examine.js';
import { resultBytes } from '../results.js';
import { type Change, changes, createVersion, hasChunkFiles, type Layout, layouts, pathOf } from '../versions.js';
import type { WriterOrder } from '../writer-worker.js';

/** Codes with which a read may fail if a writer changes its files. */
const documentedCodes = new Set(['EOF', 'ECHANGED', 'ENOENT', 'ESTALE']);
/**
 * Codes with which a read with a lease may fail. The kernel refuses the lease with EAGAIN while the file is open for
 * writing.
 */
const leaseCodes = new Set([...documentedCodes, 'EAGAIN']);

/** Returns true if a reader may find a file absent, incomplete or too long, during the change or after it. */
function isTorn(how: Change): boolean {
  return how === 'truncate' || how === 'append' || how === 'remove and create';
}

/**
 * Returns the changes to test. Chunk files are not written in place: a chunk file may be opened in the middle of a
 * write, which the library cannot detect (SECURITY.md).
 */
function changesOf(layout: Layout): readonly Change[] {
  return hasChunkFiles(layout) ? changes.filter((change) => change !== 'in place') : changes;
}

export const changingCampaign: Campaign = {
  name: 'changing',
  what: 'files that a writer changes while they are read',
  weight: 2,
  quickCases: 300,
  batchCases: 1000,
  caseCpuMs: 5000,
  onDisk: true,
  missing: () => null,
  async prepare({ folder }) {
    const writer = new Worker(new URL('writer-worker.js', import.meta.url));
    writer.unref();
    return async (test) => {
      const { random } = test;
      const layout = random.pick(layouts);
      const how = random.pick(changesOf(layout));
      const first = 1 + random.below(200);
      const versions = Array.from({ length: 1 + random.below(3) }, (_, i) => first + 1 + i);
      const consistency: Consistency = !hasChunkFiles(layout) && random.below(3) === 0 ? 'lease' : 'check';
      test.note(`${layout}, ${how}, versions ${first} to ${versions.at(-1)}, ${consistency}`);
      createVersion(folder, layout, first);
      const options: OpenOptions = layout === 'raw' ? { format: 'raw', dtype: 'uint8', shape: [8, 1 << 15] } : {};
      const order: WriterOrder = { folder, layout, how, versions, pauseMs: random.below(3) };
      const changing: Changing = { layout, how, versions: [first, ...versions], consistency };
      const done = once(writer, 'message');
      // If reads take leases, the writer may start before the file is opened: the kernel grants no lease while a writer
      // has the file open. Without leases, opening a file that is being written would not be detected.
      if (consistency === 'lease') writer.postMessage(order);
      try {
        await using handle = await openArray(pathOf(folder, layout), options);
        if (consistency === 'check') writer.postMessage(order);
        await readNextTo(test, handle, changing, done);
      } catch (error) {
        test.report.failed(error, 'open');
      }
      await done;
    };
  },
};

/** Description of the changes of a writer, and of the reads. */
interface Changing {
  readonly layout: Layout;
  readonly how: Change;
  /** All versions that exist at some time. */
  readonly versions: readonly number[];
  readonly consistency: Consistency;
}

/** Reads until the writer has finished and then once more, but at most 8 times. Waits for the writer at the end. */
async function readNextTo(test: Case, handle: ArrayHandle, changing: Changing, done: Promise<unknown>): Promise<void> {
  let isDone = false;
  const over = done.then(() => {
    isDone = true;
  });
  for (let n = 0; n < 8; n += 1) {
    const isLast = isDone;
    await Promise.all(Array.from({ length: 1 + test.random.below(3) }, () => readOnce(test, handle, changing)));
    if (isLast) break;
    await new Promise(setImmediate);
  }
  await over;
}

async function readOnce(
  { random, report }: Case,
  handle: ArrayHandle,
  { layout, how, versions, consistency }: Changing,
): Promise<void> {
  const options: ReadOptions = { ...randomReadOptions(random), consistency };
  const entries = selectionOf(random);
  try {
    const result = random.below(3) === 0 ? handle.readSync(entries, options) : await handle.read(entries, options);
    report.read();
    check(result.shape[0] ?? 1, resultBytes(result));
  } catch (error) {
    report.failed(error, `${layout}, ${how}`);
    // A codec may fail on a chunk whose file was incomplete or too long when it was opened.
    const isDocumented = isPosixParError(error, 'ReadError')
      ? (consistency === 'lease' ? leaseCodes : documentedCodes).has(error.code)
      : isTorn(how);
    if (isPosixParError(error) && !isDocumented) report.wrong(`an error that is not documented for it: ${error}`);
  }

  function check(rows: number, bytes: Uint8Array): void {
    const width = bytes.length / rows;
    const found = Array.from({ length: rows }, (_, row) => {
      const values = new Set(bytes.subarray(row * width, (row + 1) * width));
      return values.size === 1 ? Number([...values][0]) : -1;
    });
    // If each chunk is a separate file, chunks may have different versions. A chunk may be absent for a moment if its
    // file is removed and created again.
    const isChunked = hasChunkFiles(layout);
    const isFine = found.every(
      (value) => versions.includes(value) || (isChunked && how === 'remove and create' && value === 0),
    );
    if (!isFine || (!isChunked && new Set(found).size > 1))
      report.wrong(`${layout}, ${how}: rows of versions ${found.join(' ')} with ${JSON.stringify(options)}`);
  }
}

function selectionOf(random: Random) {
  const kind = random.below(3);
  if (kind === 0) return null;
  if (kind === 1) return [slice(0, null), slice(0, null, 1 + random.below(100))];
  return [slice(random.below(4), 5 + random.below(3)), slice(random.below(1000), 20_000 + random.below(12_000))];
}
