/**
 * Reads messages that are stored outside the object header: in a committed datatype, or in the file's table of shared
 * messages.
 * Source: HDF5 File Format Specification 3.0, sections III.I and IV.A.2 ("shared message").
 * @module
 */
import { isError } from '../../../core/brands.js';
import { FormatError } from '../../../core/errors.js';
import type { Io } from '../../../io/io.js';
import type { Hdf5Cursor } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { FractalHeap } from '../heaps/fractal-heap.js';
import { findMessage, type Message, messageTypes, readObjectHeader } from '../object-header.js';

const inSharedHeap = 1;
const heapIdBytes = 8;

/**
 * Returns a cursor over the body of a message. Follows the pointer if the message is shared.
 * @param what name of the message in errors.
 */
export function* messageBody(file: Hdf5File, message: Message, what: string): Io<Hdf5Cursor> {
  const cursor = file.cursor(message.body, message.offset, what);
  return (message.flags & 2) === 0 ? cursor : yield* sharedBody(file, cursor, message.type);
}

/** Reads the body of a shared message of type `type`. `cursor` is at the pointer to it. */
export function* sharedBody(file: Hdf5File, cursor: Hdf5Cursor, type: number): Io<Hdf5Cursor> {
  const version = cursor.version(1, 3);
  const kind = cursor.u8();
  if (version === 3 && kind === inSharedHeap) {
    return yield* fromSharedHeap(file, cursor.take(heapIdBytes), type, cursor.what);
  }
  if (version === 1) cursor.skip(6 + file.superblock.lengthSize);
  const header = yield* readObjectHeader(file, cursor.address());
  const message = findMessage(header, type);
  if (message === undefined)
    throw file.error(`${cursor.what}: expected a shared message of type ${type}`, header.address);
  if ((message.flags & 2) !== 0) {
    // A shared message that points to another shared message could form a cycle.
    throw file.error(`${cursor.what}: expected the message itself, found another pointer`, header.address);
  }
  return file.cursor(message.body, message.offset, cursor.what);
}

function* fromSharedHeap(file: Hdf5File, id: Uint8Array, type: number, what: string): Io<Hdf5Cursor> {
  const heap = yield* sharedHeap(file, type);
  const [object] = yield* heap.objects([id], what);
  if (object === undefined) throw new FormatError(`HDF5 ${what}: no shared message`, { path: file.path });
  if (isError(object)) throw object;
  return object;
}

/** Opens the fractal heap that contains the shared messages of type `type`. */
export function* sharedHeap(file: Hdf5File, type: number): Io<FractalHeap> {
  const table = file.sharedMessages;
  if (table === null) {
    throw new FormatError(`HDF5: expected a table of shared messages for type ${type}`, { path: file.path });
  }
  const { offsetSize } = file.superblock;
  const entry = 1 + 1 + 2 + 4 + 2 + 2 + 2 + 2 * offsetSize;
  const cursor = yield* file.read(table.address, 4 + table.indexes * entry + 4, 'shared message table');
  cursor.signature('SMTB');
  cursor.position = 4 + table.indexes * entry;
  cursor.checksum();
  cursor.position = 4;
  for (let i = 0; i < table.indexes; i++) {
    cursor.skip(2);
    const types = cursor.u16();
    cursor.skip(10);
    cursor.address();
    const heap = cursor.address();
    if ((types & typeFlag(type)) !== 0) return yield* FractalHeap.open(file, heap);
  }
  throw cursor.error(`expected an index for messages of type ${type}`);
}

function typeFlag(type: number): number {
  return type === messageTypes.oldFill || type === messageTypes.fill ? 1 << messageTypes.fill : 1 << type;
}
