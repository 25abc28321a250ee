/**
 * Reads object headers, versions 1 and 2. An object header is a list of messages that describe a group, a dataset or a
 * committed datatype.
 * Source: HDF5 File Format Specification 3.0, section IV.A.
 * @module
 */
import { isError } from '../../core/brands.js';
import { UnsupportedError } from '../../core/errors.js';
import { type Io, Pace, ready } from '../../io/io.js';
import type { Hdf5Cursor } from './cursor.js';
import type { BlockAddress, Hdf5File } from './file.js';

/** Message types that this parser uses. */
export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFill: 0x04,
  fill: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  groupInfo: 0x0a,
  pipeline: 0x0b,
  attribute: 0x0c,
  sharedTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  treeK: 0x13,
  driverInfo: 0x14,
  attributeInfo: 0x15,
  cacheImage: 0x18,
} as const;

/** One message of an object header. */
export interface Message {
  readonly type: number;
  /** If bit 1 is set, the message is shared: `body` is a pointer to its real body. */
  readonly flags: number;
  readonly body: Uint8Array;
  /** File offset of the body. */
  readonly offset: number;
}

/** An object header with the messages of all its blocks. */
export interface ObjectHeader {
  readonly address: number;
  readonly messages: readonly Message[];
  /** First message of each type. Avoids a search through headers with very many messages. */
  readonly firstByType: ReadonlyMap<number, Message>;
}

const prefixBytes = 16;
const headerWindow = 4096;
const listingWindow = 512;
const lastKnownType = 0x18;
/** Unassigned message type below {@link lastKnownType}. */
const unusedType = 0x09;
/**
 * Message flag: programs that do not know the message type must not use the object, even for reading. (Flag 0x08 is for
 * writers only.)
 */
const failIfUnknown = 0x80;

/** Returns the first message of a type. */
export function findMessage(header: ObjectHeader, type: number): Message | undefined {
  return header.firstByType.get(type);
}

/** True if an object header describes a dataset. */
export function isDataset(header: ObjectHeader): boolean {
  return findMessage(header, messageTypes.layout) !== undefined;
}

/**
 * Reads the object header at `address`.
 * @throws {FormatError} if the header is damaged.
 */
export function* readObjectHeader(file: Hdf5File, address: number): Io<ObjectHeader> {
  const [result] = yield* readHeaders(file, [address], headerWindow, newBudget(file));
  if (result === undefined) throw file.error('object header: no answer to a read', address);
  if (isError(result)) throw result;
  return result;
}

/**
 * Number of bytes that may still be read in continuation blocks and long first blocks. Without a limit, headers that
 * share blocks could cost unbounded time.
 */
interface BlockBudget {
  left: number;
}

function newBudget(file: Hdf5File): BlockBudget {
  return { left: 16 * file.size + 2 ** 20 };
}

/**
 * Reads many object headers in few requests, and a header only once if `addresses` repeats its address. Returns an
 * error in place of a damaged header.
 */
export function* readObjectHeaders(
  file: Hdf5File,
  addresses: readonly number[],
): Io<readonly (ObjectHeader | Error)[]> {
  const byAddress = new Map<number, ObjectHeader | Error>();
  const pace = new Pace(file.path);
  const budget = newBudget(file);
  const batch = 1024;
  let distinct = new Set<number>();
  const read = function* (): Io<void> {
    const part = [...distinct];
    distinct = new Set();
    const found = yield* readHeaders(file, part, listingWindow, budget);
    for (const [i, header] of found.entries()) byAddress.set(part[i] ?? -1, header);
  };
  for (const address of addresses) {
    if (pace.isDue()) yield* pace.pause();
    if (!byAddress.has(address)) distinct.add(address);
    if (distinct.size === batch) yield* read();
  }
  yield* read();
  const headers: (ObjectHeader | Error)[] = [];
  for (const address of addresses) {
    if (pace.isDue()) yield* pace.pause();
    headers.push(byAddress.get(address) ?? file.error('object header: no answer to a read', address));
  }
  return headers;
}

/** An object header whose blocks are being read. */
class HeaderInProgress {
  readonly address: number;
  readonly messages: Message[] = [];
  readonly firstByType = new Map<number, Message>();
  /** Blocks to read next. */
  pending: BlockAddress[] = [];
  error: Error | null = null;
  readonly #file: Hdf5File;
  readonly #seen = new Set<number>();
  #version = 1;
  #messageHead = 8;
  /** Maximum number of bytes in further continuation blocks. */
  #budget: number;

  constructor(file: Hdf5File, address: number) {
    this.#file = file;
    this.address = address;
    this.#budget = file.size;
  }

  /** Parses the prefix. Parses the first block too if `cursor` contains all of it, else adds it to `pending`. */
  *prefix(cursor: Hdf5Cursor, pace: Pace): Io<void> {
    const first = cursor.bytes[0] === 0x4f ? this.#newPrefix(cursor) : this.#oldPrefix(cursor);
    if (first <= cursor.bytes.length) {
      const whole = this.#file.cursor(cursor.bytes.subarray(0, first), cursor.base, cursor.what);
      whole.position = cursor.position;
      yield* this.#messages(whole, true, pace);
    } else {
      this.#file.place(this.address, first, cursor.what);
      this.pending = [{ address: this.address, length: first }];
    }
  }

  /** Parses a block that was in `pending`. */
  *block(cursor: Hdf5Cursor, address: number, pace: Pace): Io<void> {
    if (address === this.address && this.#seen.size === 0) {
      yield* this.prefix(cursor, pace);
      return;
    }
    if (this.#version === 2) cursor.signature('OCHK');
    yield* this.#messages(cursor, false, pace);
  }

  #oldPrefix(cursor: Hdf5Cursor): number {
    cursor.version(1);
    cursor.skip(7); // Reserved, number of messages, reference count.
    const size = cursor.u32();
    cursor.skip(4);
    return prefixBytes + size;
  }

  #newPrefix(cursor: Hdf5Cursor): number {
    cursor.signature('OHDR');
    cursor.version(2);
    this.#version = 2;
    const flags = cursor.u8();
    this.#messageHead = (flags & 4) === 0 ? 4 : 6;
    cursor.skip(((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4));
    const size = cursor.uint(1 << (flags & 3));
    return cursor.position + size + 4;
  }

  *#messages(cursor: Hdf5Cursor, first: boolean, pace: Pace): Io<void> {
    const address = first ? this.address : cursor.base - this.#file.superblock.base;
    if (this.#seen.has(address)) throw cursor.error('expected a block that was not read yet, found a cycle', 0);
    this.#seen.add(address);
    const end = cursor.bytes.length - (this.#version === 2 ? 4 : 0);
    if (this.#version === 2) {
      const start = cursor.position;
      if (end < start) throw cursor.error('expected messages and a checksum');
      cursor.position = end;
      cursor.checksum();
      cursor.position = start;
    }
    while (end - cursor.position >= this.#messageHead) {
      if (pace.isDue()) yield* pace.pause();
      const type = this.#version === 2 ? cursor.u8() : cursor.u16();
      const size = cursor.u16();
      const flags = cursor.u8();
      cursor.skip(this.#version === 2 ? this.#messageHead - 4 : 3);
      if (cursor.position + size > end) throw cursor.error(`expected a message of ${size} bytes inside its block`);
      const message = { type, flags, offset: cursor.offset, body: cursor.take(size) };
      if (type === messageTypes.continuation) this.#continue(message);
      else if (type !== 0) {
        this.messages.push(message);
        if (!this.firstByType.has(type)) this.firstByType.set(type, message);
      }
      if ((flags & failIfUnknown) !== 0 && (type > lastKnownType || type === unusedType)) {
        const hint = 'The file says that programs which do not know it must not use the object';
        throw new UnsupportedError(`an HDF5 object header message of type ${type}`, this.#file.path, hint);
      }
    }
  }

  /** Returns the header. Call this after all pending blocks are parsed. */
  done(): ObjectHeader {
    return { address: this.address, messages: this.messages, firstByType: this.firstByType };
  }

  #continue(message: Message): void {
    const cursor = this.#file.cursor(message.body, message.offset, 'continuation message');
    const address = cursor.address();
    const length = cursor.length();
    this.#file.place(address, length, 'object header continuation');
    this.#budget -= length;
    if (this.#budget < 0) throw cursor.error('expected blocks that fit the file together', 0);
    this.pending.push({ address, length });
  }
}

function* readHeaders(
  file: Hdf5File,
  addresses: readonly number[],
  window: number,
  budget: BlockBudget,
): Io<(ObjectHeader | Error)[]> {
  const headers = addresses.map((address) => new HeaderInProgress(file, address));
  const pace = new Pace(file.path);
  const attempt = function* (header: HeaderInProgress, step: () => Io<void>): Io<void> {
    try {
      yield* step();
    } catch (error) {
      header.pending = [];
      header.error = isError(error) ? error : new Error(String(error));
    }
  };
  for (const header of headers) {
    yield* attempt(header, () => ready(() => void file.place(header.address, prefixBytes, 'object header')));
  }
  const sound = headers.filter((header) => header.error === null);
  const starts = yield* file.readAhead(
    sound.map((header) => header.address),
    prefixBytes,
    window,
    'object header',
  );
  for (const [i, header] of sound.entries()) {
    const start = starts[i];
    if (start !== undefined) yield* attempt(header, () => header.prefix(start, pace));
  }
  for (;;) {
    const wanted = sound.flatMap((header) => header.pending.map((block) => ({ header, ...block })));
    if (wanted.length === 0) break;
    for (const header of sound) header.pending = [];
    for (const { length, address } of wanted) {
      budget.left -= length;
      if (budget.left < 0) throw file.error('object header: expected blocks that objects do not share', address);
    }
    for (const batch of file.batches(wanted)) {
      const blocks = yield* file.readBlocks(batch, 'object header block');
      for (const [i, { header, address }] of batch.entries()) {
        const block = blocks[i];
        if (block !== undefined && header.error === null)
          yield* attempt(header, () => header.block(block, address, pace));
      }
    }
  }
  return headers.map((header) => header.error ?? header.done());
}
