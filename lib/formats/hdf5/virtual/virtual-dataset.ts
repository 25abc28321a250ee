/**
 * Reads virtual datasets, whose elements are in other datasets, mostly of other files. A read has one layer or more for
 * each source that it needs, so that chunks of all sources are read and decoded in parallel.
 * @module
 */
import { FormatError, UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import type { Layer } from '../../format.js';
import type { Box } from '../../overlay.js';
import { virtualHint } from '../../refusal-hints.js';
import type { Hdf5File } from '../file.js';
import { clipView, type SourceView, separateViews } from './clip.js';
import { availableIndices, blockSelection, endOfIndices, minimumShape, type ParsedMapping } from './extent.js';
import { sourceName } from './mappings.js';
import { viewsOf } from './pairing.js';
import { type DimensionSelection, endOf, takeIndices } from './selection.js';
import { type Source, type SourceName, type Sources, stampIndex } from './sources.js';
import { viewLayer } from './view.js';

/** Maximum number of sources of a mapping whose names contain block numbers. */
const maxBlocks = 2 ** 17;
/** Maximum number of layers of a read. */
const maxLayers = 262_144;
/** Number of sources that are opened together. */
const batchSources = 256;

/** A part of the virtual dataset that one source supplies. */
interface Wanted extends SourceName {
  readonly mapping: ParsedMapping;
  readonly virtual: readonly DimensionSelection[];
}

/** A virtual dataset. Its shape excludes the dimensions inside an element. */
export class VirtualDataset {
  readonly #file: Hdf5File;
  readonly #mappings: readonly ParsedMapping[];
  readonly #sources: Sources;

  constructor(file: Hdf5File, mappings: readonly ParsedMapping[], sources: Sources) {
    this.#file = file;
    this.#mappings = mappings;
    this.#sources = sources;
  }

  /**
   * Returns the shape, which depends on the sources if a mapping is unlimited.
   * @param stored shape in the dataspace message.
   */
  *shape(stored: readonly number[]): Io<readonly number[]> {
    const shape = [...stored];
    const minimum = minimumShape(this.#mappings, stored.length);
    const seen = new Set<number>();
    const pace = new Pace(this.#file.path);
    for (const mapping of this.#mappings) {
      if (pace.isDue()) yield* pace.pause();
      const { unlimited } = mapping;
      if (unlimited < 0) continue;
      const end = mapping.isNumbered ? yield* this.#endOfNumbered(mapping) : yield* this.#endOfUnlimited(mapping);
      shape[unlimited] = Math.max(seen.has(unlimited) ? (shape[unlimited] ?? 0) : 0, end, minimum[unlimited] ?? 0);
      seen.add(unlimited);
    }
    if (shape.every(Number.isSafeInteger)) return shape;
    throw new FormatError('HDF5 virtual dataset: expected dimensions below 2^53', { path: this.#file.path });
  }

  *#endOfUnlimited(mapping: ParsedMapping): Io<number> {
    const [source] = yield* this.#sources.open([nameOf(mapping, 0)]);
    return source == null ? 0 : endOfIndices(mapping, availableIndices(mapping, source.elements.space.shape));
  }

  /** Returns the end of the last block before the first block whose source does not exist. */
  *#endOfNumbered(mapping: ParsedMapping): Io<number> {
    let count = 0;
    for (let size = 1; count < maxBlocks; size = Math.min(2 * size, batchSources)) {
      const names = Array.from({ length: size }, (_, i) => nameOf(mapping, count + i));
      const sources = yield* this.#sources.open(names);
      const missing = sources.indexOf(null);
      count += missing < 0 ? size : missing;
      if (missing >= 0) {
        return count === 0 ? 0 : endOf(blockSelection(mapping, count - 1)[mapping.unlimited] ?? []);
      }
    }
    throw new UnsupportedError(`an HDF5 virtual dataset of more than ${maxBlocks} numbered sources`, this.#file.path);
  }

  /** Returns the source of the first mapping; null if it does not exist. */
  *firstSource(): Io<Source | null> {
    const names = this.#mappings.slice(0, 1).map((mapping) => nameOf(mapping, 0));
    return (yield* this.#sources.open(names))[0] ?? null;
  }

  /**
   * Returns the layers of the box.
   * @param shape the shape of the virtual dataset.
   */
  *layers(shape: readonly number[], box: Box): Io<readonly Layer[]> {
    const { path } = this.#file;
    const views: SourceView<Source>[] = [];
    const pace = new Pace(path);
    const wanted = yield* this.#wanted(shape, box, pace);
    /** Number of entries of `wanted` that supply elements. Only views of different entries may overlap. */
    let parts = 0;
    for (let first = 0; first < wanted.length; first += batchSources) {
      const batch = wanted.slice(first, first + batchSources);
      const sources = yield* this.#sources.open(batch);
      for (const [i, one] of batch.entries()) {
        const source = sources[i] ?? null;
        if (source === null) continue;
        const before = views.length;
        for (const view of yield* this.#views(one, source, box, pace)) views.push({ view, source });
        if (views.length > before) parts += 1;
        if (views.length > maxLayers) throw this.#tooMany();
      }
    }
    const layers: Layer[] = [];
    for (const { view, source } of parts < 2 ? views : yield* separateViews(box, views, path)) {
      if (pace.isDue()) yield* pace.pause();
      for (const layer of yield* sourceLayers(source, view)) {
        const shown = viewLayer(layer, view);
        if (shown !== null) layers.push(shown);
      }
      if (layers.length > maxLayers) throw this.#tooMany();
    }
    return layers;
  }

  #tooMany(): UnsupportedError {
    return new UnsupportedError(
      `an HDF5 virtual dataset in more than ${maxLayers} parts`,
      this.#file.path,
      'Read smaller boxes',
    );
  }

  /** Lists the sources that may supply elements of the box. */
  *#wanted(shape: readonly number[], box: Box, pace: Pace): Io<Wanted[]> {
    const wanted: Wanted[] = [];
    for (const mapping of this.#mappings) {
      if (pace.isDue()) yield* pace.pause();
      const virtual = mapping.virtual ?? shape.map(allIndices);
      if (!isInBox(virtual, box)) continue;
      if (!mapping.isNumbered) {
        wanted.push({ ...nameOf(mapping, 0), mapping, virtual });
        continue;
      }
      const [low, high] = blocksInBox(mapping, box);
      if (high - low > maxBlocks) throw this.#tooMany();
      for (let block = low; block < high; block++) {
        if (pace.isDue()) yield* pace.pause();
        wanted.push({ ...nameOf(mapping, block), mapping, virtual: blockSelection(mapping, block) });
      }
      if (wanted.length > maxBlocks) throw this.#tooMany();
    }
    return wanted;
  }

  *#views(
    { mapping, virtual, dataset }: Wanted,
    { file, elements }: Source,
    box: Box,
    pace: Pace,
  ): Io<SourceView<Source>['view'][]> {
    const { shape } = elements.space;
    const { path } = file;
    let to = virtual;
    let from = mapping.source ?? shape.map(allIndices);
    if (from.length !== shape.length) {
      const message = `HDF5 virtual dataset: expected a source '${dataset}' of ${from.length} dimensions, found ${shape.length}`;
      throw new FormatError(message, { path });
    }
    const { unlimited, unlimitedSource } = mapping;
    if (unlimitedSource >= 0) {
      const count = availableIndices(mapping, shape);
      to = to.with(unlimited, takeIndices(to[unlimited] ?? [], count));
      from = from.with(unlimitedSource, takeIndices(from[unlimitedSource] ?? [], count));
    }
    const isOutside = from.some((selection, d) => endOf(selection) > (shape[d] ?? 0));
    if (isOutside) {
      const message = `HDF5 virtual dataset: expected a source '${dataset}' that contains the selection, found [${shape.join(', ')}]`;
      throw new FormatError(message, { path });
    }
    const views = yield* viewsOf(to, from, box.start, box.stop, pace);
    if (views === 'too many') throw this.#tooMany();
    if (views === 'rearranged') {
      throw new UnsupportedError(
        'an HDF5 virtual dataset that changes the shape of a source',
        this.#file.path,
        virtualHint,
      );
    }
    return views.flatMap((view) => clipView(view, box) ?? []);
  }
}

function nameOf({ file, dataset }: ParsedMapping, block: number): SourceName {
  return { file: sourceName(file, block), dataset: sourceName(dataset, block) };
}

function allIndices(size: number): DimensionSelection {
  return size === 0 ? [] : [{ start: 0, stride: size, count: 1, block: size }];
}

function isInBox(virtual: readonly DimensionSelection[], { start, stop }: Box): boolean {
  return virtual.every((selection, d) => {
    const first = selection[0]?.start ?? Number.POSITIVE_INFINITY;
    return first < (stop[d] ?? 0) && endOf(selection) > (start[d] ?? 0);
  });
}

/** Returns the numbers of the blocks that a mapping has in the box: the first, and the end (exclusive). */
function blocksInBox({ virtual, unlimited }: ParsedMapping, { start, stop }: Box): [low: number, high: number] {
  const blocks = virtual?.[unlimited]?.[0];
  if (blocks === undefined) return [0, 0];
  const low = Math.floor(((start[unlimited] ?? 0) - blocks.start - blocks.block) / blocks.stride) + 1;
  return [Math.max(0, low), Math.ceil(((stop[unlimited] ?? 0) - blocks.start) / blocks.stride)];
}

/** Returns the layers of the part of a source that a view shows. */
function* sourceLayers(
  { file, elements }: Source,
  { dimensions, dropped, sourceRank }: SourceView<Source>['view'],
): Io<readonly Layer[]> {
  const start = elements.shape.map(() => 0);
  const stop = [...elements.shape];
  for (const { source, index } of dropped) {
    start[source] = index;
    stop[source] = index + 1;
  }
  for (const { source, run } of dimensions) {
    if (source < 0 || source >= sourceRank) continue;
    start[source] = run.source;
    stop[source] = run.source + (run.count - 1) * run.sourceStep + 1;
  }
  const layers = yield* elements.layers(start, stop);
  const { fillValue } = elements;
  return layers.map((layer) => ({ fillValue, ...layer, index: stampIndex(layer.index, file) }));
}
