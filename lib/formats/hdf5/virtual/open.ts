/**
 * Opens virtual datasets.
 * @module
 */
import { UnsupportedError } from '../../../core/errors.js';
import type { Io } from '../../../io/io.js';
import type { DatasetElements, DatasetFacts, Nesting, ReadElements } from '../dataset-elements.js';
import { elementShape } from '../element-type.js';
import type { Hdf5File } from '../file.js';
import { datasetFill } from '../fill-value.js';
import type { GlobalHeapId } from '../heaps/global-heap.js';
import type { ObjectHeader } from '../object-header.js';
import { checkMapping, type ParsedMapping } from './extent.js';
import { readMappings } from './mappings.js';
import { Sources } from './sources.js';
import { VirtualDataset } from './virtual-dataset.js';

/**
 * Opens a virtual dataset. Also opens the sources that determine its shape or its chunk shape.
 * @param facts properties of the dataset, with the shape that the file contains.
 * @param id location of the mappings; null if there are none.
 * @param nesting virtual datasets through which this dataset is read; undefined if it is not read as a source.
 * @throws {FormatError} if it or a source is damaged. @throws {UnsupportedError} if a mapping is not supported.
 */
export function* openVirtual(
  file: Hdf5File,
  header: ObjectHeader,
  facts: DatasetFacts,
  id: GlobalHeapId | null,
  nesting: Nesting | undefined,
  readElements: ReadElements,
): Io<DatasetElements> {
  const { path } = file;
  const { type, fillMessage, space } = facts;
  const rank = space.shape.length;
  const isOutermost = nesting === undefined;
  const lookups = nesting?.lookups ?? { count: 0 };
  const chain = [...(nesting?.chain ?? []), `${path}#${header.address}`];
  const sources = new Sources(file, facts, { chain, lookups }, readElements);
  const mappings = (id === null ? [] : yield* readMappings(file, id)).map((one) => checkMapping(file, one, rank));
  const virtual = new VirtualDataset(file, mappings, sources);
  const outer = yield* virtual.shape(space.shape);
  const shape = elementShape(outer, type, path);
  const fill = datasetFill(fillMessage, type);
  if (fill === 'mixed') {
    throw new UnsupportedError('an HDF5 virtual dataset whose fill value differs within an element', path);
  }
  return {
    ...facts,
    isVirtual: true,
    virtualSources: { mappings: mappings.length, names: sourceNames(mappings) },
    space: { ...space, shape: outer },
    shape,
    chunkShape: yield* chunkShapeOf(virtual, shape),
    fillValue: fill,
    guardedFiles: [path],
    *layers(start, stop) {
      if (isOutermost) lookups.count = 0;
      if (shape.includes(0)) return [];
      const box = { start: start.slice(0, rank), stop: stop.slice(0, rank) };
      return yield* virtual.layers(outer, box);
    },
    forget: (replaced: string) => file.others.forget(replaced),
  };
}

/** Maximum number of names of sources in a description. */
const maxNames = 16;

/** Returns the names of the sources of the first mappings, without repetitions. */
function sourceNames(mappings: readonly ParsedMapping[]): readonly string[] {
  return [...new Set(mappings.slice(0, maxNames).map(({ file, dataset }) => `${file}#${dataset}`))];
}

/**
 * Returns the chunk shape to report. This is the chunk shape of the first source, limited to `shape`. If the source has
 * fewer dimensions, the chunk has size 1 along the first dimensions. Returns `shape` if the source does not exist.
 */
function* chunkShapeOf(virtual: VirtualDataset, shape: readonly number[]): Io<readonly number[]> {
  const chunk = (yield* virtual.firstSource())?.elements.chunkShape ?? [];
  const missing = shape.length - chunk.length;
  const aligned = missing >= 0 ? [...new Array<number>(missing).fill(1), ...chunk] : chunk.slice(-missing);
  return shape.map((size, d) => Math.max(1, Math.min(size, chunk.length === 0 ? size : (aligned[d] ?? 1))));
}
