/**
 * Reads facts about datasets and committed datatypes that the types of this library do not express.
 * @module
 */
import type { Io } from '../../io/io.js';
import type { DatasetFacts, Datatype } from '../hdf5-facts.js';
import type { Hdf5File } from './file.js';
import { parseDatatype } from './messages/datatype.js';
import { messageBody } from './messages/shared.js';
import { findMessage, messageTypes, type ObjectHeader } from './object-header.js';
import { datasetLayout, filterPipeline } from './storage.js';

/** Reads facts about the storage of a dataset. */
export function* storageFacts(file: Hdf5File, header: ObjectHeader): Io<Pick<DatasetFacts, 'isChunked' | 'filters'>> {
  const isChunked = datasetLayout(file, header).kind === 'chunked';
  return { isChunked, filters: isChunked ? yield* filterPipeline(file, header) : [] };
}

/** Returns the committed datatype in an object header; null if the object is something else. */
export function* committedDatatype(file: Hdf5File, header: ObjectHeader): Io<Datatype | null> {
  const message = findMessage(header, messageTypes.datatype);
  return message === undefined ? null : parseDatatype(yield* messageBody(file, message, 'datatype message'));
}
