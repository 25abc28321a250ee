/**
 * Converts fragments to array positions: computes the box that a fragment covers, and locates its tiles.
 * @module
 */
import type { CodecChain } from '../../codecs/codec.js';
import { checkpoint, stepsPerCheckpoint } from '../../core/checkpoint.js';
import type { DType } from '../../core/dtype.js';
import { FormatError } from '../../core/errors.js';
import { product } from '../../core/numbers.js';
import { type Io, Pace, readSlices } from '../../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLayout, ChunkLocations } from '../format.js';
import type { Box, TileGrid } from '../overlay.js';
import { type FragmentReference, inside } from './commits.js';
import { type Bounds, type Footer, maxFooterBytes, readFooter, type SchemaOf, tailBytes } from './footer.js';
import { type DataFile, dataFileName } from './names.js';
import type { Dimension, Order, Schema } from './schema.js';
import { missingFile, type SizesSource, type TableCache, type TableSource } from './tile-table.js';

/** A fragment's footer, and the path and size in bytes of its metadata file. */
export interface FragmentMetadata {
  readonly reference: FragmentReference;
  readonly footer: Footer;
  readonly path: string;
  readonly bytes: number;
}

/** Maximum number of metadata files per request. */
const batchFiles = 256;
/**
 * Maximum number of tiles in a fragment. The offset table of more tiles would exceed the limit for decoded metadata.
 */
const maxTiles = 2 ** 25;

/**
 * Reads the metadata of fragments. Keeps their order, and leaves out fragments without cells and unfinished fragments
 * of formats before 5.
 * @throws {ReadError} ENOENT if a metadata file does not exist.
 */
export function* readFragments(references: readonly FragmentReference[], schemaOf: SchemaOf): Io<FragmentMetadata[]> {
  const fragments: FragmentMetadata[] = [];
  const pace = new Pace(references[0]?.directory ?? '');
  for (let from = 0; from < references.length; from += batchFiles) {
    const batch = references.slice(from, from + batchFiles);
    const paths = batch.map(({ directory }) => inside(directory, '__fragment_metadata.tdb'));
    const tails = yield* readSlices(paths.map((path) => ({ path, offset: -tailBytes, length: tailBytes })));
    for (const [i, reference] of batch.entries()) {
      const path = paths[i] ?? '';
      const tail = tails[i] ?? null;
      if (tail === null) {
        // Formats before 5 have no commit file, so a folder without metadata is an unfinished write.
        if (reference.version < 5) continue;
        throw missingFile(path);
      }
      // Counts more steps for larger footers, which take time per attribute and dimension.
      if (pace.isDue(16 + (Math.min(tail.info.size, maxFooterBytes) >>> 8))) yield* pace.pause();
      const footer = yield* readFooter(reference, path, tail, schemaOf);
      if (footer.nonEmpty !== null) fragments.push({ reference, footer, path, bytes: tail.info.size });
    }
  }
  return fragments;
}

/** Mapping from array positions to domain coordinates, per dimension of the domain. */
export interface Frame {
  readonly dimensions: readonly Dimension[];
  /** Coordinate at position 0, per dimension. */
  readonly base: readonly bigint[];
  readonly shape: readonly number[];
}

/** Returns the tile grid of the array. The boundaries between tiles are array positions. */
export function tileGridOf(frame: Frame): TileGrid {
  return {
    phase: frame.dimensions.map(({ lo, extent }, d) => Number(-(((frame.base[d] ?? lo) - lo) % extent))),
    extent: frame.dimensions.map(({ extent }) => Number(extent)),
  };
}

/** A fragment, and the box that it covers in array positions. */
export interface PlacedFragment extends Box {
  readonly metadata: FragmentMetadata;
  /** Array position of the first cell of the fragment's first tile. May be negative. */
  readonly origin: readonly number[];
  /** Number of tiles per dimension. */
  readonly tiles: readonly number[];
}

/**
 * Computes the position of a fragment in the array: the box that it covers, and its tile grid.
 * @returns null if no cell of the fragment is in the frame.
 * @throws {FormatError} if its dimensions differ from the array's dimensions, or it has too many tiles.
 */
export function placeFragment(metadata: FragmentMetadata, frame: Frame): PlacedFragment | null {
  const { footer, path } = metadata;
  checkDimensions(footer.schema, frame.dimensions, path);
  const start: number[] = [];
  const stop: number[] = [];
  const origin: number[] = [];
  const tiles: number[] = [];
  let total = 1;
  for (const [d, { lo, extent }] of frame.dimensions.entries()) {
    const bounds: Bounds | undefined = footer.nonEmpty?.[d];
    const base = frame.base[d] ?? lo;
    const size = BigInt(frame.shape[d] ?? 0);
    if (bounds === undefined) return null;
    const first = bounds.lo < base ? 0n : bounds.lo - base;
    const last = bounds.hi - base >= size ? size - 1n : bounds.hi - base;
    if (first > last) return null;
    const firstTile = (bounds.lo - lo) / extent;
    start.push(Number(first));
    stop.push(Number(last) + 1);
    origin.push(Number(lo + firstTile * extent - base));
    tiles.push(Number((bounds.hi - lo) / extent - firstTile + 1n));
    total *= tiles[d] ?? 0;
  }
  if (total > maxTiles) {
    throw new FormatError(`Expected at most ${maxTiles} tiles in a fragment, found ${tiles.join(' x ')}`, { path });
  }
  return { metadata, start, stop, origin, tiles };
}

function checkDimensions(schema: Schema, dimensions: readonly Dimension[], path: string): void {
  const same =
    schema.dimensions.length === dimensions.length &&
    schema.dimensions.every(({ lo, hi, extent }, d) => {
      const other = dimensions[d];
      return lo === other?.lo && hi === other.hi && extent === other.extent;
    });
  if (!same)
    throw new FormatError(`Expected the array's dimensions in its schema ${schema.name}, found others`, { path });
}

/**
 * Returns the memory layout of a fragment's tiles. The values of one cell are contiguous, so they form the last and
 * fastest dimension in both cell orders.
 * @param values number of values per cell; null if the array has no such dimension.
 */
export function tileLayout(
  rank: number,
  order: Order,
  values: number | null,
  dtype: DType,
  codecs: CodecChain,
): ChunkLayout {
  const axes = Array.from({ length: rank }, (_, d) => (order === 'row' ? d : rank - 1 - d));
  return { dtype, byteOrder: 'little', axisOrder: values === null ? axes : [...axes, rank], edge: 'full', codecs };
}

/** Locates the tiles of one attribute in one fragment. Tile (0, ...) is the fragment's first tile. */
export class TileIndex implements ChunkIndex {
  readonly #fragment: PlacedFragment;
  readonly #source: TableSource;
  /** Table of the decoded sizes of the tiles, or the size of every tile. Null if `locate` does not state the sizes. */
  readonly #sizes: SizesSource | number | null;
  readonly #cache: TableCache;

  /**
   * @param attribute index of the attribute in the fragment's schema.
   * @param decodedBytes decoded size of every tile, if `locate` should state it.
   */
  constructor(
    fragment: PlacedFragment,
    attribute: number,
    file: DataFile,
    cache: TableCache,
    decodedBytes: number | null = null,
  ) {
    const { footer, path, bytes, reference } = fragment.metadata;
    const variable = file === 'variable' ? footer.variable[attribute] : undefined;
    const table = variable?.tiles ?? (file === 'values' ? footer.values : footer.validity)[attribute];
    const name = footer.schema.attributes[attribute]?.name ?? '';
    if (table === undefined)
      throw new FormatError(`Expected a table of tile offsets of the ${file} of '${name}', found none`, { path });
    this.#fragment = fragment;
    this.#cache = cache;
    this.#source = {
      metadataPath: path,
      metadataBytes: bytes,
      version: footer.version,
      reference: table,
      tiles: product(fragment.tiles),
      dataPath: inside(reference.directory, dataFileName(footer.version, attribute, name, file, path)),
    };
    this.#sizes = variable === undefined ? decodedBytes : { ...this.#source, offset: variable.sizes };
  }

  *locate(box: ChunkBox): Io<ChunkLocations> {
    const table = yield* this.#cache.get(this.#source);
    const sizes =
      this.#sizes === null || typeof this.#sizes === 'number' ? this.#sizes : yield* this.#cache.sizes(this.#sizes);
    const { tiles, metadata } = this.#fragment;
    // If cells have several values, the array has one more dimension, which `tiles` does not contain. One tile covers
    // it completely, so it has no effect on tile numbers.
    const ranks = tiles.length;
    const strides = new Array<number>(ranks).fill(1);
    let stride = 1;
    for (let i = 0; i < ranks; i++) {
      const d = metadata.footer.schema.tileOrder === 'row' ? ranks - 1 - i : i;
      strides[d] = stride;
      stride *= tiles[d] ?? 1;
    }
    let numbers = new Float64Array(1);
    for (let d = 0; d < ranks; d++) {
      const along = box[d] ?? [];
      const wider = new Float64Array(numbers.length * along.length);
      let at = 0;
      for (const number of numbers) {
        for (const coordinate of along) {
          wider[at++] = number + coordinate * (strides[d] ?? 0);
          if (at % stepsPerCheckpoint === 0) yield checkpoint;
        }
      }
      numbers = wider;
    }
    const offsets = new Float64Array(numbers.length);
    const lengths = new Float64Array(numbers.length);
    const decodedBytes = sizes === null ? null : new Float64Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      const number = numbers[i] ?? 0;
      const at = table[number] ?? 0;
      offsets[i] = at;
      lengths[i] = (table[number + 1] ?? 0) - at;
      if (decodedBytes !== null) decodedBytes[i] = typeof sizes === 'number' ? sizes : (sizes?.[number] ?? 0);
    }
    const files = [this.#source.dataPath];
    const sized = decodedBytes === null ? {} : { decodedBytes };
    return { kind: 'table', files, fileIndex: null, offsets, lengths, filterMasks: null, ...sized };
  }
}
