/**
 * Describes datasets as arrays.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { maxRank } from '../../core/limits.js';
import type { Io } from '../../io/io.js';
import { rowMajor } from '../../plan/layout.js';
import type { ArrayDescriptor, ChunkLayout, Layer } from '../format.js';
import { refuseAbsent } from '../refuse-absent.js';
import { type Attributes, readTypedAttributes } from './attributes.js';
import { dimensionNames } from './dimension-names.js';
import { elementType } from './element-type.js';
import type { Hdf5File } from './file.js';
import { type DatasetFill, datasetFill, definedFill } from './fill-value.js';
import { type Dataspace, parseDataspace } from './messages/dataspace.js';
import { type Datatype, parseDatatype } from './messages/datatype.js';
import { type FillMessage, parseFill, parseOldFill } from './messages/fill.js';
import { messageBody } from './messages/shared.js';
import { findMessage, messageTypes, type ObjectHeader } from './object-header.js';
import { datasetStorage } from './storage.js';

/** Array descriptor with additional HDF5 fields. */
export interface Hdf5ArrayDescriptor extends ArrayDescriptor {
  /** Maximum shape of the dataset; null for unlimited dimensions. */
  readonly maxShape: readonly (number | null)[];
  /** Attributes that the file contains, without the datatype details that `attributes` adds. */
  readonly fileAttributes: Attributes;
  /**
   * Fill value that the file defines, even if its fill time is 'never'. The HDF5 library then does not write it into
   * new storage, and `fillValue` is null. Null if the file defines none.
   */
  readonly definedFill: DatasetFill;
  /** Datatype in the file. */
  readonly datatype: Datatype;
}

/** True if an object header describes a dataset. */
export function isDataset(header: ObjectHeader): boolean {
  return findMessage(header, messageTypes.layout) !== undefined;
}

/** Reads the dataspace of a dataset. */
export function* datasetSpace(file: Hdf5File, header: ObjectHeader): Io<Dataspace> {
  const message = findMessage(header, messageTypes.dataspace);
  if (message === undefined) throw file.error('dataset: expected a dataspace message', header.address);
  return parseDataspace(yield* messageBody(file, message, 'dataspace message'));
}

/**
 * Describes the dataset with the object header `header` as an array. An empty ("null") dataspace becomes an array of
 * shape [0].
 * @throws {FormatError} if the dataset is damaged. @throws {UnsupportedError} if it needs a feature that is not
 * supported.
 */
export function* describeDataset(file: Hdf5File, header: ObjectHeader, name: string): Io<Hdf5ArrayDescriptor> {
  const { path } = file;
  const space = yield* datasetSpace(file, header);
  const typeMessage = findMessage(header, messageTypes.datatype);
  if (typeMessage === undefined) throw file.error('dataset: expected a datatype message', header.address);
  const datatype = parseDatatype(yield* messageBody(file, typeMessage, 'datatype message'));
  const type = elementType(datatype, path);
  const outer = space.kind === 'null' ? [0] : space.shape;
  const shape = [...outer, ...type.innerShape];
  if (shape.length > maxRank) throw new UnsupportedError(`an HDF5 dataset of ${shape.length} dimensions`, path);
  const { size } = dtypeInfo(type.dtype);
  const bytes = shape.includes(0) ? 0 : shape.reduce((product, extent) => product * extent, size);
  const message = yield* fillMessage(file, header);
  const fill = datasetFill(message, type);
  const dataset = { space, elementSize: datatype.size, type, shape, bytes };
  const storage = yield* datasetStorage(file, header, dataset);
  const { values: fileAttributes, types: attributeTypes } = yield* readTypedAttributes(file, header);
  const { dtype, byteOrder } = type;
  const layout: ChunkLayout = {
    dtype,
    byteOrder,
    axisOrder: rowMajor(shape.length),
    edge: 'full',
    codecs: storage.codecs,
  };
  const { chunkShape } = storage;
  const index = fill === 'mixed' ? refuseAbsent(storage.index, 'HDF5 chunks', path) : storage.index;
  return {
    format: 'hdf5',
    path,
    name,
    shape,
    dtype,
    chunkShape,
    fillValue: fill === 'mixed' ? null : fill,
    dimensionNames: yield* dimensionNames(file, fileAttributes, shape.length),
    attributes: { ...type.notes, ...fileAttributes },
    fileAttributes,
    definedFill: definedFill(message, type),
    datatype,
    attributeTypes,
    scaling: null,
    maxShape: space.kind === 'null' ? [0] : space.maxShape.map((extent) => (Number.isFinite(extent) ? extent : null)),
    guardedFiles: [path, ...storage.externalFiles],
    *layers(): Io<readonly Layer[]> {
      if (bytes === 0) return [];
      const origin = shape.map(() => 0);
      return [{ start: origin, stop: shape, origin, chunkShape, gridShape: shape, layout, index }];
    },
  };
}

/** Returns the newer fill value message if there is one, else the older one. The HDF5 library writes both. */
function* fillMessage(file: Hdf5File, header: ObjectHeader): Io<FillMessage | null> {
  const message = findMessage(header, messageTypes.fill);
  if (message !== undefined) return parseFill(yield* messageBody(file, message, 'fill value message'));
  const old = findMessage(header, messageTypes.oldFill);
  return old === undefined ? null : parseOldFill(yield* messageBody(file, old, 'fill value message'));
}
