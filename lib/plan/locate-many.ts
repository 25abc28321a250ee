/**
 * Locates the distinct chunks of many boxes.
 * @module
 */
import { type Checkpoint, checkpoint, fillInSlices, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { ChunkBox, ChunkLocations, FileStamp, TableLocations } from './locations.js';
import { sortKeys } from './order.js';
import { type ChunkUses, chunkBox, type Projection } from './read-plan.js';
import { type AxisProjection, chunkAt, findSegments } from './segments.js';

/** Asks a chunk index for the locations of the chunks in a box. */
export type Locate<Question, Answer> = (box: ChunkBox) => Generator<Question, ChunkLocations, Answer>;

/**
 * Locates the chunks of `uses`; the result has their order. Asks once for the smallest box of chunks that contains all
 * of them, if that box has few other chunks. Otherwise asks for the boxes of single projections: each chunk is looked
 * up in the box of the first projection that needs it.
 */
export function* locateMany<Question, Answer>(
  projections: readonly Projection[],
  uses: ChunkUses,
  locate: Locate<Question, Answer>,
): Generator<Question | Checkpoint, ChunkLocations, Answer> {
  const chunks = uses.starts.length - 1;
  const box = yield* commonBox(projections);
  const volume = box.reduce((product, { length }) => product * length, 1);
  if (volume <= chunks * spareFactor + fewChunks) {
    const found = yield* locate(box);
    return found.kind === 'table' ? yield* pickFromBox(found, box, projections, uses) : found;
  }
  return yield* locateEach(projections, uses, locate);
}

/**
 * The index is asked once for the box that contains all needed chunks if this box has at most
 * `chunks * spareFactor + fewChunks` chunks. `chunks` is the number of needed chunks.
 */
const spareFactor = 4;
const fewChunks = 1024;

/** Returns the sorted, distinct chunk coordinates of all projections, per dimension. */
function* commonBox(projections: readonly Projection[]): Sliced<Float64Array[]> {
  const box: Float64Array[] = [];
  const rank = projections[0]?.axes.length ?? 0;
  for (let d = 0; d < rank; d++) box.push(yield* distinct(yield* listCoordinates(projections, d)));
  return box;
}

/** Lists the chunk coordinates of all projections along dimension `d`. */
function* listCoordinates(projections: readonly Projection[], d: number): Sliced<Float64Array> {
  let length = 0;
  for (const { axes } of projections) length += axes[d]?.count ?? 0;
  const coordinates = new Float64Array(length);
  let at = 0;
  for (const { axes } of projections) {
    const axis = axes[d] as AxisProjection;
    for (let s = 0; s < axis.count; s++) {
      coordinates[at++] = chunkAt(axis, s);
      if (at % stepsPerCheckpoint === 0) yield checkpoint;
    }
  }
  return coordinates;
}

/** Sorts numbers and removes repeats. */
function* distinct(coordinates: Float64Array): Sliced<Float64Array> {
  const { keys } = yield* sortKeys(coordinates);
  const kept = new Float64Array(keys.length);
  let length = 0;
  for (let i = 0; i < keys.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const key = keys[i] ?? 0;
    if (i === 0 || key !== kept[length - 1]) kept[length++] = key;
  }
  return kept.slice(0, length);
}

/** Returns the position of `value` in the ascending list `sorted`, which contains it. */
export function positionOf(value: number, sorted: Float64Array): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function* pickFromBox(
  found: TableLocations,
  box: readonly Float64Array[],
  projections: readonly Projection[],
  uses: ChunkUses,
): Sliced<ChunkLocations> {
  const table = yield* TableBuilder.create(uses.starts.length - 1);
  const segments: number[] = [];
  for (let c = 0; c < table.length; c++) {
    if (c % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const use = 2 * (uses.starts[c] ?? 0);
    const { axes } = projections[uses.entries[use] ?? 0] as Projection;
    findSegments(axes, uses.entries[use + 1] ?? 0, segments);
    let index = 0;
    for (const [d, coordinates] of box.entries()) {
      const chunk = chunkAt(axes[d] as AxisProjection, segments[d] ?? 0);
      index = index * coordinates.length + positionOf(chunk, coordinates);
    }
    table.set(c, found, index);
  }
  return table.build();
}

/** Looks up each chunk in the box of the first projection that needs it. Asks at most once per projection. */
function* locateEach<Question, Answer>(
  projections: readonly Projection[],
  { starts, entries }: ChunkUses,
  locate: Locate<Question, Answer>,
): Generator<Question | Checkpoint, ChunkLocations, Answer> {
  const table = yield* TableBuilder.create(starts.length - 1);
  const answers = new Map<number, ChunkLocations>();
  for (let c = 0; c < table.length; c++) {
    if (c % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const use = 2 * (starts[c] ?? 0);
    const projection = entries[use] ?? 0;
    let found = answers.get(projection);
    if (found === undefined) {
      found = yield* locate(yield* chunkBox((projections[projection] as Projection).axes));
      answers.set(projection, found);
    }
    // A name template covers all chunks of the array, so the locations of one box are valid for all boxes.
    if (found.kind === 'template') return found;
    if (found.kind === 'table') table.set(c, found, entries[use + 1] ?? 0);
  }
  return table.build();
}

/** Merges location tables of several boxes of one array into one table. Chunks that are not set are absent. */
export class TableBuilder {
  readonly length: number;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #fileIndex: Uint32Array;
  #filterMasks: Uint32Array | null = null;
  readonly #files: string[] = [];
  readonly #stamps: (FileStamp | undefined)[] = [];
  /** Per table: maps the index of a file in the table to its index in `#files`. */
  readonly #numbers = new Map<TableLocations, Map<number, number>>();
  readonly #byPath = new Map<string, number>();
  /** For each table with inline bytes, their offset in the concatenation of the inline bytes of all tables. */
  readonly #inline = new Map<TableLocations, number>();
  #inlineLength = 0;
  readonly #inlineChunks: number[] = [];
  /**
   * A file whose index lists a chunk as absent. If all chunks are absent, the table contains this file, so that the
   * read checks that it has not changed.
   */
  #spareFile: string | undefined;

  private constructor(length: number) {
    this.length = length;
    this.#offsets = new Float64Array(length);
    this.#lengths = new Float64Array(length);
    this.#fileIndex = new Uint32Array(length);
  }

  /** Creates a table in which all chunks are absent. */
  static *create(length: number): Sliced<TableBuilder> {
    const table = new TableBuilder(length);
    yield* fillInSlices(table.#offsets, -1);
    return table;
  }

  /** Sets chunk `c` to entry `i` of `table`. */
  set(c: number, table: TableLocations, i: number): void {
    const offset = table.offsets[i] ?? -1;
    if (offset < 0) {
      if (table.stamps === undefined) this.#spareFile ??= table.files[0];
      return;
    }
    const file = table.fileIndex?.[i] ?? 0;
    this.#offsets[c] = offset;
    this.#lengths[c] = table.lengths[i] ?? 0;
    const mask = table.filterMasks?.[i] ?? 0;
    if (mask !== 0) {
      this.#filterMasks ??= new Uint32Array(this.length);
      this.#filterMasks[c] = mask;
    }
    if (file === table.files.length) this.#setInline(c, table, offset);
    else this.#fileIndex[c] = this.#fileNumber(table, file);
  }

  #setInline(c: number, table: TableLocations, offset: number): void {
    let base = this.#inline.get(table);
    if (base === undefined) {
      base = this.#inlineLength;
      this.#inline.set(table, base);
      this.#inlineLength += table.inlineBytes?.length ?? 0;
    }
    this.#offsets[c] = base + offset;
    this.#inlineChunks.push(c);
  }

  #fileNumber(table: TableLocations, file: number): number {
    const numbers = this.#numbers.get(table) ?? new Map<number, number>();
    this.#numbers.set(table, numbers);
    const known = numbers.get(file);
    if (known !== undefined) return known;
    const path = table.files[file] ?? '';
    const stamp = table.stamps?.[file];
    // If a file was replaced between two lookups, it is in the list twice, with different stamps. At most one stamp
    // matches the file, so the read detects the replacement.
    const key = stamp === undefined ? path : `${path}\0${stamp.size}\0${stamp.mtimeMs}\0${stamp.ino ?? -1}`;
    let number = this.#byPath.get(key);
    if (number === undefined) {
      number = this.#files.push(path) - 1;
      this.#stamps.push(stamp);
      this.#byPath.set(key, number);
    }
    numbers.set(file, number);
    return number;
  }

  build(): ChunkLocations {
    if (this.#files.length === 0 && this.#inlineLength === 0) {
      if (this.#spareFile === undefined) return { kind: 'absent' };
      this.#files.push(this.#spareFile);
      this.#stamps.push(undefined);
    }
    const stamps = this.#stamps.filter((stamp) => stamp !== undefined);
    if (stamps.length > 0 && stamps.length < this.#stamps.length) {
      throw new RangeError('Expected stamps of all files of an array, or of none');
    }
    for (const c of this.#inlineChunks) this.#fileIndex[c] = this.#files.length;
    const isOneFile = this.#files.length + (this.#inlineLength > 0 ? 1 : 0) <= 1;
    const table = {
      kind: 'table' as const,
      files: this.#files,
      fileIndex: isOneFile ? null : this.#fileIndex,
      offsets: this.#offsets,
      lengths: this.#lengths,
      filterMasks: this.#filterMasks,
    };
    return {
      ...table,
      ...(this.#inlineLength > 0 ? { inlineBytes: this.#concatenated() } : {}),
      ...(stamps.length > 0 ? { stamps } : {}),
    };
  }

  #concatenated(): Uint8Array {
    const bytes = new Uint8Array(this.#inlineLength);
    for (const [{ inlineBytes }, base] of this.#inline) bytes.set(inlineBytes ?? new Uint8Array(0), base);
    return bytes;
  }
}
