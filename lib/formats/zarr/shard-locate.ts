/**
 * Where the inner chunks of sharded arrays lie. The index of every shard that a box touches is read once, all of a
 * level together, and kept for later reads; a shard inside a shard is found through the index of the outer one.
 * @module
 */
import { FormatError, ReadError } from '../../core/errors.js';
import { type FileSlice, type Io, readSlices, type SliceRequest } from '../../io/io.js';
import type { ChunkBox, ChunkLocations, FileStamp, TemplateLocations } from '../../plan/locations.js';
import type { ChunkIndex } from '../format.js';
import type { ShardLevel } from './encoding.js';
import { chunkPath } from './keys.js';
import { isSameFile, ShardIndexCache, stampOf } from './shard-cache.js';
import { ShardIndex } from './shard-index.js';

/** Bytes of indexes that are held at once while a box is located. */
const batchBytes = 64 * 2 ** 20;
/** How often a box is located anew when a writer replaced one of its files meanwhile. */
const maxAttempts = 8;

/** Chunks (or shards of the next level) of a box, in row-major order; offsets of -1 are absent. */
interface Found {
  readonly files: readonly string[];
  readonly stamps: readonly FileStamp[];
  readonly fileIndex: Uint32Array;
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
}

/** A shard whose index is wanted. */
interface Wanted {
  /** Its position in its box. */
  readonly entry: number;
  readonly path: string;
  readonly file: number;
  readonly base: number;
  /** Bytes of the shard; -1 for a whole file, whose size is not known yet. */
  readonly length: number;
}

/** A file was replaced between two looks. */
class Replaced extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** The chunk index of a sharded array. */
export class ShardedIndex implements ChunkIndex {
  readonly #template: TemplateLocations;
  readonly #levels: readonly ShardLevel[];
  readonly #caches: readonly ShardIndexCache[];

  /**
   * @param template the files of the outermost shards.
   * @param levels from the outermost.
   */
  constructor(template: TemplateLocations, levels: readonly ShardLevel[]) {
    this.#template = template;
    this.#levels = levels;
    this.#caches = levels.map(() => new ShardIndexCache());
  }

  *locate(box: ChunkBox): Io<ChunkLocations> {
    const rank = this.#template.fields.length;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const found = yield* this.#find(box.slice(0, rank), this.#levels.length - 1);
        if (found.files.length === 0) return { kind: 'absent' };
        return { kind: 'table', ...found, filterMasks: null };
      } catch (error) {
        if (!(error instanceof Replaced)) throw error;
        if (attempt === maxAttempts) {
          throw new ReadError(`The file was replaced again and again while its index was read: ${error.path}`, {
            code: 'ECHANGED',
            errno: 0,
            path: error.path,
          });
        }
      }
    }
  }

  /** Finds the inner chunks of `level` in `box`, whose unit are those chunks. */
  *#find(box: ChunkBox, level: number): Io<Found> {
    const { index } = this.#levels[level] as ShardLevel;
    const groups = box.map((coordinates, d) => groupByShard(coordinates, index.counts[d] ?? 1));
    const shardBox = groups.map((group) => group.map(({ shard }) => shard));
    const outer = level === 0 ? this.#shardFiles(shardBox) : yield* this.#find(shardBox, level - 1);
    const files = [...outer.files];
    const stamps: (FileStamp | null)[] = level === 0 ? files.map(() => null) : [...outer.stamps];
    const total = box.reduce((product, list) => product * list.length, 1);
    const offsets = new Float64Array(total).fill(-1);
    const lengths = new Float64Array(total);
    const fileIndex = new Uint32Array(total);
    const wanted: Wanted[] = [];
    outer.offsets.forEach((base, entry) => {
      const file = outer.fileIndex[entry] ?? 0;
      if (base >= 0) wanted.push({ entry, path: files[file] ?? '', file, base, length: outer.lengths[entry] ?? 0 });
    });
    const perBatch = Math.max(1, Math.floor(batchBytes / index.bytes));
    const scatter = new Scatter(groups, index.strides);
    for (let first = 0; first < wanted.length; first += perBatch) {
      const batch = wanted.slice(first, first + perBatch);
      const indexes = yield* this.#readIndexes(batch, stamps, level);
      batch.forEach(({ entry, file }, i) => {
        const shard = indexes[i];
        if (shard === null || shard === undefined) return;
        scatter.each(entry, (target, word) => {
          shard.find(word, offsets, lengths, target);
          fileIndex[target] = file;
        });
      });
    }
    return { ...presentFiles(files, stamps, fileIndex), offsets, lengths };
  }

  /** The outermost shards as "chunks" of their files; whether they exist is not known yet. */
  #shardFiles(box: ChunkBox): Found {
    const files: string[] = [];
    for (const coordinates of rowMajorOrder(box)) files.push(chunkPath(this.#template, coordinates));
    return {
      files,
      stamps: [],
      fileIndex: Uint32Array.from(files, (_, i) => i),
      offsets: new Float64Array(files.length),
      lengths: new Float64Array(files.length).fill(-1),
    };
  }

  /** The indexes of `batch`, null where a file is absent; `stamps` learns or checks the state of each file. */
  *#readIndexes(batch: readonly Wanted[], stamps: (FileStamp | null)[], level: number): Io<(ShardIndex | null)[]> {
    const cache = this.#caches[level] as ShardIndexCache;
    const results = new Array<ShardIndex | null>(batch.length).fill(null);
    const missing: number[] = [];
    const looks: SliceRequest[] = [];
    const looked: number[] = [];
    batch.forEach((want, i) => {
      const stamp = stamps[want.file] ?? null;
      const held = stamp === null ? null : cache.get(want.path, want.base, stamp);
      if (held !== null) results[i] = held;
      else if (stamp === null && cache.has(want.path, want.base)) {
        looks.push({ path: want.path, offset: 0, length: 0 });
        looked.push(i);
      } else missing.push(i);
    });
    // Of an index that is held only the state of its file is asked for.
    const states = yield* readSlices(looks);
    looked.forEach((i, n) => {
      const { path, base, file } = batch[i] as Wanted;
      const state = states[n] ?? null;
      if (state === null) return;
      stamps[file] = stampOf(state.info);
      results[i] = cache.get(path, base, stampOf(state.info));
      if (results[i] === null) missing.push(i);
    });
    const slices = yield* readSlices(missing.map((i) => this.#sliceOf(batch[i] as Wanted, level)));
    missing.forEach((i, n) => {
      const want = batch[i] as Wanted;
      const slice = slices[n] ?? null;
      const known = stamps[want.file] ?? null;
      if (known !== null && (slice === null || !isSameFile(known, stampOf(slice.info)))) throw new Replaced(want.path);
      if (slice === null) return;
      stamps[want.file] = stampOf(slice.info);
      results[i] = this.#decode(want, slice, level);
      cache.set(want.path, want.base, stampOf(slice.info), results[i] as ShardIndex);
    });
    return results;
  }

  #sliceOf({ path, base, length }: Wanted, level: number): SliceRequest {
    const { location, bytes } = (this.#levels[level] as ShardLevel).index;
    if (location === 'start') return { path, offset: base, length: bytes };
    if (length < 0) return { path, offset: -bytes, length: bytes };
    return { path, offset: Math.max(base, base + length - bytes), length: bytes };
  }

  #decode({ path, base, length }: Wanted, { info, bytes }: FileSlice, level: number): ShardIndex {
    if (info.kind !== 'file') throw new FormatError(`Expected a Zarr shard, found a ${info.kind}`, { path });
    const { index } = this.#levels[level] as ShardLevel;
    return new ShardIndex(bytes, index, { path, base, length: length < 0 ? info.size : length });
  }
}

/** The coordinates of a box that lie in one shard, in one dimension. */
interface Group {
  readonly shard: number;
  /** Position in the box's list of the first of them. */
  readonly first: number;
  /** Their coordinates within the shard. */
  readonly inner: readonly number[];
}

/** Coordinates ascend, so that each shard has one run of them. */
function groupByShard(coordinates: readonly number[], count: number): Group[] {
  const groups: { shard: number; first: number; inner: number[] }[] = [];
  coordinates.forEach((coordinate, position) => {
    const shard = Math.floor(coordinate / count);
    const inner = coordinate - shard * count;
    const last = groups.at(-1);
    if (last !== undefined && last.shard === shard) last.inner.push(inner);
    else groups.push({ shard, first: position, inner: [inner] });
  });
  return groups;
}

/** Walks the chunks of a box that lie in one shard. */
class Scatter {
  readonly #groups: readonly (readonly Group[])[];
  readonly #wordStrides: readonly number[];
  readonly #boxStrides: number[];
  readonly #shardStrides: number[];

  constructor(groups: readonly (readonly Group[])[], wordStrides: readonly number[]) {
    this.#groups = groups;
    this.#wordStrides = wordStrides;
    this.#boxStrides = rowStrides(groups.map((list) => list.reduce((n, group) => n + group.inner.length, 0)));
    this.#shardStrides = rowStrides(groups.map((list) => list.length));
  }

  /** Calls `visit` with the position in the box and the index word of each chunk of shard number `shard` of the box. */
  each(shard: number, visit: (target: number, word: number) => void): void {
    const rank = this.#groups.length;
    const chosen = this.#groups.map((list, d) => {
      const position = Math.floor(shard / (this.#shardStrides[d] ?? 1)) % list.length;
      return list[position] as Group;
    });
    const walk = (d: number, target: number, word: number): void => {
      if (d === rank) {
        visit(target, word);
        return;
      }
      const { first, inner } = chosen[d] as Group;
      const boxStride = this.#boxStrides[d] ?? 0;
      const wordStride = this.#wordStrides[d] ?? 0;
      inner.forEach((coordinate, i) => {
        walk(d + 1, target + (first + i) * boxStride, word + coordinate * wordStride);
      });
    };
    walk(0, 0, 0);
  }
}

function rowStrides(counts: readonly number[]): number[] {
  const strides = new Array<number>(counts.length).fill(1);
  for (let d = counts.length - 2; d >= 0; d -= 1) strides[d] = (strides[d + 1] ?? 1) * (counts[d + 1] ?? 1);
  return strides;
}

/** The coordinates of a box in row-major order. */
function* rowMajorOrder(box: ChunkBox): Generator<number[]> {
  const strides = rowStrides(box.map((list) => list.length));
  const total = box.reduce((product, list) => product * list.length, 1);
  for (let i = 0; i < total; i += 1) {
    yield box.map((list, d) => list[Math.floor(i / (strides[d] ?? 1)) % list.length] ?? 0);
  }
}

/** Leaves out the files that do not exist. */
function presentFiles(
  files: readonly string[],
  stamps: readonly (FileStamp | null)[],
  fileIndex: Uint32Array,
): { files: string[]; stamps: FileStamp[]; fileIndex: Uint32Array } {
  const present: string[] = [];
  const kept: FileStamp[] = [];
  const position = files.map((path, i) => {
    const stamp = stamps[i] ?? null;
    if (stamp === null) return 0;
    present.push(path);
    return kept.push(stamp) - 1;
  });
  return { files: present, stamps: kept, fileIndex: fileIndex.map((file) => position[file] ?? 0) };
}
