/**
 * Reads the element type, the shape and the storage of datasets.
 * @module
 */
import type { CodecChain } from '../../codecs/codec.js';
import { type ByteOrder, dtypeInfo, machineByteOrder } from '../../core/dtype.js';
import { checkChunkBytes } from '../../core/limits.js';
import { product } from '../../core/numbers.js';
import { type Io, ready } from '../../io/io.js';
import { bytesOfChunk, rowMajor } from '../../plan/layout.js';
import type { ChunkLayout } from '../format.js';
import { refuseAbsent } from '../refuse-absent.js';
import type { SmallNumber } from '../small-numbers.js';
import { wholeLayer } from '../whole-layer.js';
import { undefinedAddress } from './cursor.js';
import type { DatasetElements, DatasetFacts, Nesting } from './dataset-elements.js';
import { elementShape, elementType, referenceNames, referencesOf } from './element-type.js';
import type { Hdf5File } from './file.js';
import { datasetFill } from './fill-value.js';
import { shiftMasks } from './indexes/converted.js';
import { type Dataspace, parseDataspace } from './messages/dataspace.js';
import { parseDatatype } from './messages/datatype.js';
import { type FillMessage, parseFill, parseOldFill } from './messages/fill.js';
import { messageBody } from './messages/shared.js';
import { findMessage, messageTypes, type ObjectHeader } from './object-header.js';
import { sizeOfElement } from './references-of-elements.js';
import { datasetLayout, datasetStorage, type StoredLayout } from './storage.js';
import { openVirtual } from './virtual/open.js';

/** Reads the dataspace of a dataset. */
export function* datasetSpace(file: Hdf5File, header: ObjectHeader): Io<Dataspace> {
  const message = findMessage(header, messageTypes.dataspace);
  if (message === undefined) throw file.error('dataset: expected a dataspace message', header.address);
  return parseDataspace(yield* messageBody(file, message, 'dataspace message'));
}

/**
 * Describes the elements of a dataset. Reads metadata only. An empty ("null") dataspace becomes an array of shape [0].
 * @param nesting virtual datasets through which this dataset is read; absent if it is not read as a source.
 * @throws {FormatError} if the dataset is damaged. @throws {UnsupportedError} if it needs a feature that is not
 * supported.
 */
export function* readElements(file: Hdf5File, header: ObjectHeader, nesting?: Nesting): Io<DatasetElements> {
  const { path } = file;
  const space = yield* datasetSpace(file, header);
  const typeMessage = findMessage(header, messageTypes.datatype);
  if (typeMessage === undefined) throw file.error('dataset: expected a datatype message', header.address);
  const datatype = parseDatatype(yield* messageBody(file, typeMessage, 'datatype message'));
  const type = elementType(datatype, path, file.others.numbers);
  for (const { target, size } of referencesOf(type)) {
    const expected = sizeOfElement(file, target);
    if (size === expected) continue;
    const what = `${referenceNames[target]} of ${expected} bytes, found ${size}`;
    throw file.error(`dataset: expected ${what}`, header.address);
  }
  const fillMessage = yield* readFillMessage(file, header);
  const facts = { space, datatype, type, fillMessage };
  const layout = datasetLayout(file, header);
  if (layout.kind === 'virtual' && space.kind !== 'null') {
    return yield* openVirtual(file, header, facts, layout.mappings, nesting, readElements);
  }
  const stored: StoredLayout = layout.kind === 'virtual' ? { kind: 'contiguous', address: undefinedAddress } : layout;
  return yield* storedElements(file, header, facts, stored);
}

function* storedElements(
  file: Hdf5File,
  header: ObjectHeader,
  facts: DatasetFacts,
  stored: StoredLayout,
): Io<DatasetElements> {
  const { path } = file;
  const { space, type, datatype } = facts;
  const shape = elementShape(space.kind === 'null' ? [0] : space.shape, type, path);
  const { dtype, byteOrder } = type;
  const { small } = type;
  const elementBytes = small?.storedBytes ?? dtypeInfo(dtype).size;
  const bytes = shape.includes(0) ? 0 : product(shape, elementBytes);
  const dataset = { space, elementSize: datatype.size, type, shape, bytes };
  const storage = yield* datasetStorage(file, header, dataset, stored);
  const { chunkShape, edge = 'full' } = storage;
  const axisOrder = rowMajor(shape.length);
  const layout: ChunkLayout =
    small === undefined
      ? { dtype, byteOrder, axisOrder, edge, codecs: storage.codecs }
      : convertedLayout(small, storage.codecs, byteOrder, axisOrder, edge);
  if (small !== undefined) checkChunkBytes(bytesOfChunk(layout, chunkShape), 'encoded', 'HDF5 chunks', path);
  const fill = datasetFill(facts.fillMessage, type);
  const isRefused = fill === 'mixed' && type.record === undefined;
  const located = small === undefined ? storage.index : shiftMasks(storage.index);
  const index = isRefused ? refuseAbsent(located, 'HDF5 chunks', path) : located;
  return {
    ...facts,
    isVirtual: false,
    shape,
    chunkShape,
    fillValue: fill === 'mixed' ? null : fill,
    guardedFiles: [path, ...storage.externalFiles],
    layers: () => ready(() => (bytes === 0 ? [] : [wholeLayer(shape, chunkShape, layout, index)])),
  };
}

/** Returns the layout of chunks whose stored numbers are converted. The conversion is the first codec of the chain. */
function convertedLayout(
  small: SmallNumber,
  codecs: CodecChain,
  byteOrder: ByteOrder,
  axisOrder: readonly number[],
  edge: ChunkLayout['edge'],
): ChunkLayout {
  const { dtype } = small;
  return { dtype, byteOrder: machineByteOrder, axisOrder, edge, codecs: [small.spec(byteOrder), ...codecs] };
}

/** Returns the newer fill value message if there is one, else the older one. The HDF5 library writes both. */
function* readFillMessage(file: Hdf5File, header: ObjectHeader): Io<FillMessage | null> {
  const message = findMessage(header, messageTypes.fill);
  if (message !== undefined) return parseFill(yield* messageBody(file, message, 'fill value message'));
  const old = findMessage(header, messageTypes.oldFill);
  return old === undefined ? null : parseOldFill(yield* messageBody(file, old, 'fill value message'));
}
