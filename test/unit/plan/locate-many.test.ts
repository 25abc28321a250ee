// Locates the distinct chunks of many boxes (plan/locate-many.ts) with an invented chunk index.
import { describe, expect, it } from 'vitest';
import { finish, stepsPerCheckpoint } from '../../../lib/core/checkpoint.js';
import { normalizeSelection } from '../../../lib/plan/hyperslab.js';
import { locateMany } from '../../../lib/plan/locate-many.js';
import type { ChunkBox, ChunkLocations, FileStamp, TableLocations } from '../../../lib/plan/locations.js';
import { projectAxis } from '../../../lib/plan/projection.js';
import type { ChunkUses, Projection } from '../../../lib/plan/read-plan.js';
import { chunkAt } from '../../../lib/plan/segments.js';
import { invertProjections } from '../../../lib/plan/uses.js';
import { Random } from '../../support/random.js';

const extent = 1_000_000;

function project(selection: Parameters<typeof normalizeSelection>[0]): Projection {
  const axes = normalizeSelection(selection, [extent, extent]).map((axis) =>
    projectAxis(axis, { start: 0, stop: extent, origin: 0, chunkSize: 10 }),
  );
  return { output: 0, axes, elements: 0 };
}

/**
 * Returns the location that the chunk index gives for a chunk. It follows from the coordinates; every fifth chunk is
 * absent.
 */
function describeChunk([row = 0, column = 0]: readonly number[]) {
  const n = row * 31 + column;
  if (n % 5 === 0) return null;
  return { file: n % 7, offset: 1000 * n, length: 10 + (n % 50), mask: n % 3 === 0 ? 2 : 0, isInline: n % 11 === 0 };
}

function* product(box: ChunkBox): Generator<number[]> {
  for (const row of box[0] ?? []) for (const column of box[1] ?? []) yield [row, column];
}

interface Question {
  readonly chunks: number;
}

/** Returns a chunk index whose tables contain only the files that they need, in any order. */
function createIndex(stamps: boolean) {
  const questions: Question[] = [];
  function* locate(box: ChunkBox): Generator<never, ChunkLocations> {
    yield* [] as never[];
    const chunks = [...product(box)];
    questions.push({ chunks: chunks.length });
    const known = chunks.map(describeChunk);
    const names = [
      ...new Set(known.flatMap((chunk) => (chunk === null || chunk.isInline ? [] : [chunk.file]))),
    ].reverse();
    const inline: number[] = [];
    const offsets = known.map((chunk) => {
      if (chunk === null || !chunk.isInline) return chunk?.offset ?? -1;
      const bytes = Array.from({ length: chunk.length }, (_, i) => (chunk.offset + i) % 256);
      return inline.push(...bytes) - chunk.length;
    });
    if (known.every((chunk) => chunk === null)) return { kind: 'absent' };
    return {
      kind: 'table',
      files: names.map((name) => `/file-${name}`),
      fileIndex: Uint32Array.from(known, (chunk) => {
        if (chunk === null) return 0;
        return chunk.isInline ? names.length : names.indexOf(chunk.file);
      }),
      offsets: Float64Array.from(offsets),
      lengths: Float64Array.from(known, (chunk) => chunk?.length ?? 0),
      filterMasks: Uint32Array.from(known, (chunk) => chunk?.mask ?? 0),
      inlineBytes: Uint8Array.from(inline),
      ...(stamps ? { stamps: names.map((size): FileStamp => ({ size, mtimeMs: 5 })) } : {}),
    };
  }
  return { locate, questions };
}

function coordinatesOf(projections: readonly Projection[], { starts, entries }: ChunkUses, c: number): number[] {
  const use = 2 * (starts[c] ?? 0);
  const [rows, columns] = projections[entries[use] ?? 0]?.axes ?? [];
  if (rows === undefined || columns === undefined) throw new Error('Expected a matrix');
  const index = entries[use + 1] ?? 0;
  return [chunkAt(rows, Math.floor(index / columns.count)), chunkAt(columns, index % columns.count)];
}

function expectLocations(found: ChunkLocations, projections: readonly Projection[], uses: ChunkUses): void {
  if (found.kind !== 'table') throw new Error('Expected a table');
  const { files, fileIndex, offsets, lengths, filterMasks, inlineBytes, stamps } = found;
  for (let c = 0; c + 1 < uses.starts.length; c++) {
    const chunk = describeChunk(coordinatesOf(projections, uses, c));
    const offset = offsets[c] ?? Number.NaN;
    if (chunk === null) {
      expect(offset).toBe(-1);
      continue;
    }
    expect(lengths[c]).toBe(chunk.length);
    expect(filterMasks?.[c] ?? 0).toBe(chunk.mask);
    const file = fileIndex?.[c] ?? 0;
    if (chunk.isInline) {
      expect(file).toBe(files.length);
      expect(inlineBytes?.[offset]).toBe(chunk.offset % 256);
      expect(inlineBytes?.[offset + chunk.length - 1]).toBe((chunk.offset + chunk.length - 1) % 256);
    } else {
      expect([files[file], offset]).toEqual([`/file-${chunk.file}`, chunk.offset]);
      if (stamps !== undefined) expect(stamps[file]?.size).toBe(chunk.file);
    }
  }
  expect(new Set(files).size).toBe(files.length);
}

function locateAll(projections: readonly Projection[], stamps = false) {
  const uses = finish(invertProjections(projections));
  const { locate, questions } = createIndex(stamps);
  const found = finish(locateMany(projections, uses, locate));
  return { uses, questions, found };
}

describe('the chunks of many boxes', () => {
  const random = new Random(11);

  it('are located by one request to the chunk index if the boxes are close to each other', () => {
    for (const stamps of [false, true]) {
      const projections = Array.from({ length: 50 }, () => {
        const [row, column] = [random.below(200), random.below(200)];
        return project([
          { start: row, stop: row + 40 },
          { start: column, stop: column + 25 },
        ]);
      });
      const { uses, questions, found } = locateAll(projections, stamps);
      expect(questions.length).toBe(1);
      expectLocations(found, projections, uses);
    }
  });

  it('are located box by box if the boxes are scattered, and not twice', () => {
    for (const stamps of [false, true]) {
      const boxes = Array.from({ length: 300 }, () => {
        const [row, column] = [random.below(extent - 40), random.below(extent - 40)];
        return project([
          { start: row, stop: row + 30 },
          { start: column, stop: column + 30 },
        ]);
      });
      const projections = boxes.flatMap((box) => [box, box]);
      const { uses, questions, found } = locateAll(projections, stamps);
      expect(questions.length).toBe(300);
      expectLocations(found, projections, uses);
    }
  });

  it('are located in time slices, also if there are many distinct coordinates', () => {
    const boxes = 50_000;
    const projections = Array.from({ length: boxes }, (_, i) => project([((i * 7919) % boxes) * 10, 0]));
    const uses = finish(invertProjections(projections));
    const locate = function* (box: ChunkBox): Generator<never, ChunkLocations> {
      yield* [] as never[];
      const chunks = (box[0]?.length ?? 0) * (box[1]?.length ?? 0);
      const offsets = Float64Array.from({ length: chunks }, (_, i) => 100 * (box[0]?.[i] ?? 0));
      const lengths = new Float64Array(chunks);
      return { kind: 'table', files: ['/a'], fileIndex: null, offsets, lengths, filterMasks: null };
    };
    const locating = locateMany(projections, uses, locate);
    let checkpoints = 0;
    let step = locating.next();
    for (; step.done !== true; step = locating.next()) checkpoints += 1;
    // Coordinates are listed, sorted and made distinct, and chunks are picked; each pass has a checkpoint per slice.
    expect(checkpoints).toBeGreaterThan((5 * boxes) / stepsPerCheckpoint);
    const found = step.value;
    if (found.kind !== 'table') throw new TypeError(`Expected a table, received ${found.kind}`);
    expect(found.offsets.every((offset, c) => offset === 100 * c)).toBe(true);
  });

  it('keep a file in which all chunks are absent, so that the read checks it', () => {
    const uses = { starts: Uint32Array.of(0, 2), entries: Uint32Array.of(0, 0, 1, 0) };
    const table: TableLocations = {
      kind: 'table',
      files: ['/a'],
      fileIndex: null,
      offsets: Float64Array.of(-1),
      lengths: Float64Array.of(0),
      filterMasks: null,
    };
    const projections = [project([5, 5]), project([6, 6])];
    const index = (answer: ChunkLocations) =>
      function* (): Generator<never, ChunkLocations> {
        yield* [] as never[];
        return answer;
      };
    expect(finish(locateMany(projections, uses, index(table)))).toMatchObject({ kind: 'table', files: ['/a'] });
    expect(finish(locateMany(projections, uses, index({ kind: 'absent' })))).toEqual({ kind: 'absent' });
  });
});
