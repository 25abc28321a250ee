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
    const known = this.#tables.get(source.dataPath);
    if (known !== undefined) {
      this.#tables.delete(source.dataPath);
      this.#tables.set(source.dataPath, known);
      return known;
    }
    const table = yield* readTable(source);
    this.#tables.set(source.dataPath, table);
    this.#bytes += table.byteLength;
    for (const [path, { byteLength }] of this.#tables) {
      if (this.#bytes <= this.#maxBytes || path === source.dataPath) break;
      this.#tables.delete(path);
      this.#bytes -= byteLength;
    }
    return table;
  }
}

/** Number of offsets read between two pauses. */
const sizesPerPause = 16_384;

function* readTable(source: TableSource): Io<TileTable> {
  const { metadataPath, metadataBytes, version, reference, tiles, dataPath } = source;
  const old = version < 3;
  const what = old ? 'the fragment metadata' : 'a table of tile offsets';
  const content = yield* readGenericTile(metadataPath, old ? 0 : reference.offset, metadataBytes, what);
  const cursor = new TileDBCursor(content, metadataPath, what);
  if (old) cursor.take(reference.offset, 'what lies before the tile offsets');
  const count = cursor.size('number of tile offsets');
  if (count !== tiles) throw cursor.error(`${tiles} tile offsets`, count, cursor.position - 8);
  const pace = new Pace(metadataPath);
  const table = new Float64Array(count + 1);
  for (let at = 0; at < count; at += sizesPerPause) {
    const part = cursor.sizes(Math.min(sizesPerPause, count - at), 'tile offsets');
    table.set(part, at);
    if (pace.isDue(part.length)) yield* pace.pause();
  }
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
