/**
 * Finds the inner chunks of sharded arrays. Reads the index of each shard that a box touches, and caches it for later
 * reads. Reads the indexes of one level together. Finds nested shards through the index of the outer shard.
 *
 * A cached index is used without checking if its file has changed since. The locations contain the size and times that
 * the file had when its index was read, and the read of the data compares them with the current ones. A chunk that the
 * cached index lists as absent causes no such read, so this module then checks the file itself.
 * @module
 */
import { checkpoint, fillInSlices, forEachInSlices, type Sliced, stepsPerCheckpoint } from '../../core/checkpoint.js';
import { FormatError, ReadError } from '../../core/errors.js';
import { type FileSlice, type Io, readSlices, type SliceRequest } from '../../io/io.js';
import {
  type ChunkBox,
  type ChunkLocations,
  chunkPath,
  type FileStamp,
  isUnchanged,
  type ShardFiles,
  type TemplateLocations,
} from '../../plan/locations.js';
import { ascending } from '../../plan/order.js';
import type { ChunkIndex } from '../format.js';
import type { ShardLevel } from './encoding.js';
import { ShardIndexCache, stampOf } from './shard-cache.js';
import { rowMajorOrder, ShardVisitor, type SplitCoordinates, splitByShard } from './shard-grid.js';
import { ShardIndex } from './shard-index.js';

/** Maximum total size of the indexes in one request, in bytes. */
const batchBytes = 64 * 2 ** 20;
/** Maximum number of attempts to locate a box while a writer replaces its files. */
const maxAttempts = 8;

/** Files of the outermost shards of a box, and what one attempt to locate the box learns about them. */
class Files {
  readonly paths: string[];
  /** Known state of each file; null if unknown or if the file does not exist. */
  readonly stamps: (FileStamp | null)[];
  /** True if the state was read in this attempt; false if it comes from a cached index. */
  readonly seen: boolean[];
  /** Positions in `paths` of the files whose index lists a wanted chunk as absent. */
  readonly withAbsentChunks = new Set<number>();

  constructor(paths: string[]) {
    this.paths = paths;
    this.stamps = paths.map(() => null);
    this.seen = paths.map(() => false);
  }
}

/** Locations of the chunks (or nested shards) of a box, in row-major order. Offset -1 means absent. */
interface ChunkTable {
  readonly fileIndex: Uint32Array;
  readonly offsets: Float64Array;
  /** Length in bytes; -1 for whole files, because their size is not known yet. */
  readonly lengths: Float64Array;
}

/** A shard whose index must be read. */
interface ShardRequest {
  /** Index of the shard's entry in the {@link ChunkTable} that lists the shard. */
  readonly entry: number;
  readonly path: string;
  readonly file: number;
  readonly base: number;
  readonly length: number;
}

/** Signals that a file was replaced while a box was located. `locate` then makes another attempt. */
class FileReplaced extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** Chunk index of a sharded array. */
export class ShardedIndex implements ChunkIndex {
  readonly #template: TemplateLocations;
  readonly #levels: readonly ShardLevel[];
  readonly #storedBytes: number | null;
  readonly #cache = new ShardIndexCache();

  /**
   * @param template file names of the outermost shards.
   * @param levels shard levels, outermost first.
   * @param storedBytes required length of every inner chunk; null if lengths vary.
   */
  constructor(template: TemplateLocations, levels: readonly ShardLevel[], storedBytes: number | null) {
    this.#template = template;
    this.#levels = levels;
    this.#storedBytes = storedBytes;
  }

  /** Shards into which chunks are written; undefined for nested shards, which cannot be written. */
  get shards(): ShardFiles | undefined {
    const [level, ...nested] = this.#levels;
    if (level === undefined || nested.length > 0) return undefined;
    return { template: this.#template, layout: level.index };
  }

  *locate(box: ChunkBox): Io<ChunkLocations> {
    const inner = box.slice(0, this.#template.fields.length);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const files = new Files(yield* this.#shardFiles(inner));
        const chunks = yield* this.#find(inner, this.#levels.length - 1, files);
        yield* this.#confirmAbsence(files);
        return yield* tableOf(files, chunks);
      } catch (error) {
        if (!(error instanceof FileReplaced)) throw error;
        this.forget(error.path);
        if (attempt === maxAttempts) {
          const details = { code: 'ECHANGED', errno: 0, path: error.path };
          const what = `${error.path} kept changing while its shard index was read`;
          throw new ReadError(`${what}; retry when no program writes the array`, details);
        }
      }
    }
  }

  forget(path: string): void {
    this.#cache.forget(path);
  }

  /** Returns the paths of the outermost shards of a box, in row-major order. */
  *#shardFiles(box: ChunkBox): Sliced<string[]> {
    let shards = box;
    for (let level = this.#levels.length - 1; level >= 0; level -= 1) shards = yield* this.#shardsOf(shards, level);
    const paths: string[] = [];
    for (const coordinates of rowMajorOrder(shards)) {
      paths.push(chunkPath(this.#template, coordinates));
      if (paths.length % stepsPerCheckpoint === 0) yield checkpoint;
    }
    return paths;
  }

  *#split(box: ChunkBox, level: number): Sliced<SplitCoordinates[]> {
    const { counts } = (this.#levels[level] as ShardLevel).index;
    const axes: SplitCoordinates[] = [];
    for (const [d, coordinates] of box.entries()) axes.push(yield* splitByShard(coordinates, counts[d] ?? 1));
    return axes;
  }

  *#shardsOf(box: ChunkBox, level: number): Sliced<number[][]> {
    const axes = yield* this.#split(box, level);
    return axes.map(({ runs }) => runs.map(({ shard }) => shard));
  }

  /** Finds the chunks of `level` in `box`. The coordinates of the box count chunks of that level. */
  *#find(box: ChunkBox, level: number, files: Files): Io<ChunkTable> {
    const { index } = this.#levels[level] as ShardLevel;
    const outer =
      level === 0 ? yield* wholeFiles(files) : yield* this.#find(yield* this.#shardsOf(box, level), level - 1, files);
    const wanted = yield* presentShards(outer, files);
    const total = box.reduce((product, list) => product * list.length, 1);
    const offsets = yield* fillInSlices(new Float64Array(total), -1);
    const lengths = new Float64Array(total);
    const fileIndex = new Uint32Array(total);
    const visitor = new ShardVisitor(yield* this.#split(box, level), index.strides);
    const perBatch = Math.max(1, Math.floor(batchBytes / index.bytes));
    for (let first = 0; first < wanted.length; first += perBatch) {
      const batch = wanted.slice(first, first + perBatch);
      const indexes = yield* this.#readIndexes(batch, files, level);
      for (const [i, { entry, file }] of batch.entries()) {
        const shard = indexes[i] ?? null;
        if (shard === null) continue;
        yield* visitor.each(entry, (target, word) => {
          fileIndex[target] = file;
          if (!shard.find(word, offsets, lengths, target)) files.withAbsentChunks.add(file);
        });
        yield checkpoint;
      }
    }
    return { offsets, lengths, fileIndex };
  }

  /** Returns the indexes of `batch`; null for files that do not exist. Reads uncached indexes in one request. */
  *#readIndexes(batch: readonly ShardRequest[], files: Files, level: number): Io<(ShardIndex | null)[]> {
    const results = new Array<ShardIndex | null>(batch.length).fill(null);
    const missing: number[] = [];
    batch.forEach(({ path, base, file }, i) => {
      const known = files.stamps[file] ?? null;
      const cached = this.#cache.get(path, level, base);
      if (cached === null || (known !== null && !isUnchanged(known, cached.stamp))) {
        missing.push(i);
      } else {
        files.stamps[file] = cached.stamp;
        results[i] = cached.index;
      }
    });
    const slices = yield* readSlices(missing.map((i) => this.#sliceOf(batch[i] as ShardRequest, level)));
    for (const [n, i] of missing.entries()) {
      const want = batch[i] as ShardRequest;
      const slice = slices[n] ?? null;
      const known = files.stamps[want.file] ?? null;
      const stamp = slice === null ? null : stampOf(slice.info);
      if (known !== null && (stamp === null || !isUnchanged(known, stamp))) throw new FileReplaced(want.path);
      if (slice === null || stamp === null) continue;
      files.stamps[want.file] = stamp;
      files.seen[want.file] = true;
      const index = yield* this.#decode(want, slice, level);
      results[i] = index;
      this.#cache.set(want.path, level, want.base, { stamp, index });
    }
    return results;
  }

  #sliceOf({ path, base, length }: ShardRequest, level: number): SliceRequest {
    const { location, bytes } = (this.#levels[level] as ShardLevel).index;
    if (location === 'start') return { path, offset: base, length: bytes };
    if (length < 0) return { path, offset: -bytes, length: bytes };
    return { path, offset: Math.max(base, base + length - bytes), length: bytes };
  }

  *#decode({ path, base, length }: ShardRequest, { info, bytes }: FileSlice, level: number): Sliced<ShardIndex> {
    if (info.kind !== 'file') throw new FormatError(`Expected a Zarr shard, found a ${info.kind}`, { path });
    const { index } = this.#levels[level] as ShardLevel;
    const shard = { path, base, length: length < 0 ? info.size : length };
    return yield* ShardIndex.decode(bytes, index, shard, level === this.#levels.length - 1 ? this.#storedBytes : null);
  }

  /**
   * Checks the files whose cached index lists a wanted chunk as absent. Throws if one of them has changed, because a
   * writer may have added the chunk.
   */
  *#confirmAbsence(files: Files): Io<void> {
    const doubtful = [...files.withAbsentChunks].filter((file) => files.seen[file] === false);
    const looks = doubtful.map((file) => ({ path: files.paths[file] ?? '', offset: 0, length: 0 }));
    const slices = yield* readSlices(looks);
    doubtful.forEach((file, i) => {
      const slice = slices[i] ?? null;
      const known = files.stamps[file] ?? null;
      const isSame = slice !== null && known !== null && isUnchanged(known, stampOf(slice.info));
      if (!isSame) throw new FileReplaced(files.paths[file] ?? '');
    });
  }
}

/** Returns a table with one entry per outermost shard, which is a whole file. The files may not exist. */
function* wholeFiles({ paths }: Files): Sliced<ChunkTable> {
  const fileIndex = yield* ascending(paths.length);
  const lengths = yield* fillInSlices(new Float64Array(paths.length), -1);
  return { fileIndex, offsets: new Float64Array(paths.length), lengths };
}

/** Returns the shards of a table that are not marked as absent. */
function* presentShards({ offsets, lengths, fileIndex }: ChunkTable, { paths }: Files): Sliced<ShardRequest[]> {
  const present: ShardRequest[] = [];
  yield* forEachInSlices(offsets, (base, entry) => {
    const file = fileIndex[entry] ?? 0;
    if (base >= 0) present.push({ entry, path: paths[file] ?? '', file, base, length: lengths[entry] ?? 0 });
  });
  return present;
}

/** Returns the location table without the files that do not exist. */
function* tableOf({ paths, stamps }: Files, { fileIndex, offsets, lengths }: ChunkTable): Sliced<ChunkLocations> {
  const present: string[] = [];
  const kept: FileStamp[] = [];
  const position = new Uint32Array(paths.length);
  yield* forEachInSlices(paths, (path, i) => {
    const stamp = stamps[i] ?? null;
    if (stamp === null) return;
    position[i] = present.length;
    present.push(path);
    kept.push(stamp);
  });
  if (present.length === 0) return { kind: 'absent' };
  const files = new Uint32Array(fileIndex.length);
  yield* forEachInSlices(fileIndex, (file, i) => {
    files[i] = position[file] ?? 0;
  });
  return { kind: 'table', files: present, stamps: kept, fileIndex: files, offsets, lengths, filterMasks: null };
}
