/**
 * Opens an HDF5 file: reads its superblock and superblock extension.
 * @module
 */
import { FormatError, isPosixParError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import type { FileStamp } from '../../plan/locations.js';
import type { OpenRequest, Probe } from '../format.js';
import { numberForms } from '../small-numbers.js';
import { undefinedAddress } from './cursor.js';
import { Hdf5File, type SharedMessageTable, type Superblock } from './file.js';
import { findMessage, messageTypes, type ObjectHeader, readObjectHeader } from './object-header.js';
import { OtherFiles } from './other-files.js';
import { checkEnd, findSuperblock, ofSeveralFiles, readSuperblock } from './superblock.js';

/**
 * Opens the HDF5 file of `probe`.
 * @param others opens the files that the file at the opened path names, directly or through other files.
 * @param stamp state of the file; null if the caller opened its path.
 * @throws {FormatError} if the file is not HDF5, damaged or truncated.
 * @throws {UnsupportedError} if the file is open for writing, is part of a family of files, or contains a metadata
 * cache image.
 */
export function* openFile(
  probe: Probe,
  others: OtherFiles<Hdf5File> = new OtherFiles(probe.path, probe.policy, openFile),
  stamp: FileStamp | null = null,
): Io<Hdf5File> {
  const { path } = probe;
  const base = yield* findSuperblock(probe);
  if (base === null) throw new FormatError('Expected an HDF5 signature, found none', { path, offset: 0 });
  const superblock = yield* readSuperblock(probe, base);
  if (superblock.extension === undefinedAddress) return new Hdf5File(probe, superblock, others, stamp);
  const bare = new Hdf5File(probe, superblock, others, stamp);
  const header = yield* extensionHeader(probe, base, bare);
  refuse(header, messageTypes.driverInfo, ofSeveralFiles, path);
  checkEnd(superblock.end, base, probe);
  refuse(
    header,
    messageTypes.cacheImage,
    'an HDF5 file with a metadata cache image',
    path,
    'h5clear --image removes it',
  );
  const file = new Hdf5File(probe, { ...superblock, ...treeSizes(bare, header) }, others, stamp);
  file.sharedMessages = sharedMessageTable(file, header);
  return file;
}

/**
 * Reads the object header of the superblock extension. If it is unreadable because the file is truncated, the error
 * says that the file is truncated.
 */
function* extensionHeader(probe: Probe, base: number, file: Hdf5File): Io<ObjectHeader> {
  try {
    return yield* readObjectHeader(file, file.superblock.extension);
  } catch (error) {
    if (isPosixParError(error, 'FormatError')) checkEnd(file.superblock.end, base, probe);
    throw error;
  }
}

/**
 * Opens a file with the options of the format. `savedIndex` is `auto` (the index next to the file, if it exists),
 * `none`, or the path of an index. `numbers` is `values` (default) or `bits`.
 * @throws the errors of {@link openFile}, and {TypeError} for invalid options.
 */
export function* openFileAs(probe: Probe, request: OpenRequest, format: string): Io<Hdf5File> {
  const options = Fields.ofOptions(request.options);
  options.onlyKnown(['savedIndex', 'numbers'], `the format ${format}`);
  const saved = options.has('savedIndex') ? options.string('savedIndex') : 'auto';
  const file = yield* openFile(probe);
  file.others.numbers = options.oneOf('numbers', numberForms, 'values');
  if (saved !== 'auto') file.savedIndexPath = saved === 'none' ? null : saved;
  return file;
}

function refuse(header: ObjectHeader, type: number, what: string, path: string, hint?: string): void {
  if (findMessage(header, type) !== undefined) throw new UnsupportedError(what, path, hint);
}

/**
 * Returns the B-tree node sizes from the superblock extension; an empty object if the extension has none. Source: HDF5
 * File Format Specification 3.0, section IV.A.2.t.
 */
function treeSizes(file: Hdf5File, header: ObjectHeader): Partial<Superblock> {
  const message = findMessage(header, messageTypes.treeK);
  if (message === undefined) return {};
  const cursor = file.cursor(message.body, message.offset, 'B-tree sizes message');
  cursor.version(0);
  const chunkK = cursor.u16();
  const groupInternalK = cursor.u16();
  const groupLeafK = cursor.u16();
  if (chunkK === 0 || groupInternalK === 0 || groupLeafK === 0) throw cursor.error('expected sizes above 0', 1);
  return { chunkK, groupInternalK, groupLeafK };
}

/** Returns the location of the table of shared messages, or null if the file has none. */
function sharedMessageTable(file: Hdf5File, header: ObjectHeader): SharedMessageTable | null {
  const message = findMessage(header, messageTypes.sharedTable);
  if (message === undefined) return null;
  const cursor = file.cursor(message.body, message.offset, 'shared message table message');
  cursor.version(0);
  return { address: cursor.address(), indexes: cursor.u8() };
}
