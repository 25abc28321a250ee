/**
 * Lists the datasets of a file whose chunk locations can be saved in an index.
 * @module
 */
import { FormatError, isPosixParError } from '../../../core/errors.js';
import type { Io } from '../../../io/io.js';
import type { ChunkBox, ChunkLocations, Probe } from '../../format.js';
import type { IndexedDataset, IndexedFile } from '../../indexed.js';
import { describeDataset } from '../dataset.js';
import type { Hdf5File } from '../file.js';
import { findArrays } from '../group.js';
import { gridOf, isWorthSaving } from '../indexes/chunk-index.js';
import { parseLayout } from '../messages/layout.js';
import { findMessage, isDataset, messageTypes, type ObjectHeader } from '../object-header.js';
import { openFile } from '../open.js';
import { resolvePath, rootGroup } from '../resolve.js';
import { fileState } from './saved-index.js';

/**
 * Returns the number of chunks of a dataset per dimension, without the dimensions inside an element. Returns null if
 * the chunks can be located without reading an index.
 */
function gridOfHeader(file: Hdf5File, header: ObjectHeader, shape: readonly number[]): number[] | null {
  const message = findMessage(header, messageTypes.layout);
  if (message === undefined) return null;
  const layout = parseLayout(file.cursor(message.body, message.offset, 'layout message'));
  if (layout.kind !== 'chunked' || !isWorthSaving(layout.index)) return null;
  const { chunkShape } = layout;
  return gridOf({ shape: shape.slice(0, chunkShape.length), chunkShape });
}

/**
 * Returns the datasets of the file of `probe` whose chunk index is worth saving (isWorthSaving()). Skips datasets that
 * are not supported, and datasets whose external files are not permitted.
 * @throws {FormatError} if the file is damaged.
 */
export function* indexedDatasets(probe: Probe): Io<IndexedFile> {
  const file = yield* openFile(probe);
  file.savedIndexPath = null;
  file.externalLinks = 'refuse';
  const root = yield* rootGroup(file);
  const datasets: IndexedDataset[] = [];
  for (const name of yield* findArrays(root, isDataset)) {
    const { header } = yield* resolvePath(root, name);
    try {
      const array = yield* describeDataset(file, header, name);
      const grid = gridOfHeader(file, header, array.shape);
      const [layer] = yield* array.layers(
        array.shape.map(() => 0),
        array.shape,
      );
      if (grid === null || layer === undefined) continue;
      // The dimensions inside an element have one chunk.
      const inner = array.shape.slice(grid.length).map(() => [0]);
      const locate = (box: ChunkBox): Io<ChunkLocations> => layer.index.locate([...box, ...inner]);
      datasets.push({ name, key: String(header.address), grid, locate });
    } catch (error) {
      if (!isPosixParError(error, 'UnsupportedError', 'ExternalFileError')) throw error;
    }
  }
  const state = yield* fileState(file);
  if (state === null) throw new FormatError('HDF5: the file vanished', { path: file.path });
  return { kind: 'chunks', path: file.path, state, datasets };
}
