/**
 * Computes the layers of an attribute: the part of a box that each fragment covers, and how its tiles are encoded.
 * @module
 */
import type { CodecChain } from '../../codecs/codec.js';
import type { DType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { product } from '../../core/numbers.js';
import { type Io, Pace } from '../../io/io.js';
import type { Layer } from '../format.js';
import { maxPieces, overlay, uncoveredCells } from '../overlay.js';
import { tileChain } from './filters.js';
import { type Frame, type PlacedFragment, placeFragment, TileIndex, tileGridOf, tileLayout } from './fragment.js';
import type { DataFile, Part } from './names.js';
import type { Attribute } from './schema.js';
import type { Snapshot } from './snapshot.js';
import { TableCache } from './tile-table.js';
import { checkTextFilters, startBytes } from './variable-text.js';

/** Column of an array: the values or the validity of one attribute. */
export interface Column {
  /** Path of the array. */
  readonly path: string;
  readonly attribute: Attribute;
  readonly part: Part;
  /** Length of the additional dimension, which is the number of values per cell; empty if a cell has one value. */
  readonly cell: readonly number[];
  readonly dtype: DType;
  /** Cells per tile in each dimension. */
  readonly tileShape: readonly number[];
}

const uint8Code = 6;
const uint64Code = 10;

/** Returns the number of bytes per cell; of its start if it has a variable length. */
export function cellBytesOf({ type, values }: Attribute, part: Part): number {
  if (part === 'validity') return 1;
  return values === null ? startBytes : type.size * values;
}

/** Encoding and locations of the tiles of a fragment. */
type Source = Pick<Layer, 'layout' | 'index' | 'starts'>;

/** Computes the layers of boxes. Determines the encoding of a fragment's tiles when a layer first needs them. */
export class AttributeLayers {
  readonly #known = new Map<PlacedFragment, Source | null>();
  readonly #cache = new TableCache();
  readonly #column: Column;
  readonly #frame: Frame;
  readonly #metadata: Snapshot['fragments'];
  /** Fragments that overlap the frame. Null until layers are first needed. */
  #placed: readonly PlacedFragment[] | null = null;
  readonly #grid: ReturnType<typeof tileGridOf>;
  readonly #rank: number;
  readonly #isUniform: boolean;

  /** @param isUniform true if all values of an unwritten cell are equal. Other unwritten cells cannot be read. */
  constructor(column: Column, frame: Frame, fragments: Snapshot['fragments'], isUniform: boolean) {
    this.#column = column;
    this.#frame = frame;
    this.#metadata = fragments;
    this.#grid = tileGridOf(frame);
    this.#rank = frame.shape.length;
    this.#isUniform = isUniform;
  }

  /**
   * Returns the layers of the box [start, stop).
   * @throws {UnsupportedError} if there are too many, or if the box has unwritten cells whose values are not uniform.
   */
  *of(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]> {
    const pace = new Pace(this.#column.path);
    const fragments = yield* this.#fragments(pace);
    const box = { start: start.slice(0, this.#rank), stop: stop.slice(0, this.#rank) };
    const pieces = yield* overlay(box, fragments, this.#grid, pace);
    if (pieces === null) {
      const hint = 'Consolidate the array, or read smaller boxes';
      throw new UnsupportedError(`a box that fragments cut into more than ${maxPieces} parts`, this.#column.path, hint);
    }
    if (!this.#isUniform && uncoveredCells(box, pieces) > 0) throw this.#mixedFill();
    const { cell, tileShape } = this.#column;
    const layers: Layer[] = [];
    for (const piece of pieces) {
      if (pace.isDue()) yield* pace.pause();
      const fragment = fragments[piece.fragment];
      const source = fragment === undefined ? null : this.#sourceOf(fragment);
      // If `source` is null, the attribute was added after the fragment was written. Its cells have the fill value.
      if (fragment === undefined || source === null) {
        if (this.#isUniform) continue;
        throw this.#mixedFill();
      }
      layers.push({
        ...source,
        start: [...piece.start, ...start.slice(this.#rank)],
        stop: [...piece.stop, ...stop.slice(this.#rank)],
        origin: [...fragment.origin, ...cell.map(() => 0)],
        chunkShape: [...tileShape, ...cell],
        // Limits the size of the grid to exact numbers. Only the last tile may extend beyond them, and no read needs
        // the cells of this tile that are beyond.
        gridShape: [
          ...fragment.tiles.map((n, d) => Math.min(n * (tileShape[d] ?? 1), Number.MAX_SAFE_INTEGER)),
          ...cell,
        ],
      });
    }
    return layers;
  }

  *#fragments(pace: Pace): Io<readonly PlacedFragment[]> {
    if (this.#placed !== null) return this.#placed;
    const placed: PlacedFragment[] = [];
    for (const metadata of this.#metadata) {
      // Counts four steps per dimension, because placing a fragment takes big-integer arithmetic for each dimension.
      if (pace.isDue(4 * this.#rank)) yield* pace.pause();
      const fragment = placeFragment(metadata, this.#frame);
      if (fragment !== null) placed.push(fragment);
    }
    this.#placed = placed;
    return placed;
  }

  #mixedFill(): UnsupportedError {
    const { attribute, path } = this.#column;
    return new UnsupportedError(`unwritten cells of '${attribute.name}', whose fill value differs within a cell`, path);
  }

  /**
   * Returns the memory layout and the chunk index of the attribute's tiles in `fragment`; null if the fragment does not
   * have the attribute.
   */
  #sourceOf(fragment: PlacedFragment): Source | null {
    let source = this.#known.get(fragment);
    if (source === undefined) {
      source = this.#makeSource(fragment);
      this.#known.set(fragment, source);
    }
    return source;
  }

  #makeSource(fragment: PlacedFragment): Source | null {
    const { schema, version } = fragment.metadata.footer;
    const { attribute: wanted, part, path, cell, dtype } = this.#column;
    const number = schema.attributes.findIndex(({ name }) => name === wanted.name);
    const stored = schema.attributes[number];
    if (stored === undefined) return null;
    const isOther = stored.type !== wanted.type || stored.values !== wanted.values;
    if (isOther || (part === 'validity' && !stored.nullable)) {
      throw new UnsupportedError(
        `attribute '${wanted.name}' that has another type in an older schema (${schema.name})`,
        path,
      );
    }
    if (part === 'values' && stored.values === null) return this.#makeTextSource(fragment, number, stored);
    const [pipeline, datatype] =
      part === 'validity' ? [schema.validityPipeline, uint8Code] : [stored.pipeline, stored.type.code];
    const codecs = tileChain(pipeline, version, datatype, cellBytesOf(stored, part), path);
    const layout = tileLayout(schema.dimensions.length, schema.cellOrder, cell[0] ?? null, dtype, codecs);
    return { layout, index: new TileIndex(fragment, number, part, this.#cache) };
  }

  #makeTextSource(fragment: PlacedFragment, number: number, { type, pipeline }: Attribute): Source {
    const { schema, version } = fragment.metadata.footer;
    const { attribute, path, tileShape } = this.#column;
    checkTextFilters(pipeline, attribute, path);
    const rank = schema.dimensions.length;
    const bytesOfStarts = product(tileShape, startBytes);
    const source = (file: DataFile, dtype: DType, codecs: CodecChain): Pick<Layer, 'layout' | 'index'> => ({
      layout: tileLayout(rank, schema.cellOrder, null, dtype, codecs),
      index: new TileIndex(fragment, number, file, this.#cache, bytesOfStarts),
    });
    const starts = tileChain(schema.startsPipeline, version, uint64Code, startBytes, path);
    const texts = tileChain(pipeline, version, type.code, type.size, path);
    return { ...source('variable', 'uint8', texts), starts: source('values', 'uint64', starts) };
  }
}
