/**
 * Reads the storage layout of a dataset, and expresses it as a chunk grid with an index and codecs.
 * @module
 */
import type { CodecChain } from '../../codecs/codec.js';
import { dtypeInfo } from '../../core/dtype.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { checkChunkBytes } from '../../core/limits.js';
import type { Io } from '../../io/io.js';
import { contiguousChunkShape, contiguousChunks } from '../contiguous-chunks.js';
import type { ChunkIndex } from '../format.js';
import type { FilterInfo } from '../hdf5-facts.js';
import { undefinedAddress } from './cursor.js';
import type { ElementType } from './element-type.js';
import type { Hdf5File } from './file.js';
import { codecChain } from './filters.js';
import { chunkIndex } from './indexes/chunk-index.js';
import { contiguousIndex } from './indexes/contiguous.js';
import { openExternal } from './indexes/external.js';
import type { Dataspace } from './messages/dataspace.js';
import { parseExternalFiles } from './messages/external-files.js';
import { type Layout, parseLayout } from './messages/layout.js';
import { parsePipeline } from './messages/pipeline.js';
import { messageBody } from './messages/shared.js';
import { findMessage, messageTypes, type ObjectHeader } from './object-header.js';

/** Storage of a dataset. Shapes include the dimensions inside an element. */
export interface Storage {
  readonly chunkShape: readonly number[];
  readonly codecs: CodecChain;
  readonly index: ChunkIndex;
  /** `clipped` if chunks at the upper edge are shorter. Default: `full`. */
  readonly edge?: 'full' | 'clipped';
  /** Files other than the HDF5 file that contain the data. */
  readonly externalFiles: readonly string[];
}

/** Layout of a dataset whose elements are not in other datasets. */
export type StoredLayout = Exclude<Layout, { readonly kind: 'virtual' }>;

/** Reads the storage layout of a dataset. */
export function datasetLayout(file: Hdf5File, header: ObjectHeader): Layout {
  const message = findMessage(header, messageTypes.layout);
  if (message === undefined) throw file.error('dataset: expected a layout message', header.address);
  return parseLayout(file.cursor(message.body, message.offset, 'layout message'));
}

/** Dataset properties that are read before its storage layout. */
export interface DatasetShape {
  readonly space: Dataspace;
  /** Size of one HDF5 element in bytes. */
  readonly elementSize: number;
  readonly type: ElementType;
  /** Shape including the dimensions inside an element. */
  readonly shape: readonly number[];
  /** Size of all elements in bytes, as stored. Inexact above 2^53. */
  readonly bytes: number;
}

/**
 * Returns the storage of the dataset with the object header `header`.
 * @throws {FormatError} if it is damaged or exceeds the file. @throws {UnsupportedError} if it needs a feature that is
 * not supported.
 */
export function* datasetStorage(
  file: Hdf5File,
  header: ObjectHeader,
  dataset: DatasetShape,
  layout: StoredLayout,
): Io<Storage> {
  switch (layout.kind) {
    case 'compact':
      if (layout.length < dataset.bytes) {
        const { offset, length } = layout;
        const found = `expected ${dataset.bytes} bytes of compact data, found ${length}`;
        throw new FormatError(`HDF5 dataset: ${found}`, { path: file.path, offset });
      }
      return inOnePiece(file, dataset, layout.offset);
    case 'contiguous':
      return yield* contiguous(file, header, dataset, layout.address);
    case 'chunked':
      return yield* chunked(file, header, dataset, layout);
  }
}

function inOnePiece(file: Hdf5File, { shape, bytes, type }: DatasetShape, offset: number | null): Storage {
  if (type.small !== undefined && offset !== null) {
    const { storedBytes } = type.small;
    const chunkShape = contiguousChunkShape(shape, storedBytes);
    const index = contiguousChunks(file.path, offset, shape, chunkShape, storedBytes);
    return { chunkShape, codecs: [], index, externalFiles: [], edge: 'clipped' };
  }
  const chunkShape = shape.map((extent) => Math.max(1, extent));
  return { chunkShape, codecs: [], index: contiguousIndex(file.path, offset, bytes), externalFiles: [] };
}

function* contiguous(file: Hdf5File, header: ObjectHeader, dataset: DatasetShape, address: number): Io<Storage> {
  if (!Number.isSafeInteger(dataset.bytes)) {
    throw new UnsupportedError('a contiguous HDF5 dataset of 2^53 bytes or more', file.path);
  }
  const message = findMessage(header, messageTypes.externalFiles);
  if (message !== undefined) {
    const body = file.cursor(message.body, message.offset, 'external file list message');
    const parts = yield* parseExternalFiles(file, body);
    const size = dataset.type.small?.storedBytes ?? dtypeInfo(dataset.type.dtype).size;
    const { chunkShape, index, files } = yield* openExternal(file, parts, dataset.shape, size);
    return { chunkShape, codecs: [], index, externalFiles: files };
  }
  const absent = address === undefinedAddress || dataset.bytes === 0;
  return inOnePiece(file, dataset, absent ? null : file.place(address, dataset.bytes, 'contiguous data'));
}

function* chunked(
  file: Hdf5File,
  header: ObjectHeader,
  { space, elementSize, type }: DatasetShape,
  layout: Layout & { readonly kind: 'chunked' },
): Io<Storage> {
  const { chunkShape, index, partialChunks } = layout;
  if (chunkShape.length !== space.shape.length || layout.elementSize !== elementSize) {
    const expected = `${space.shape.length} chunk dimensions and elements of ${elementSize} bytes`;
    throw file.error(
      `dataset: expected ${expected}, found ${chunkShape.length} and ${layout.elementSize}`,
      header.address,
    );
  }
  const chunkBytes = chunkShape.reduce((count, extent) => count * extent, elementSize);
  const pipeline = yield* filterPipeline(file, header);
  checkChunkBytes(chunkBytes, pipeline.length > 0 ? 'encoded' : 'plain', 'HDF5 chunks', file.path);
  const { shape, maxShape } = space;
  const { address } = header;
  const grid = { file, address, shape, maxShape, chunkShape, chunkBytes, filterCount: pipeline.length, partialChunks };
  return {
    chunkShape: [...chunkShape, ...type.innerShape],
    codecs: codecChain(pipeline, elementSize, file.path),
    index: chunkIndex(grid, index),
    externalFiles: [],
  };
}

/** Returns the filters of the chunks of a dataset; an empty list if there are none. */
export function* filterPipeline(file: Hdf5File, header: ObjectHeader): Io<readonly FilterInfo[]> {
  const message = findMessage(header, messageTypes.pipeline);
  return message === undefined ? [] : parsePipeline(yield* messageBody(file, message, 'filter pipeline message'));
}
