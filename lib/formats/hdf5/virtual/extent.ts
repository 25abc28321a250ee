/**
 * Computes the shape of virtual datasets, which may depend on the sources that exist.
 *
 * As by default in the HDF5 library (H5D_VDS_LAST_AVAILABLE, without gaps), the dataset extends as far as the mapping
 * that extends furthest. If the names of sources contain block numbers, the sources end before the first one that does
 * not exist.
 * @module
 */
import type { Hdf5File } from '../file.js';
import { hasBlockNumber, type Mapping } from './mappings.js';
import { countBelow, countIndices, type DimensionSelection, endOf, takeIndices } from './selection.js';

/** A mapping whose selections have one entry per dimension, or are null for all elements. */
export interface ParsedMapping extends Pick<Mapping, 'file' | 'dataset'> {
  readonly virtual: readonly DimensionSelection[] | null;
  readonly source: readonly DimensionSelection[] | null;
  /** Unlimited dimension of the virtual selection; -1 if there is none. */
  readonly unlimited: number;
  /** Unlimited dimension of the source selection; -1 if there is none. */
  readonly unlimitedSource: number;
  /**
   * True if each block along the unlimited dimension has its own source, whose name contains the number of the block.
   */
  readonly isNumbered: boolean;
}

function unlimitedDimension(dimensions: readonly DimensionSelection[] | null): number {
  return dimensions?.findIndex((selection) => !Number.isFinite(countIndices(selection))) ?? -1;
}

/**
 * Checks the selections of a mapping, and converts them to one entry per dimension.
 * @param rank number of dimensions of the virtual dataset.
 * @throws {FormatError} if the selections do not belong together.
 */
export function checkMapping(
  file: Hdf5File,
  { file: name, dataset, source, virtual }: Mapping,
  rank: number,
): ParsedMapping {
  const dimensions = virtual.kind === 'all' ? null : virtual.dimensions;
  const sourceDimensions = source.kind === 'all' ? null : source.dimensions;
  const isEmpty = dimensions?.some((selection) => selection.length === 0) === true;
  const error = (message: string): Error => file.error(`virtual mapping: ${message}`, 0);
  if (dimensions !== null && !isEmpty && dimensions.length !== rank) {
    throw error(`expected a selection of ${rank} dimensions, found ${dimensions.length}`);
  }
  const unlimited = unlimitedDimension(dimensions);
  const unlimitedSource = unlimitedDimension(sourceDimensions);
  for (const list of [dimensions, sourceDimensions]) {
    const infinite = list?.filter((selection) => !Number.isFinite(countIndices(selection))).length ?? 0;
    if (infinite > 1) throw error('expected at most one unlimited dimension');
  }
  const isNumbered = unlimited >= 0 && unlimitedSource < 0;
  if (isNumbered && !(hasBlockNumber(name) || hasBlockNumber(dataset))) {
    throw error("expected '%b' in the name of a source that is repeated");
  }
  if (isNumbered && !Number.isFinite(dimensions?.[unlimited]?.[0]?.block ?? 1)) {
    throw error('expected blocks of a limited size');
  }
  if (unlimited < 0 && unlimitedSource >= 0) throw error('expected a limited selection of the source');
  return {
    file: name,
    dataset,
    virtual: isEmpty ? [[]] : dimensions,
    source: sourceDimensions,
    unlimited,
    unlimitedSource,
    isNumbered,
  };
}

/** Returns the number of selected indices along the unlimited dimension of a source that has the shape `shape`. */
export function availableIndices({ source, unlimitedSource }: ParsedMapping, shape: readonly number[]): number {
  return countBelow(source?.[unlimitedSource] ?? [], shape[unlimitedSource] ?? 0);
}

/** Returns the length of the virtual dataset along its unlimited dimension if `count` indices are supplied. */
export function endOfIndices({ virtual, unlimited }: ParsedMapping, count: number): number {
  return endOf(takeIndices(virtual?.[unlimited] ?? [], count));
}

/** Returns the part of the virtual selection that source number `block` supplies. */
export function blockSelection({ virtual, unlimited }: ParsedMapping, block: number): readonly DimensionSelection[] {
  const dimensions = virtual ?? [];
  const blocks = dimensions[unlimited]?.[0];
  if (blocks === undefined) return dimensions;
  const start = blocks.start + block * blocks.stride;
  return dimensions.with(unlimited, [{ start, stride: blocks.block, count: 1, block: blocks.block }]);
}

/**
 * Returns the smallest shape that contains the virtual selections of all mappings, without their unlimited dimensions.
 */
export function minimumShape(mappings: readonly ParsedMapping[], rank: number): number[] {
  const shape = new Array<number>(rank).fill(0);
  for (const { virtual, unlimited } of mappings) {
    for (const [d, selection] of (virtual ?? []).entries()) {
      if (d !== unlimited && selection.length > 0) shape[d] = Math.max(shape[d] ?? 0, endOf(selection));
    }
  }
  return shape;
}
