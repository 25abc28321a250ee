/**
 * Tests HDF5 files with wrong values but valid checksums. Fields of their structures get extreme, contradictory, cyclic
 * and overlapping values. Opening the file and searching chunks must end soon, with a result or an error of this
 * library. A search for one chunk must give the same location as a search for all chunks.
 */
import { describe, expect, test } from 'vitest';
import { isPosixParError } from '../../lib/core/errors.js';
import type { ArrayDescriptor } from '../../lib/formats/format.js';
import { openDescriptor, openGroupDescriptor } from '../../lib/formats/registry.js';
import { runSync } from '../../lib/io/driver.js';
import { guardMessage } from '../../lib/io/guard.js';
import type { Io } from '../../lib/io/io.js';
import { caseRandom } from '../attack/campaign.js';
import { hdf5Liar } from '../attack/lies/hdf5.js';
import { mutantCount } from '../support/fuzz.js';
import { type Hdf5Sample, hdf5Samples } from '../support/hdf5/samples.js';
import { MemoryBackend } from '../support/memory-backend.js';

const maxCpuMs = 2000;
const maxChunks = 4096;
const request = { format: null, options: {} };

/** Opens an array, and searches for each of its chunks alone and for all of them together. */
function* search(path: string, name: string | null): Io<string | null> {
  const array: ArrayDescriptor = yield* openDescriptor(path, { ...request, array: name });
  const origin = array.shape.map(() => 0);
  for (const { chunkShape, index } of yield* array.layers(origin, array.shape)) {
    const grid = array.shape.map((extent, d) => Math.ceil(extent / (chunkShape[d] ?? 1)));
    if (grid.reduce((product, count) => product * count, 1) > maxChunks) continue;
    const whole = yield* index.locate(grid.map((count) => Array.from({ length: count }, (_, i) => i)));
    if (whole.kind !== 'table') continue;
    for (const number of [0, 1, 2, whole.offsets.length >> 1, whole.offsets.length - 2, whole.offsets.length - 1]) {
      if (number < 0 || number >= whole.offsets.length) continue;
      let rest = number;
      const box = grid.map(() => [0]);
      for (let d = grid.length - 1; d >= 0; d -= 1) {
        box[d] = [rest % (grid[d] ?? 1)];
        rest = Math.floor(rest / (grid[d] ?? 1));
      }
      const alone = yield* index.locate(box);
      if (alone.kind !== 'table' || alone.offsets[0] !== whole.offsets[number])
        return `chunk ${number} is elsewhere when it is searched alone`;
    }
  }
  return null;
}

/** Opens and lists everything as a user does. Returns errors of this library, and separately other errors. */
function read(
  files: Readonly<Record<string, Uint8Array>>,
  path: string,
  names: readonly (string | null)[],
): { readonly refusals: readonly string[]; readonly complaints: readonly string[]; readonly children: number } {
  const refusals: string[] = [];
  const complaints: string[] = [];
  const attempt = <T>(io: () => Io<T>): T | null => {
    try {
      return runSync(io(), new MemoryBackend(files));
    } catch (error) {
      const text = String(error);
      (isPosixParError(error) && !text.includes(guardMessage) ? refusals : complaints).push(text);
      return null;
    }
  };
  for (const name of names) {
    const found = attempt(() => search(path, name));
    if (found !== null) complaints.push(found);
  }
  const group = attempt(() => openGroupDescriptor(path, { ...request, array: null }));
  const children = group === null ? null : attempt(() => group.children());
  return { refusals, complaints, children: children?.length ?? 0 };
}

describe('HDF5 files with wrong values', () => {
  test.each(hdf5Samples)('$name: is read correctly without changes', ({ bytes, path, arrays }: Hdf5Sample) => {
    const { refusals, complaints, children } = read(
      { [path]: bytes },
      path,
      arrays.filter((name) => name !== null),
    );
    expect([...refusals, ...complaints]).toEqual([]);
    expect(children).toBeGreaterThanOrEqual(arrays.length - 1);
  });

  test.each(hdf5Samples)(
    '$name: wrong values end soon, without errors other than our own',
    { timeout: 3_600_000 },
    (sample: Hdf5Sample) => {
      const liar = hdf5Liar([sample]);
      const findings: string[] = [];
      const count = mutantCount(6000, hdf5Samples.length);
      for (let i = 0; i < count && findings.length < 5; i += 1) {
        const { what, files, path, arrays } = liar.lie(caseRandom(7, sample.name, i));
        const before = process.cpuUsage();
        const complaints = [...read(files as Record<string, Uint8Array>, path, arrays).complaints];
        const { user, system } = process.cpuUsage(before);
        if ((user + system) / 1000 > maxCpuMs) complaints.push(`${(user + system) / 1000} ms of the processor`);
        if (complaints.length > 0) findings.push(`case ${i}, ${what}: ${complaints.join('; ')}`);
      }
      expect(findings).toEqual([]);
    },
  );
});
