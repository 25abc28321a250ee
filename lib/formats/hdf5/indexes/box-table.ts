/**
 * Collects the chunk locations of one box while an index is walked, and decides which nodes of a B-tree the box needs.
 * @module
 */
import { fillInSlices, type Sliced } from '../../../core/checkpoint.js';
import { checkChunkCount } from '../../../core/limits.js';
import type { ChunkBox, TableLocations } from '../../../plan/locations.js';
import type { Hdf5File } from '../file.js';

/** Dataset properties that every chunk index needs. */
export interface ChunkedDataset {
  readonly file: Hdf5File;
  /** Address of the dataset's object header. */
  readonly address: number;
  /** Shape, maximum shape and chunk shape in elements, one entry per dimension of the dataspace. */
  readonly shape: readonly number[];
  readonly maxShape: readonly number[];
  readonly chunkShape: readonly number[];
  /** Bytes of a chunk before filters are applied. */
  readonly chunkBytes: number;
  readonly filterCount: number;
  /** `plain` if chunks that cross the dataset's edge are stored without filters. */
  readonly partialChunks: 'filtered' | 'plain';
}

const allFilters = 0xffffffff;

/**
 * Locations of the chunks of one box ({@link ChunkBox}). The *slot* of a chunk is its row-major position in the box. A
 * chunk is absent until `put` is called for its slot.
 */
export class BoxTable {
  readonly dataset: ChunkedDataset;
  readonly box: ChunkBox;
  /** Number of chunks in the box. */
  readonly count: number;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  #masks: Uint32Array | null = null;
  readonly #base: number;
  readonly #fileSize: number;
  readonly #first: readonly number[];
  readonly #strides: number[];
  /** Per dimension, maps chunk coordinates to positions in the box; null if the coordinates have no gaps. */
  readonly #positions: readonly (ReadonlyMap<number, number> | null)[];

  private constructor(dataset: ChunkedDataset, box: ChunkBox) {
    this.dataset = dataset;
    this.#base = dataset.file.superblock.base;
    this.#fileSize = dataset.file.size;
    this.box = box;
    this.#strides = new Array<number>(box.length).fill(1);
    let count = 1;
    for (let d = box.length - 1; d >= 0; d--) {
      this.#strides[d] = count;
      count *= box[d]?.length ?? 0;
    }
    checkChunkCount(count, dataset.file.path);
    this.count = count;
    this.#first = box.map((list) => list[0] ?? 0);
    this.#positions = box.map((list) => {
      const gapless = (list[list.length - 1] ?? 0) - (list[0] ?? 0) === list.length - 1;
      if (gapless) return null;
      const positions = new Map<number, number>();
      for (const [i, coordinate] of list.entries()) positions.set(coordinate, i);
      return positions;
    });
    this.#offsets = new Float64Array(count);
    this.#lengths = new Float64Array(count);
  }

  /**
   * Creates a table for `box` in which all chunks are absent.
   * @throws {UnsupportedError} if the box has too many chunks.
   */
  static *create(dataset: ChunkedDataset, box: ChunkBox): Sliced<BoxTable> {
    const table = new BoxTable(dataset, box);
    yield* fillInSlices(table.#offsets, -1);
    return table;
  }

  /** Returns the difference between the slots of two chunks that are neighbours along dimension `d` of the box. */
  stride(d: number): number {
    return this.#strides[d] ?? 0;
  }

  /** Returns the slot of the chunk at `coordinates`, or -1 if the chunk is not in the box. */
  slot(coordinates: ArrayLike<number>): number {
    let slot = 0;
    for (let d = 0; d < this.#strides.length; d++) {
      const coordinate = coordinates[d] ?? 0;
      const positions = this.#positions[d];
      let position: number | undefined;
      if (positions === null || positions === undefined) {
        position = coordinate - (this.#first[d] ?? 0);
        if (position < 0 || position >= (this.box[d]?.length ?? 0)) return -1;
      } else {
        position = positions.get(coordinate);
        if (position === undefined) return -1;
      }
      slot += position * (this.#strides[d] ?? 0);
    }
    return slot;
  }

  /**
   * Stores the location of the chunk in `slot`.
   * @param address relative to the file's base.
   * @param mask filter mask; a set bit skips a filter.
   * @throws {FormatError} if the chunk is not inside the file.
   */
  put(slot: number, address: number, length: number, mask: number): void {
    const offset = this.#base + address;
    if (!(offset + length <= this.#fileSize)) {
      throw this.dataset.file.error(`chunk: expected ${length} bytes inside the file`, address);
    }
    this.#offsets[slot] = offset;
    this.#lengths[slot] = length;
    if (mask !== 0) {
      this.#masks ??= new Uint32Array(this.count);
      this.#masks[slot] = mask;
    }
  }

  /** Returns the finished table. */
  locations(): TableLocations {
    const { file, filterCount, partialChunks } = this.dataset;
    if (partialChunks === 'plain' && filterCount > 0) this.#markPartial();
    return {
      kind: 'table',
      files: [file.path],
      fileIndex: null,
      offsets: this.#offsets,
      lengths: this.#lengths,
      filterMasks: this.#masks,
    };
  }

  /**
   * Marks all filters as skipped for chunks that extend beyond the edge of the dataset. Call this only if the dataset
   * stores such chunks without filters.
   */
  #markPartial(): void {
    const { shape, chunkShape } = this.dataset;
    this.box.forEach((list, d) => {
      const extent = chunkShape[d] ?? 1;
      const last = Math.ceil((shape[d] ?? 0) / extent) - 1;
      if ((shape[d] ?? 0) % extent === 0 || list[list.length - 1] !== last) return;
      const stride = this.#strides[d] ?? 1;
      const masks = this.#masks ?? new Uint32Array(this.count);
      this.#masks = masks;
      const span = stride * list.length;
      for (let start = span - stride; start < this.count; start += span) masks.fill(allFilters, start, start + stride);
    });
  }
}

/**
 * Compares the box with ranges of chunks in lexicographic order of their coordinates, which is the order in B-trees.
 */
export class BoxOrder {
  readonly #box: ChunkBox;
  readonly #next: Float64Array;
  readonly #at: Int32Array;

  constructor(box: ChunkBox) {
    this.#box = box;
    this.#next = new Float64Array(box.length);
    this.#at = new Int32Array(box.length);
  }

  /** True if the box contains chunks before `high` (exclusive). */
  startsBefore(high: ArrayLike<number>): boolean {
    for (let d = 0; d < this.#box.length; d++) {
      const difference = (this.#box[d]?.[0] ?? 0) - (high[d] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    return false;
  }

  /**
   * True if the box contains at least one chunk in [low, high); `high` null means no upper bound. A key of a v1 B-tree
   * has one number more than the rank. If this last number is above 0 in `high`, the chunk at `high` is included.
   */
  intersects(low: ArrayLike<number>, high: ArrayLike<number> | null): boolean {
    if (!this.#seek(low)) return false;
    if (high === null) return true;
    for (let d = 0; d < this.#box.length; d++) {
      const difference = (this.#next[d] ?? 0) - (high[d] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    return (high[this.#box.length] ?? 0) > 0;
  }

  /** Finds the first chunk of the box at or after `low`. Returns false if there is none. */
  #seek(low: ArrayLike<number>): boolean {
    const rank = this.#box.length;
    let d = 0;
    for (; d < rank; d++) {
      const list = this.#box[d] ?? [];
      const wanted = low[d] ?? 0;
      const at = lowerBound(list, wanted);
      this.#at[d] = at;
      const found = list[at];
      if (found === undefined) break;
      this.#next[d] = found;
      if (found > wanted) return this.#restFrom(d + 1);
    }
    if (d === rank) return true;
    for (d -= 1; d >= 0; d--) {
      const found = this.#box[d]?.[(this.#at[d] ?? 0) + 1];
      if (found === undefined) continue;
      this.#next[d] = found;
      return this.#restFrom(d + 1);
    }
    return false;
  }

  #restFrom(start: number): boolean {
    for (let d = start; d < this.#box.length; d++) this.#next[d] = this.#box[d]?.[0] ?? 0;
    return true;
  }
}

/** Returns the position of the first entry of the sorted `list` that is at least `wanted`. */
function lowerBound(list: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
