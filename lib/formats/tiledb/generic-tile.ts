/**
 * Reads generic tiles, in which TileDB stores schemas, tables of tile offsets and user metadata
 * (format_spec/generic_tile.md, tile.md). All versions of TileDB store them either unfiltered or with the gzip filter,
 * which writes zlib streams.
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { decodeBytes, type Io, maxDecodedMetadataBytes, readUpTo } from '../../io/io.js';
import { TileDBCursor } from './cursor.js';
import { filterName, readPipeline } from './filters.js';
import { newestFormat } from './names.js';

const headerBytes = 34;
/** Number of bytes read at first. They contain the header, the pipeline, and most tiles completely. */
const firstReadBytes = 16384;
const maxPipelineBytes = 65536;
/** Maximum ratio of decoded to stored bytes. This is the limit of zlib, so a greater ratio is an error. */
const maxExpansion = 1032;
const gzip = 1;

/**
 * Reads and decodes the generic tile at `offset` of `path`.
 * @param fileBytes size of the file in bytes.
 * @param what name of the tile in errors.
 * @throws {FormatError} if the tile is damaged. @throws {UnsupportedError} if it is encrypted or of a newer format.
 */
export function* readGenericTile(path: string, offset: number, fileBytes: number, what: string): Io<Uint8Array> {
  const first = yield* readUpTo(path, offset, Math.min(firstReadBytes, Math.max(0, fileBytes - offset)));
  const header = new TileDBCursor(first, path, `the header of ${what}`, offset);
  const version = header.u32('version');
  if (version < 1 || version > newestFormat) {
    throw new UnsupportedError(`TileDB format ${version} (${what})`, path, `Formats 1 to ${newestFormat} are read`);
  }
  const persistedAt = header.position;
  const persistedBytes = header.size('persisted size');
  const tileAt = header.position;
  const tileBytes = header.size('tile size', maxDecodedMetadataBytes);
  header.take(9, 'datatype and cell size');
  if (header.u8('encryption') !== 0) {
    throw new UnsupportedError(
      'encrypted TileDB array',
      path,
      'Copy it into an array without encryption with TileDB-Py',
    );
  }
  const pipelineBytes = header.u32('size of the filter pipeline');
  if (pipelineBytes > maxPipelineBytes)
    throw header.error(`at most ${maxPipelineBytes} bytes of filters`, pipelineBytes);

  const bodyAt = offset + headerBytes + pipelineBytes;
  if (bodyAt + persistedBytes > fileBytes) {
    throw header.error(`a tile inside the ${fileBytes} bytes of the file`, `${persistedBytes} bytes`, persistedAt);
  }
  if (tileBytes > persistedBytes * maxExpansion) {
    throw header.error(`at most ${maxExpansion} bytes per stored byte`, `${tileBytes} of ${persistedBytes}`, tileAt);
  }
  const total = headerBytes + pipelineBytes + persistedBytes;
  const bytes = total <= first.length ? first : yield* readWholeTile(path, offset, total, what);
  const pipeline = readPipeline(
    new TileDBCursor(bytes.subarray(headerBytes, headerBytes + pipelineBytes), path, what, offset + headerBytes),
  );
  for (const { type } of pipeline) {
    if (type !== gzip) throw new UnsupportedError(`${what} filtered with ${filterName(type)}`, path);
  }
  if (pipeline.length > 1) throw new UnsupportedError(`${what} filtered with gzip more than once`, path);
  const body = new TileDBCursor(bytes.subarray(headerBytes + pipelineBytes, total), path, what, bodyAt);
  return yield* decodeChunks(body, tileBytes, pipeline.length === 1);
}

function* readWholeTile(path: string, offset: number, total: number, what: string): Io<Uint8Array> {
  const bytes = yield* readUpTo(path, offset, total);
  if (bytes.length === total) return bytes;
  throw new FormatError(`Expected ${total} bytes of ${what}, found ${bytes.length}`, { path, offset });
}

/** Decodes the chunks of a tile and joins them. */
function* decodeChunks(body: TileDBCursor, tileBytes: number, compressed: boolean): Io<Uint8Array> {
  const countAt = body.position;
  const count = body.size('number of chunks');
  if (count * 12 > body.remaining) throw body.error('as many chunk headers as fit', count, countAt);
  const out = new Uint8Array(tileBytes);
  let filled = 0;
  for (let i = 0; i < count; i++) {
    const originalAt = body.position;
    const original = body.u32('original length of a chunk');
    const filtered = body.u32('filtered length of a chunk');
    const metadata = body.u32('metadata length of a chunk');
    if (original > tileBytes - filled)
      throw body.error(`at most ${tileBytes - filled} bytes in a chunk`, original, originalAt);
    const parts = body.take(metadata, 'metadata of a chunk');
    const dataAt = body.position;
    const data = body.take(filtered, 'a chunk');
    const target = out.subarray(filled, filled + original);
    if (compressed) yield* inflateChunk(parts, data, target, body, dataAt);
    else if (data.length === original) target.set(data);
    else throw body.error(`${original} bytes in a chunk`, data.length, dataAt);
    filled += original;
  }
  if (filled !== tileBytes) throw body.error(`${tileBytes} bytes in all chunks`, filled);
  return out;
}

/** Decompresses one chunk. `parts` contains the sizes of the chunk's parts, each of which is one zlib stream. */
function* inflateChunk(
  parts: Uint8Array,
  data: Uint8Array,
  target: Uint8Array,
  body: TileDBCursor,
  dataAt: number,
): Io<void> {
  const table = new TileDBCursor(parts, body.path, `the part table of ${body.what}`);
  const metadataParts = table.u32('number of metadata parts');
  const dataParts = table.u32('number of data parts');
  const stream = new TileDBCursor(data, body.path, body.what, (body.base ?? 0) + dataAt);
  if ((metadataParts + dataParts) * 8 > table.remaining) {
    throw table.error('as many parts as are listed', metadataParts + dataParts);
  }
  let filled = 0;
  for (let i = 0; i < metadataParts + dataParts; i++) {
    const raw = table.u32('decoded length of a part');
    const at = stream.position;
    const stored = stream.take(table.u32('stored length of a part'), 'a compressed part');
    // The first filter of a pipeline gets no metadata from other filters, so these parts contain no data of the tile.
    if (i < metadataParts) continue;
    if (raw > target.length - filled) throw stream.error(`at most ${target.length - filled} bytes`, raw, at);
    const where = { path: body.path, offset: (stream.base ?? 0) + at };
    target.set(yield* decodeBytes([{ codec: 'zlib', params: [] }], stored, raw, body.what, where), filled);
    filled += raw;
  }
  if (filled !== target.length) throw stream.error(`${target.length} bytes in the parts of a chunk`, filled);
}
