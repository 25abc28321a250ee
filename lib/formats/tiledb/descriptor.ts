/**
 * One attribute of a TileDB array as an array.
 * @module
 */
import type { DType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { checkChunkBytes, maxRank } from '../../core/limits.js';
import type { Io } from '../../io/io.js';
import type { ArrayDescriptor, DomainBounds, Layer } from '../format.js';
import { readValue } from './datatypes.js';
import { tileChain } from './filters.js';
import type { Bounds } from './footer.js';
import { type Frame, type PlacedFragment, placeFragment, TileIndex, tileGridOf, tileLayout } from './fragment.js';
import type { Part } from './names.js';
import type { TiledbOptions } from './options.js';
import { maxPieces, overlay, uncoveredCells } from './overlay.js';
import type { Attribute, Schema } from './schema.js';
import type { Snapshot } from './snapshot.js';
import { boundOf, nonEmptyBounds, summaryOf } from './summary.js';
import { TableCache } from './tile-table.js';

/**
 * Describes an attribute.
 * @param name an attribute of the snapshot's schema.
 * @throws {UnsupportedError} for attributes of variable length, and for more than 2^53 positions.
 */
export function describe(path: string, snapshot: Snapshot, name: string, options: TiledbOptions): ArrayDescriptor {
  const { schema } = snapshot;
  const attribute = schema.attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined) throw new UnsupportedError(`no attribute '${name}'`, path);
  const { part } = options;
  if (attribute.values === null) throw new UnsupportedError(`TileDB attribute '${name}' of variable length`, path);
  if (part === 'validity' && !attribute.nullable) {
    throw new UnsupportedError(`the validity of '${name}', which is not nullable`, path);
  }
  const values = part === 'validity' || attribute.values === 1 ? null : attribute.values;
  const dtype: DType = part === 'validity' ? 'bool' : attribute.type.dtype;
  const frame = frameOf(path, snapshot, options);
  const rank = frame.shape.length;
  if (rank + (values === null ? 0 : 1) > maxRank) throw new UnsupportedError(`more than ${maxRank} dimensions`, path);
  const cell = values === null ? [] : [values];
  const tileShape = tileShapeOf(path, schema, cellBytesOf(attribute, part));
  const fragments: PlacedFragment[] = [];
  for (const metadata of snapshot.fragments) {
    const placed = placeFragment(metadata, frame);
    if (placed !== null) fragments.push(placed);
  }
  const fill = fillOf(attribute, part);
  const sources = new FragmentLayers(path, attribute, part, values, dtype);
  const grid = tileGridOf(frame);
  let validity: ArrayDescriptor | undefined;

  return {
    format: 'tiledb',
    path,
    name,
    shape: [...frame.shape, ...cell],
    dtype,
    chunkShape: [...tileShape, ...cell],
    fillValue: fill.value,
    dimensionNames: [...schema.dimensions.map((dimension) => dimension.name || null), ...cell.map(() => null)],
    attributes: { tiledb: summaryOf(snapshot, attribute), ...snapshot.metadata },
    scaling: null,
    guardedFiles: [],
    domain: domainOf(frame, values),
    ...(part === 'values' && attribute.nullable
      ? {
          validity: () => {
            validity ??= describe(path, snapshot, name, { ...options, part: 'validity' });
            return validity;
          },
        }
      : {}),
    filesMayVanish: true,

    *layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]> {
      const box = { start: start.slice(0, rank), stop: stop.slice(0, rank) };
      const pieces = overlay(box, fragments, grid);
      if (pieces === null) {
        const hint = 'Consolidate the array, or read smaller boxes';
        throw new UnsupportedError(`a box that fragments cut into more than ${maxPieces} parts`, path, hint);
      }
      const mixedFill = (): UnsupportedError =>
        new UnsupportedError(`unwritten cells of '${name}', whose fill value differs within a cell`, path);
      if (!fill.uniform && uncoveredCells(box, pieces) > 0) throw mixedFill();
      return pieces.flatMap((piece) => {
        const fragment = fragments[piece.fragment];
        const source = fragment === undefined ? null : sources.of(fragment);
        // The fragment knows nothing of the attribute, which was added later: its cells are fill.
        if (fragment === undefined || source === null) {
          if (fill.uniform) return [];
          throw mixedFill();
        }
        return {
          ...source,
          start: [...piece.start, ...cell.map(() => start[rank] ?? 0)],
          stop: [...piece.stop, ...cell.map(() => stop[rank] ?? 0)],
          origin: [...fragment.origin, ...cell.map(() => 0)],
          chunkShape: [...tileShape, ...cell],
          // Tiles are never clipped by it; the last one may reach beyond what a number holds.
          gridShape: [
            ...fragment.tiles.map((n, d) => Math.min(n * (tileShape[d] ?? 1), Number.MAX_SAFE_INTEGER)),
            ...cell,
          ],
        };
      });
    },
  };
}

/** Gives the layout and the index of each fragment, made when it is first needed. */
class FragmentLayers {
  readonly #known = new Map<PlacedFragment, Pick<Layer, 'layout' | 'index'> | null>();
  readonly #cache = new TableCache();
  readonly #path: string;
  readonly #attribute: Attribute;
  readonly #part: Part;
  readonly #values: number | null;
  readonly #dtype: DType;

  constructor(path: string, attribute: Attribute, part: Part, values: number | null, dtype: DType) {
    this.#path = path;
    this.#attribute = attribute;
    this.#part = part;
    this.#values = values;
    this.#dtype = dtype;
  }

  /** Null: the fragment does not have the attribute. */
  of(fragment: PlacedFragment): Pick<Layer, 'layout' | 'index'> | null {
    let layer = this.#known.get(fragment);
    if (layer === undefined) {
      layer = this.#make(fragment);
      this.#known.set(fragment, layer);
    }
    return layer;
  }

  #make(fragment: PlacedFragment): Pick<Layer, 'layout' | 'index'> | null {
    const { schema, version } = fragment.metadata.footer;
    const number = schema.attributes.findIndex(({ name }) => name === this.#attribute.name);
    const stored = schema.attributes[number];
    if (stored === undefined) return null;
    const wanted = this.#attribute;
    if (
      stored.type !== wanted.type ||
      stored.values !== wanted.values ||
      (this.#part === 'validity' && !stored.nullable)
    ) {
      throw new UnsupportedError(
        `attribute '${wanted.name}' that has another type in an older schema (${schema.name})`,
        this.#path,
      );
    }
    const [pipeline, datatype] =
      this.#part === 'validity' ? [schema.validityPipeline, uint8Code] : [stored.pipeline, stored.type.code];
    const codecs = tileChain(pipeline, version, datatype, cellBytesOf(stored, this.#part), this.#path);
    const layout = tileLayout(schema.dimensions.length, schema.cellOrder, this.#values, this.#dtype, codecs);
    return { layout, index: new TileIndex(fragment, number, this.#part, this.#cache) };
  }
}

const uint8Code = 6;

function cellBytesOf(attribute: Attribute, part: Part): number {
  return part === 'validity' ? 1 : attribute.type.size * (attribute.values ?? 1);
}

/** Positions 0 and up: of the domain, or of the box that holds all cells. */
function frameOf(path: string, { schema, fragments }: Snapshot, { extent }: TiledbOptions): Frame {
  const written = nonEmptyBounds(schema, fragments);
  const bounds = schema.dimensions.map(({ lo, hi }, d): Bounds => {
    if (extent === 'domain') return { lo, hi };
    return written?.[d] ?? { lo, hi: lo - 1n };
  });
  const shape = bounds.map(({ lo, hi }, d) => {
    const size = hi - lo + 1n;
    if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
    const what = `${size} positions in dimension '${schema.dimensions[d]?.name ?? d}'`;
    throw new UnsupportedError(what, path, "Pass `extent: 'nonempty'` to count positions from the first cell written");
  });
  return { dimensions: schema.dimensions, base: bounds.map(({ lo }) => lo), shape };
}

function tileShapeOf(path: string, schema: Schema, cellBytes: number): number[] {
  const bytes = schema.dimensions.reduce((product, { extent }) => product * Number(extent), cellBytes);
  checkChunkBytes(bytes, 'encoded', 'TileDB tiles', path);
  return schema.dimensions.map(({ extent }) => Number(extent));
}

function domainOf({ base, shape }: Frame, values: number | null): DomainBounds[] {
  const bounds = base.map((lo, d) => ({ lo: boundOf(lo), hi: boundOf(lo + BigInt(shape[d] ?? 0) - 1n) }));
  return values === null ? bounds : [...bounds, { lo: 0, hi: values - 1 }];
}

/** What unwritten cells read as; not uniform when the values of one cell differ, which one fill value cannot say. */
function fillOf(attribute: Attribute, part: Part): { value: FillValue; uniform: boolean } {
  if (part === 'validity') return { value: attribute.fillValidity !== 0, uniform: true };
  const { fill, type } = attribute;
  if (fill === null) return { value: type.fill, uniform: true };
  const uniform = fill.every((byte, i) => byte === fill[i % type.size]);
  return { value: readValue(type, fill, 0), uniform };
}
