/**
 * Mutated HDF5 and NetCDF-4 files: groups, attributes and indexes either parse or fail with an error of this library, soon.
 * `POSIX_PAR_MUTANTS` sets how many mutants there are in all. Checksums that a mutation breaks are repaired in half of them, so
 * that what they protect is reached.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FormatError, isPosixParError } from '../../lib/core/errors.js';
import type { ArrayDescriptor } from '../../lib/formats/format.js';
import type { GroupDescriptor } from '../../lib/formats/group.js';
import { openGroupDescriptor } from '../../lib/formats/registry.js';
import { runSync } from '../../lib/io/driver.js';
import type { Io } from '../../lib/io/io.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { randomNumbers } from '../support/mutate.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

const seed = 20_261_122;
const mutantCount = Number(process.env['POSIX_PAR_MUTANTS'] ?? 2000);
/** What one mutant may take of the processor, so that a busy machine does not count. */
const allowedMs = 1000;
const maxRepairs = 6;
/** Groups that lead into each other are walked no further than this. */
const maxObjects = 200;
const edges = [0n, 1n, 0xffn, 0xffffn, 0x7fffffffn, 0xffffffffn, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

describe('mutated HDF5 files', () => {
  if (pythonMissing !== null) {
    test.skip(pythonMissing, () => {});
    return;
  }
  const directory = new TemporaryDirectory();
  runPython('test/conformance/hdf5/seeds.py', directory.path);
  const names = fs.readdirSync(directory.path).sort();

  test.each(names)('%s itself is walked without an error', (name) => {
    const errors: FormatError[] = [];
    expect(walkFile(name, fs.readFileSync(directory.at(name)), errors)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test.each(names)('mutants of %s fail cleanly and soon', { timeout: 600_000 }, (name) => {
    const original = fs.readFileSync(directory.at(name));
    const random = randomNumbers(seed + names.indexOf(name));
    const interesting = [...original.keys()].filter((at) => original[at] !== 0);
    const bad: string[] = [];
    for (let i = 0; i < mutantCount / names.length; i++) {
      const bytes = Uint8Array.from(original);
      for (let n = 1 + Math.floor(random() * 3); n > 0; n--) mutate(bytes, interesting, random);
      const before = process.cpuUsage();
      bad.push(...walkFile(name, bytes).map((problem) => `mutant ${i}: ${problem}`));
      if (i % 2 === 0) bad.push(...walkRepaired(name, bytes).map((problem) => `repaired mutant ${i}: ${problem}`));
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > (i % 2 === 0 ? maxRepairs + 1 : 1) * allowedMs) bad.push(`mutant ${i}: too slow`);
    }
    expect(bad).toEqual([]);
  });
});

function mutate(bytes: Uint8Array, interesting: readonly number[], random: () => number): void {
  const below = (n: number): number => Math.floor(random() * n);
  const at = Math.min(Math.max(0, (interesting[below(interesting.length)] ?? 0) - below(8)), bytes.length - 8);
  const view = new DataView(bytes.buffer);
  const edge = edges[below(edges.length)] ?? 0n;
  switch (below(5)) {
    case 0:
      view.setUint8(at, below(256));
      break;
    case 1:
      view.setUint8(at, view.getUint8(at) ^ (1 << below(8)));
      break;
    case 2:
      view.setUint32(at, Number(edge & 0xffffffffn), true);
      break;
    case 3:
      view.setBigUint64(at, edge, true);
      break;
    default: {
      // Part of the file over another one: addresses and whole blocks move, cycles appear.
      const from = interesting[below(interesting.length)] ?? 0;
      bytes.copyWithin(at, from, Math.min(bytes.length, from + 1 + below(16)));
    }
  }
}

/** Repairs the checksums that the walk complains about, one after the other. */
function walkRepaired(name: string, bytes: Uint8Array): string[] {
  const repaired = Uint8Array.from(bytes);
  for (let i = 0; i < maxRepairs; i++) {
    const errors: FormatError[] = [];
    const problems = walkFile(name, repaired, errors);
    if (problems.length > 0) return problems;
    const broken = errors.flatMap(({ message, offset }) => {
      const sum = /the bytes give 0x([0-9a-f]{8})/.exec(message)?.[1];
      return sum === undefined || offset === undefined ? [] : [{ sum, offset }];
    })[0];
    if (broken === undefined) return [];
    new DataView(repaired.buffer).setUint32(broken.offset, Number.parseInt(broken.sum, 16), true);
  }
  return [];
}

/** Opens all groups and arrays and asks all indexes for all chunks; gives what is no error of this library. */
function walkFile(name: string, bytes: Uint8Array, errors: FormatError[] = []): string[] {
  const path = `/${name}`;
  const backend = new MemoryBackend({ [path]: bytes });
  const problems: string[] = [];
  let objects = 0;
  const attempt = <T>(io: () => Io<T>): T | null => {
    try {
      return runSync(io(), backend);
    } catch (error) {
      if (error instanceof FormatError) errors.push(error);
      if (!isPosixParError(error))
        problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return null;
    }
  };
  const visit = (group: GroupDescriptor, depth: number): void => {
    for (const child of attempt(() => group.children()) ?? []) {
      objects += 1;
      if (objects > maxObjects || child.kind === 'other') continue;
      if (child.kind === 'array') {
        const array = attempt(() => group.openArray(child.name));
        if (array !== null) attempt(() => locateAll(array));
      } else if (depth < 4) {
        const next = attempt(() => group.openGroup(child.name));
        if (next !== null) visit(next, depth + 1);
      }
    }
  };
  const format = name.endsWith('.nc') ? 'netcdf4' : 'hdf5';
  const root = attempt(() => openGroupDescriptor(path, { array: null, options: {}, format }));
  if (root !== null) visit(root, 0);
  return problems;
}

/** Asks for at most 64 chunks a dimension: extents are as hostile as the rest. */
function* locateAll(array: ArrayDescriptor): Io<void> {
  const start = array.shape.map(() => 0);
  for (const { chunkShape, index } of yield* array.layers(start, array.shape)) {
    const box = array.shape.map((extent, d) => {
      return Array.from({ length: Math.min(64, Math.ceil(extent / (chunkShape[d] ?? 1))) }, (_, i) => i);
    });
    if (box.reduce((count, list) => count * list.length, 1) <= 2 ** 16) yield* index.locate(box);
  }
}
