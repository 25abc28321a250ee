/**
 * Reads tables of tile offsets, which locate the tiles of one attribute in a fragment's data file.
 * @module
 */
import { FormatError, ReadError } from '../../core/errors.js';
import { type Io, Pace, statPath } from '../../io/io.js';
import { TileDBCursor } from './cursor.js';
import type { TableReference } from './footer.js';
import { readGenericTile } from './generic-tile.js';

/** Offsets of the tiles in tile order, followed by the end of the last tile. */
export type TileTable = Float64Array;

/** Location of a tile table, and the values that it must match. */
export interface TableSource {
  /** Path and size in bytes of the fragment's metadata file. */
  readonly metadataPath: string;
  readonly metadataBytes: number;
  /** Format version of the fragment. */
  readonly version: number;
  readonly reference: TableReference;
  /** Number of tiles in the fragment. */
  readonly tiles: number;
  /** Path of the data file. */
  readonly dataPath: string;
}

/** Location of a table of the decoded sizes of tiles. */
export interface SizesSource extends Omit<TableSource, 'reference'> {
  /** Like {@link TableReference.offset}. */
  readonly offset: number;
}

/** Caches the most recently used tables. */
export class TableCache {
  readonly #tables = new Map<string, TileTable>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes maximum total size of the tables. The default of 256 MiB suffices for 33 million tiles. */
  constructor(maxBytes = 256 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** Returns the table of `source`. Reads it if it is not cached. */
  *get(source: TableSource): Io<TileTable> {
    return yield* this.#cached(source.dataPath, readTable(source));
  }

  /** Returns the decoded size of each tile in bytes. Reads the sizes if they are not cached. */
  *sizes(source: SizesSource): Io<Float64Array> {
    // No path of a file contains a NUL.
    return yield* this.#cached(`${source.dataPath}\0sizes`, readSizes(source));
  }

  *#cached(key: string, read: Io<Float64Array>): Io<Float64Array> {
    const known = this.#tables.get(key);
    if (known !== undefined) {
      this.#tables.delete(key);
      this.#tables.set(key, known);
      return known;
    }
    const table = yield* read;
    this.#tables.set(key, table);
    this.#bytes += table.byteLength;
    for (const [other, { byteLength }] of this.#tables) {
      if (this.#bytes <= this.#maxBytes || other === key) break;
      this.#tables.delete(other);
      this.#bytes -= byteLength;
    }
    return table;
  }
}

/** Number of offsets read between two pauses. */
const sizesPerPause = 16_384;

function* readTable(source: TableSource): Io<TileTable> {
  const { reference, tiles, dataPath } = source;
  const { cursor, numbers } = yield* readNumbers({ ...source, offset: reference.offset }, 'tile offsets');
  const pace = new Pace(cursor.path);
  const count = tiles;
  const table = new Float64Array(count + 1);
  table.set(numbers);
  table[count] = reference.fileBytes;
  for (let i = 0; i < count; i++) {
    if (pace.isDue()) yield* pace.pause();
    if (!((table[i] ?? 0) < (table[i + 1] ?? 0))) {
      throw cursor.error(`tile offsets that ascend up to ${reference.fileBytes}`, `${table[i]} at tile ${i}`);
    }
  }
  yield* checkDataFile(dataPath, reference.fileBytes);
  return table;
}

function* readSizes(source: SizesSource): Io<Float64Array> {
  return (yield* readNumbers(source, 'tile sizes')).numbers;
}

/** Reads a table of one number per tile. @param field name of the numbers in the plural, for errors. */
function* readNumbers(
  { metadataPath, metadataBytes, version, offset, tiles }: SizesSource,
  field: string,
): Io<{ readonly cursor: TileDBCursor; readonly numbers: Float64Array }> {
  const old = version < 3;
  const what = old ? 'the fragment metadata' : `a table of ${field}`;
  const content = yield* readGenericTile(metadataPath, old ? 0 : offset, metadataBytes, what);
  const cursor = new TileDBCursor(content, metadataPath, what);
  if (old) cursor.take(offset, `what lies before the ${field}`);
  const count = cursor.size(`number of ${field}`);
  if (count !== tiles) throw cursor.error(`${tiles} ${field}`, count, cursor.position - 8);
  const pace = new Pace(metadataPath);
  const numbers = new Float64Array(count);
  for (let at = 0; at < count; at += sizesPerPause) {
    const part = cursor.sizes(Math.min(sizesPerPause, count - at), field);
    numbers.set(part, at);
    if (pace.isDue(part.length)) yield* pace.pause();
  }
  return { cursor, numbers };
}

/** Throws unless the data file exists and contains all tiles. Called each time that a table is read. */
function* checkDataFile(path: string, bytes: number): Io<void> {
  const info = yield* statPath(path);
  if (info === null) throw missingFile(path);
  if (info.kind !== 'file' || info.size < bytes) {
    throw new FormatError(
      `Expected a data file of ${bytes} bytes, found ${info.kind === 'file' ? info.size : `a ${info.kind}`}`,
      { path },
    );
  }
}

/** Creates the error for a missing file that a fragment needs. A vacuum may have removed it since the listing. */
export function missingFile(path: string): ReadError {
  return new ReadError(`No such file: ${path}`, { code: 'ENOENT', errno: 2, path });
}
