/**
 * Reads filter pipelines (format_spec/filter_pipeline.md) and creates the codec chain that decodes them.
 * @module
 */
import type { CodecChain } from '../../codecs/codec.js';
import { UnsupportedError } from '../../core/errors.js';
import type { TileDBCursor } from './cursor.js';

/** A filter of a pipeline. */
export interface Filter {
  readonly type: number;
  readonly options: Uint8Array;
}

/** Filters of an attribute or of validity, in the order in which the writer applied them. */
export type Pipeline = readonly Filter[];

/** Maximum number of filters in a pipeline. */
const maxFilters = 64;
const maxOptionBytes = 1024;

const filterNames: ReadonlyMap<number, string> = new Map([
  [0, 'none'],
  [1, 'gzip'],
  [2, 'zstd'],
  [3, 'lz4'],
  [4, 'rle'],
  [5, 'bzip2'],
  [6, 'double-delta'],
  [7, 'bit-width-reduction'],
  [8, 'bitshuffle'],
  [9, 'byteshuffle'],
  [10, 'positive-delta'],
  [11, 'encryption (AES-256-GCM)'],
  [12, 'md5'],
  [13, 'sha256'],
  [14, 'dictionary'],
  [15, 'scale-float'],
  [16, 'xor'],
  [17, 'deprecated'],
  [18, 'webp'],
  [19, 'delta'],
]);

/** Known filters that are not supported. */
const refused: ReadonlySet<number> = new Set([11, 14, 17, 18]);

/** Returns the name of filter number `type` for error messages and attributes. */
export function filterName(type: number): string {
  return filterNames.get(type) ?? `number ${type}`;
}

/** Reads a filter pipeline. Unsupported filters are reported later, when a read needs the pipeline. */
export function readPipeline(cursor: TileDBCursor): Pipeline {
  cursor.u32('largest chunk of a filter pipeline');
  const at = cursor.position;
  const count = cursor.u32('number of filters');
  if (count > maxFilters) throw cursor.error(`at most ${maxFilters} filters`, count, at);
  const pipeline: Filter[] = [];
  for (let i = 0; i < count; i++) {
    const type = cursor.u8('filter type');
    const lengthAt = cursor.position;
    const length = cursor.u32('length of filter options');
    if (length > maxOptionBytes)
      throw cursor.error(`at most ${maxOptionBytes} bytes of filter options`, length, lengthAt);
    pipeline.push({ type, options: cursor.take(length, 'filter options') });
  }
  return pipeline;
}

/**
 * Returns the codec chain for tiles of an attribute. The chain consists of one codec, which applies all filters. It is
 * needed even without filters, because a stored tile has headers.
 * @param version format version of the fragment.
 * @param datatype TileDB's number of the datatype (6, u8, for validity).
 * @param cellSize bytes of all values of one cell.
 * @param path path of the array, for errors.
 * @throws {UnsupportedError} if a filter is not supported.
 */
export function tileChain(
  pipeline: Pipeline,
  version: number,
  datatype: number,
  cellSize: number,
  path: string,
): CodecChain {
  const params = [version, cellSize, datatype, pipeline.length];
  for (const { type, options } of pipeline) {
    if (!filterNames.has(type) || refused.has(type))
      throw new UnsupportedError(`TileDB filter ${filterName(type)}`, path);
    params.push(type, options.length, ...options);
  }
  return [{ codec: 'tiledbTile', params }];
}
