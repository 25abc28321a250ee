/**
 * Reads the key-value metadata that users attach to arrays and groups (format_spec/metadata.md).
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { type Io, Pace, statPath } from '../../io/io.js';
import { TileDBCursor } from './cursor.js';
import { type Datatype, datatypeOf, readValue } from './datatypes.js';
import { readGenericTile } from './generic-tile.js';
import { missingFile } from './tile-table.js';

/** Number of values decoded between two possible pauses. */
const valuesPerPause = 4096;
const maxFileBytes = 64 * 1024 * 1024;
/**
 * Maximum total size of the decoded files in bytes. As JavaScript values, they take up to sixteen times as much memory.
 */
const maxDecodedBytes = 32 * 1024 * 1024;

/**
 * Returns the metadata of an array or group. Texts become strings and blobs become bytes. One number becomes a number,
 * several become a list; 64-bit integers become bigints.
 * @param paths paths of the files, oldest first. Later files replace or delete keys of earlier ones.
 * @throws {FormatError} if a file is damaged. @throws {ReadError} ENOENT if a file does not exist.
 */
export function* readUserMetadata(paths: readonly string[]): Io<Record<string, unknown>> {
  const values = new Map<string, unknown>();
  let decodedBytes = 0;
  for (const path of paths) {
    const info = yield* statPath(path);
    if (info === null) throw missingFile(path);
    if (info.size > maxFileBytes) {
      throw new FormatError(`Expected at most ${maxFileBytes} bytes of metadata, found ${info.size}`, { path });
    }
    const what = 'the metadata';
    const cursor = new TileDBCursor(yield* readGenericTile(path, 0, info.size, what), path, what);
    decodedBytes += cursor.remaining;
    if (decodedBytes > maxDecodedBytes) {
      throw new FormatError(`Expected at most ${maxDecodedBytes} bytes of decoded metadata, found more`, { path });
    }
    const pace = new Pace(path);
    while (cursor.remaining > 0) {
      const before = cursor.position;
      yield* readEntry(cursor, values, pace);
      if (pace.isDue(1 + Math.ceil((cursor.position - before) / 64))) yield* pace.pause();
    }
  }
  return Object.fromEntries(values);
}

function* readEntry(cursor: TileDBCursor, values: Map<string, unknown>, pace: Pace): Io<void> {
  const key = cursor.string32('a key');
  values.delete(key);
  if (cursor.u8('whether the key is deleted') !== 0) return;
  const code = cursor.u8('datatype of a value');
  const type = datatypeOf(code);
  if (type === undefined) throw cursor.error('a datatype', code, cursor.position - 1);
  const count = cursor.u32('number of values');
  values.set(key, yield* decodeValue(type, cursor.take(count * type.size, `the value of '${key}'`), count, pace));
}

function* decodeValue(type: Datatype, bytes: Uint8Array, count: number, pace: Pace): Io<unknown> {
  switch (type.name) {
    case 'CHAR':
    case 'STRING_ASCII':
    case 'STRING_UTF8':
      return new TextDecoder().decode(bytes);
    case 'STRING_UTF16':
    case 'STRING_UCS2':
      return new TextDecoder('utf-16le').decode(bytes);
    case 'BLOB':
    case 'ANY':
      return bytes.slice();
    default: {
      if (count === 1) return readValue(type, bytes, 0);
      const list: unknown[] = [];
      for (let i = 0; i < count; i++) {
        if (i % valuesPerPause === valuesPerPause - 1 && pace.isDue(valuesPerPause / 4)) yield* pace.pause();
        list.push(readValue(type, bytes, i * type.size));
      }
      return list;
    }
  }
}
