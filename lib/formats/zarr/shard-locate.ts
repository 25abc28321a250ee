/**
 * Where the inner chunks of sharded arrays lie. The index of every shard that a box touches is read once, all of a
 * level together, and kept for later reads; a shard inside a shard is found through the index of the outer one.
 *
 * An index that is held is used without looking at its file: the places carry the file's state, which whoever reads
 * the data checks. Only a chunk that a held index calls absent has nobody who would open the file, so then it is looked at.
 * @module
 */
import { FormatError, ReadError } from '../../core/errors.js';
import { type FileSlice, type Io, readSlices, type SliceRequest } from '../../io/io.js';
import type { ChunkBox, ChunkLocations, FileStamp, TemplateLocations } from '../../plan/locations.js';
import type { ChunkIndex } from '../format.js';
import type { ShardLevel } from './encoding.js';
import { chunkPath } from './keys.js';
import { isSameFile, ShardIndexCache, stampOf } from './shard-cache.js';
import { groupByShard, rowMajorOrder, Scatter } from './shard-grid.js';
import { ShardIndex } from './shard-index.js';

/** Bytes of indexes that are held at once while a box is located. */
const batchBytes = 64 * 2 ** 20;
/** How often a box is located anew when a writer replaced one of its files meanwhile. */
const maxAttempts = 8;

/** Files of one attempt to locate a box. */
class Files {
  readonly paths: string[];
  /** What each file is known to be; null: nothing is known, or it does not exist. */
  readonly stamps: (FileStamp | null)[];
  /** Whether that was seen in this attempt, and not taken from a held index. */
  readonly seen: boolean[];
  /** Files in which a chunk is absent. */
  readonly lacking = new Set<number>();

  constructor(paths: string[]) {
    this.paths = paths;
    this.stamps = paths.map(() => null);
    this.seen = paths.map(() => false);
  }
}

/** Chunks (or shards of the next level) of a box, in row-major order; offsets of -1 are absent. */
interface Places {
  readonly fileIndex: Uint32Array;
  readonly offsets: Float64Array;
  /** -1 for whole files, whose size is not known yet. */
  readonly lengths: Float64Array;
}

/** A shard whose index is wanted. */
interface Wanted {
  /** Its position in its box. */
  readonly entry: number;
  readonly path: string;
  readonly file: number;
  readonly base: number;
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
  readonly #storedBytes: number | null;
  readonly #cache = new ShardIndexCache();

  /**
   * @param template the files of the outermost shards.
   * @param levels from the outermost.
   * @param storedBytes the length that every inner chunk must have; null when it depends on the content.
   */
  constructor(template: TemplateLocations, levels: readonly ShardLevel[], storedBytes: number | null) {
    this.#template = template;
    this.#levels = levels;
    this.#storedBytes = storedBytes;
  }

  *locate(box: ChunkBox): Io<ChunkLocations> {
    const inner = box.slice(0, this.#template.fields.length);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const files = new Files(this.#shardFiles(inner));
        const places = yield* this.#find(inner, this.#levels.length - 1, files);
        yield* this.#confirmAbsence(files);
        return tableOf(files, places);
      } catch (error) {
        if (!(error instanceof Replaced)) throw error;
        this.forget(error.path);
        if (attempt === maxAttempts) {
          const details = { code: 'ECHANGED', errno: 0, path: error.path };
          throw new ReadError(`${error.path} was replaced again and again while its index was read`, details);
        }
      }
    }
  }

  forget(path: string): void {
    this.#cache.forget(path);
  }

  /** The files of the outermost shards of a box, in row-major order. */
  #shardFiles(box: ChunkBox): string[] {
    let shards = box;
    for (let level = this.#levels.length - 1; level >= 0; level -= 1) shards = this.#shardsOf(shards, level);
    return Array.from(rowMajorOrder(shards), (coordinates) => chunkPath(this.#template, coordinates));
  }

  #shardsOf(box: ChunkBox, level: number): number[][] {
    const { counts } = (this.#levels[level] as ShardLevel).index;
    return box.map((coordinates, d) => groupByShard(coordinates, counts[d] ?? 1).map(({ shard }) => shard));
  }

  /** Finds the chunks of `level` in `box`, whose unit are those chunks. */
  *#find(box: ChunkBox, level: number, files: Files): Io<Places> {
    const { index } = this.#levels[level] as ShardLevel;
    const outer = level === 0 ? wholeFiles(files) : yield* this.#find(this.#shardsOf(box, level), level - 1, files);
    const wanted: Wanted[] = [];
    outer.offsets.forEach((base, entry) => {
      const file = outer.fileIndex[entry] ?? 0;
      if (base >= 0)
        wanted.push({ entry, path: files.paths[file] ?? '', file, base, length: outer.lengths[entry] ?? 0 });
    });
    const total = box.reduce((product, list) => product * list.length, 1);
    const offsets = new Float64Array(total).fill(-1);
    const lengths = new Float64Array(total);
    const fileIndex = new Uint32Array(total);
    const groups = box.map((coordinates, d) => groupByShard(coordinates, index.counts[d] ?? 1));
    const scatter = new Scatter(groups, index.strides);
    const perBatch = Math.max(1, Math.floor(batchBytes / index.bytes));
    for (let first = 0; first < wanted.length; first += perBatch) {
      const batch = wanted.slice(first, first + perBatch);
      const indexes = yield* this.#readIndexes(batch, files, level);
      batch.forEach(({ entry, file }, i) => {
        const shard = indexes[i] ?? null;
        if (shard === null) return;
        scatter.each(entry, (target, word) => {
          fileIndex[target] = file;
          if (!shard.find(word, offsets, lengths, target)) files.lacking.add(file);
        });
      });
    }
    return { offsets, lengths, fileIndex };
  }

  /** The indexes of `batch`, null where a file does not exist: those that are held, and the others in one request. */
  *#readIndexes(batch: readonly Wanted[], files: Files, level: number): Io<(ShardIndex | null)[]> {
    const results = new Array<ShardIndex | null>(batch.length).fill(null);
    const missing: number[] = [];
    batch.forEach(({ path, base, file }, i) => {
      const known = files.stamps[file] ?? null;
      const held = this.#cache.get(path, level, base);
      if (held === null || (known !== null && !isSameFile(known, held.stamp))) {
        missing.push(i);
      } else {
        files.stamps[file] = held.stamp;
        results[i] = held.index;
      }
    });
    const slices = yield* readSlices(missing.map((i) => this.#sliceOf(batch[i] as Wanted, level)));
    missing.forEach((i, n) => {
      const want = batch[i] as Wanted;
      const slice = slices[n] ?? null;
      const known = files.stamps[want.file] ?? null;
      const stamp = slice === null ? null : stampOf(slice.info);
      if (known !== null && (stamp === null || !isSameFile(known, stamp))) throw new Replaced(want.path);
      if (slice === null || stamp === null) return;
      files.stamps[want.file] = stamp;
      files.seen[want.file] = true;
      const index = this.#decode(want, slice, level);
      results[i] = index;
      this.#cache.set(want.path, level, want.base, { stamp, index });
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
    const shard = { path, base, length: length < 0 ? info.size : length };
    return new ShardIndex(bytes, index, shard, level === this.#levels.length - 1 ? this.#storedBytes : null);
  }

  /** Looks at the files of held indexes by which a chunk is absent: a writer may have added it. */
  *#confirmAbsence(files: Files): Io<void> {
    const doubtful = [...files.lacking].filter((file) => files.seen[file] === false);
    const looks = doubtful.map((file) => ({ path: files.paths[file] ?? '', offset: 0, length: 0 }));
    const slices = yield* readSlices(looks);
    doubtful.forEach((file, i) => {
      const slice = slices[i] ?? null;
      const known = files.stamps[file] ?? null;
      const isSame = slice !== null && known !== null && isSameFile(known, stampOf(slice.info));
      if (!isSame) throw new Replaced(files.paths[file] ?? '');
    });
  }
}

/** The outermost shards: whole files, of which it is not known yet whether they exist. */
function wholeFiles({ paths }: Files): Places {
  return {
    fileIndex: Uint32Array.from(paths, (_, i) => i),
    offsets: new Float64Array(paths.length),
    lengths: new Float64Array(paths.length).fill(-1),
  };
}

/** The answer, without the files that do not exist. */
function tableOf({ paths, stamps }: Files, { fileIndex, offsets, lengths }: Places): ChunkLocations {
  const present: string[] = [];
  const kept: FileStamp[] = [];
  const position = paths.map((path, i) => {
    const stamp = stamps[i] ?? null;
    if (stamp === null) return 0;
    present.push(path);
    return kept.push(stamp) - 1;
  });
  if (present.length === 0) return { kind: 'absent' };
  const files = fileIndex.map((file) => position[file] ?? 0);
  return { kind: 'table', files: present, stamps: kept, fileIndex: files, offsets, lengths, filterMasks: null };
}
