/**
 * Saves an index of a file in another file next to it.
 * @module
 */
import { AbortError, ReadError } from '../core/errors.js';
import { expected } from '../core/validate.js';
import { OutputFile } from '../files/output-file.js';
import { isSameFile } from '../files/same-file.js';
import { encodeStreamsHeader, type SavedStream } from '../formats/deflate/saved-streams.js';
import {
  bytesOf,
  chunksOf,
  chunksPerBlock,
  encodeHeader,
  type SavedArray,
  sealBlock,
} from '../formats/hdf5/saved-index/layout.js';
import { encodeRecords, recordBytes } from '../formats/hdf5/saved-index/records.js';
import {
  type IndexedChunks,
  type IndexedDataset,
  type IndexedStreams,
  type SerializedStream,
  savedIndexPath,
} from '../formats/indexed.js';
import { openIndexed } from '../formats/registry.js';
import { checksumOf } from '../formats/saved-header.js';
import { runAsync } from '../io/driver.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { checkedPath } from '../io/paths.js';
import { withCaller } from './caller-stack.js';

/** Options of {@link saveIndex}. */
export interface SaveIndexOptions {
  /**
   * File to write. Default: the path with `.ppidx` appended, where `openArray` finds it. A symbolic link is followed;
   * devices and pipes are written to directly.
   */
  readonly output?: string | URL;
  readonly signal?: AbortSignal;
}

/** Result of {@link saveIndex}. */
export interface SavedIndexSummary {
  /** Path of the file that was written. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
  readonly arrays: readonly { readonly name: string; readonly chunks: number }[];
}

/** Maximum number of chunks that are located at a time. */
const chunksAtOnce = 2 ** 18;

/**
 * Writes an index of a file into a file next to it, so that later reads are faster.
 *
 * For HDF5 and NetCDF-4, the index contains the locations of all chunks. Later opens do not have to read the chunk
 * indexes of the datasets, which is slow on file systems where each read takes long. For `.nii.gz` and compressed
 * `.npz`, the index contains restart points. Without them, the first read of a part has to decode the file from its
 * start.
 *
 * The saved index is used as long as the size, modification time and first bytes of the file stay the same. After that
 * it is ignored with a warning. It is written atomically: it appears complete or not at all.
 * @param path an HDF5, NetCDF-4, `.nii.gz` or `.npz` file.
 * @throws {ReadError} if the file cannot be read, or changes while its index is saved (`ECHANGED`).
 * @throws {FormatError} if the file is damaged. @throws {UnsupportedError} for other formats. @throws {AbortError}
 * @throws {TypeError} if `output` is the file itself, by any name.
 * @throws an error of `node:fs` if the index cannot be written.
 * @example const { arrays } = await saveIndex('run.h5')
 */
export async function saveIndex(path: string | URL, options: SaveIndexOptions = {}): Promise<SavedIndexSummary> {
  const file = checkedPath(path);
  const { output = savedIndexPath(file), signal } = options;
  return await withCaller(save(file, checkedPath(output, 'options.output'), signal));
}

async function save(path: string, output: string, signal: AbortSignal | undefined): Promise<SavedIndexSummary> {
  if (await isSameFile(path, output)) throw expected('a path other than the indexed file', 'options.output', output);
  const file = await runAsync(openIndexed(path), nativeAsyncBackend, signal);
  await using out = await OutputFile.create(output);
  const written = file.kind === 'chunks' ? await writeIndex(out, file, signal) : await writeStreams(out, file, signal);
  const { state } = await runAsync(openIndexed(path), nativeAsyncBackend, signal);
  if (JSON.stringify(state) !== JSON.stringify(file.state)) {
    const message = `The file was modified while its index was saved: ${path} [ECHANGED]`;
    throw new ReadError(message, { code: 'ECHANGED', errno: 0, path });
  }
  await out.commit();
  return { path: output, ...written };
}

type Written = Omit<SavedIndexSummary, 'path'>;

/** Decodes every stream once, and writes the restart points. */
async function writeStreams(out: OutputFile, file: IndexedStreams, signal: AbortSignal | undefined): Promise<Written> {
  const saved: Record<string, SavedStream> = {};
  const parts: SerializedStream[] = [];
  const arrays: { name: string; chunks: number }[] = [];
  let end = 0;
  for (const { name, key, serialize } of file.streams) {
    const found = await runAsync(serialize(), nativeAsyncBackend, signal);
    if (found === null) continue;
    const { stream, pieces, bytes } = found;
    saved[key] = { stream, offset: end, bytes: bytes.length };
    parts.push(found);
    arrays.push({ name, chunks: pieces });
    end += bytes.length;
  }
  const header = encodeStreamsHeader(file.state, saved);
  await out.write(header);
  for (const { bytes } of parts) await out.write(bytes);
  return { bytes: header.length + end, arrays };
}

/** Writes the header and the blocks of all datasets. */
async function writeIndex(out: OutputFile, file: IndexedChunks, signal: AbortSignal | undefined): Promise<Written> {
  const arrays: Record<string, SavedArray> = {};
  let end = 0;
  for (const { key, name, grid } of file.datasets) {
    arrays[key] = { name, grid, offset: end };
    end += bytesOf(grid);
  }
  const header = encodeHeader({ version: 1, file: file.state, arrays });
  await out.write(header);
  let begin = 0;
  for (const dataset of file.datasets) {
    await writeBlocks(out, dataset, { header: checksumOf(header), begin }, signal);
    begin += bytesOf(dataset.grid);
  }
  const summary = file.datasets.map(({ name, grid }) => ({ name, chunks: chunksOf(grid) }));
  return { bytes: header.length + end, arrays: summary };
}

async function writeBlocks(
  out: OutputFile,
  dataset: IndexedDataset,
  seal: { readonly header: number; readonly begin: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const full = chunksPerBlock * recordBytes;
  let { begin } = seal;
  const sealed = (part: Uint8Array): Uint8Array => {
    const block = sealBlock(part, seal.header, begin);
    begin += block.length;
    return block;
  };
  let pending: Uint8Array = new Uint8Array(0);
  for (const box of splitGrid(dataset.grid)) {
    if (signal?.aborted === true) throw new AbortError('The index was not saved', { cause: signal.reason });
    const locations = await runAsync(dataset.locate(box), nativeAsyncBackend, signal);
    const records = Buffer.concat([pending, encodeRecords(locations, chunksOf(box.map(({ length }) => length)))]);
    const blocks: Uint8Array[] = [];
    let at = 0;
    for (; at + full <= records.length; at += full) blocks.push(sealed(records.subarray(at, at + full)));
    if (blocks.length > 0) await out.write(Buffer.concat(blocks));
    pending = records.slice(at);
  }
  if (pending.length > 0) await out.write(sealed(pending));
}

/**
 * Yields boxes that cover a grid in row-major order. Each has at most {@link chunksAtOnce} chunks, unless one row of
 * the first dimension has more.
 */
function* splitGrid(grid: readonly number[]): Generator<number[][]> {
  const [first = 1, ...rest] = grid;
  const step = Math.max(1, Math.floor(chunksAtOnce / chunksOf(rest)));
  const inner = rest.map((length) => Array.from({ length: length }, (_, i) => i));
  for (let at = 0; at < first; at += step) {
    const length = Math.min(step, first - at);
    yield [Array.from({ length }, (_, i) => at + i), ...inner];
  }
}
