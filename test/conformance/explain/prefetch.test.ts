/**
 * Checks with strace that a read requests all uncached runs of a file before it waits for the first one. It makes no
 * such requests if the kernel's own read-ahead is better, or if the caller chose a read-ahead policy.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeNpy } from '../../support/sample-arrays.js';
import { runTraced, type SystemCall, straceMissing } from '../../support/strace.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const extents = { engine: 'pread', coalesce: { gapBytes: 0, maxBytes: 1 << 20 } };
const cases = [
  { name: 'rows with gaps', selection: '2:6, :, 0:16', options: extents, asked: 64 },
  { name: 'one run', selection: '2:6, :, :', options: extents, asked: 0 },
  {
    name: 'rows whose readahead is the caller’s',
    selection: '2:6, :, 0:16',
    options: { ...extents, readahead: 'random' },
    asked: 0,
  },
  {
    name: 'rows that are to leave nothing behind',
    selection: '2:6, :, 0:16',
    options: { ...extents, cache: 'drop' },
    asked: 0,
  },
];

describe.skipIf(straceMissing !== null)(`reading ahead of cold data ${straceMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  let calls: readonly SystemCall[] = [];

  beforeAll(() => {
    const path = writeNpy(folder, 'cube.npy', [8, 16, 64]);
    const script = fileURLToPath(new URL('children/cold.mjs', import.meta.url));
    const asked = cases.map(({ selection, options }) => ({ path, selection, options }));
    ({ calls } = runTraced(script, [JSON.stringify(asked)], folder));
  }, 120_000);

  test.each(cases.map((one, i) => ({ ...one, i })))('$name', ({ i, asked }) => {
    const at = (mark: string): number => calls.findIndex(({ path }) => path === mark);
    const own = calls.slice(at(`/begin-${i}`), at(`/end-${i}`)).filter(({ path }) => path.endsWith('cube.npy'));
    const advised = own.filter(({ name, text }) => name === 'fadvise64' && text.includes('WILLNEED'));
    expect(advised).toHaveLength(asked);
    // Ignores preadv2 with RWF_NOWAIT, because these calls only try the page cache and do not wait.
    const waited = own.findIndex(({ name }) => name === 'pread64' || name === 'preadv');
    expect(waited).toBeGreaterThanOrEqual(0);
    expect(own.slice(waited).filter((call) => advised.includes(call))).toEqual([]);
  });
});
