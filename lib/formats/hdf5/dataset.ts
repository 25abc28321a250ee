/**
 * Creates the array descriptors of datasets.
 * @module
 */
import { type RecordType, recordIn, type SequenceType } from '../../core/stored-type.js';
import type { Io } from '../../io/io.js';
import type { RecordElements } from '../descriptor.js';
import type { ArrayDescriptor } from '../format.js';
import type { Datatype } from '../hdf5-facts.js';
import { type Attributes, readTypedAttributes } from './attributes.js';
import type { DatasetElements } from './dataset-elements.js';
import { dimensionNames } from './dimension-names.js';
import { readElements } from './elements.js';
import { storageFacts } from './facts.js';
import type { Hdf5File } from './file.js';
import { type DatasetFill, definedFill } from './fill-value.js';
import type { FillMessage } from './messages/fill.js';
import type { ObjectHeader } from './object-header.js';
import { heapTextOf, sequencesOf } from './references-of-elements.js';

/** Array descriptor with additional HDF5 fields. */
export interface Hdf5ArrayDescriptor extends ArrayDescriptor {
  /** Maximum shape of the dataset without the dimensions inside an element; null for unlimited dimensions. */
  readonly maxShape: readonly (number | null)[];
  /** Attributes that the file contains, without the datatype details that `attributes` adds. */
  readonly fileAttributes: Attributes;
  /**
   * Fill value in the file; null if there is none, `mixed` if the parts of an element have different values. Differs
   * from `fillValue`, which is null for `mixed`, and also if the fill time is 'never': the HDF5 library then does not
   * write the value into new storage.
   */
  readonly definedFill: DatasetFill;
  /** Datatype in the file. */
  readonly datatype: Datatype;
}

/**
 * Returns the array descriptor of the dataset with the object header `header`. An empty ("null") dataspace becomes an
 * array of shape [0].
 * @throws {FormatError} if the dataset is damaged. @throws {UnsupportedError} if it needs a feature that is not
 * supported.
 */
export function* describeDataset(file: Hdf5File, header: ObjectHeader, name: string): Io<Hdf5ArrayDescriptor> {
  const elements = yield* readElements(file, header);
  const { space, datatype, type, shape, fillMessage } = elements;
  const { values: fileAttributes, types: attributeTypes, facts } = yield* readTypedAttributes(file, header);
  const storage = yield* storageFacts(file, header);
  return {
    format: 'hdf5',
    path: file.others.path,
    name,
    shape,
    dtype: type.dtype,
    chunkShape: elements.chunkShape,
    fillValue: elements.fillValue,
    dimensionNames: yield* dimensionNames(file, fileAttributes, shape.length),
    attributes: { ...type.notes, ...fileAttributes },
    fileAttributes,
    definedFill: definedFill(fillMessage, type),
    datatype,
    attributeTypes,
    hdf5: { datatype, isNull: space.kind === 'null', ...storage, attributes: facts },
    scaling: null,
    ...(type.storedAs === undefined ? {} : { storedAs: type.storedAs }),
    ...(elements.isVirtual ? { codecs: [] } : {}),
    ...(elements.virtualSources === undefined ? {} : { virtualSources: elements.virtualSources }),
    ...(type.bitsOf === undefined ? {} : { bitsOf: type.bitsOf }),
    ...(type.record === undefined ? {} : { records: recordElements(file, elements, type.record) }),
    ...(type.text === undefined ? {} : { text: type.text }),
    ...(type.heapText === undefined ? {} : { heapText: heapTextOf(file, type.heapText) }),
    ...(type.sequence === undefined ? {} : describeSequences(file, type.sequence)),
    maxShape: space.kind === 'null' ? [0] : space.maxShape.map((extent) => (Number.isFinite(extent) ? extent : null)),
    guardedFiles: elements.guardedFiles,
    layers: elements.layers,
    ...(elements.forget === undefined ? {} : { forget: elements.forget }),
  };
}

function recordElements(file: Hdf5File, elements: DatasetElements, type: RecordType): RecordElements {
  const fill = recordFill(elements.fillMessage, type);
  if (elements.isVirtual) return { type, fill };
  return {
    type,
    fill,
    heapText: (target) => heapTextOf(file, target),
    sequences: (sequence, item) => sequencesOf(file, sequence, item),
  };
}

function describeSequences(
  file: Hdf5File,
  type: SequenceType,
): Pick<Hdf5ArrayDescriptor, 'sequences' | 'recordSequences'> {
  const record = recordIn(type);
  if (record === null) return { sequences: sequencesOf(file, type) };
  return { recordSequences: { type: record, choose: (item) => sequencesOf(file, type, item) } };
}

/** Returns the fill value of a record as stored; null if there is none or its size is wrong. */
function recordFill(message: FillMessage | null, { size }: RecordType): Uint8Array | null {
  const value = message === null || message.time === 'never' ? null : message.value;
  return value?.length === size ? value : null;
}
