/**
 * Saving the chunk indexes of a file beside it.
 * @module
 */
import { AbortError, ReadError } from '../core/errors.js';
import { expected } from '../core/validate.js';
import { OutputFile } from '../files/output-file.js';
import { isSameFile } from '../files/same-file.js';
import {
  bytesOf,
  chunksOf,
  chunksPerBlock,
  encodeHeader,
  headerSum,
  type SavedArray,
  sealBlock,
} from '../formats/hdf5/saved-index/layout.js';
import { encodeRecords, recordBytes } from '../formats/hdf5/saved-index/records.js';
import { savedIndexPath } from '../formats/hdf5/saved-index/saved-index.js';
import type { IndexedDataset, IndexedFile } from '../formats/indexed.js';
import { openIndexed } from '../formats/registry.js';
import { runAsync } from '../io/driver.js';
import { nativeAsyncBackend } from '../io/native-backend.js';
import { checkedPath } from '../io/paths.js';
import { withCaller } from './caller-stack.js';

/** How an index is saved. */
export interface SaveIndexOptions {
  /**
   * The file to write; default: the path with `.ppidx` behind it, where `openArray` finds it. A link is followed; devices and
   * pipes are written to as they are.
   */
  readonly output?: string | URL;
  readonly signal?: AbortSignal;
}

/** What was saved. */
export interface SavedIndexSummary {
  /** The file that was written. */
  readonly path: string;
  /** Its size in bytes. */
  readonly bytes: number;
  readonly arrays: readonly { readonly name: string; readonly chunks: number }[];
}

/** Chunks whose places are asked for at once. */
const chunksAtOnce = 2 ** 18;

/**
 * Writes the places of all chunks of an HDF5 or NetCDF-4 file into a file beside it. Later opens find it and need not walk
 * the indexes of the datasets, which pays on file systems where many small reads are slow. It is used as long as the file has
 * the same size, time of modification and superblock; afterwards it is left aside with a warning. The file appears whole or
 * not at all.
 * @param path the HDF5 or NetCDF-4 file.
 * @throws {ReadError} when the file can't be read, or changes meanwhile (`ECHANGED`). @throws {FormatError} when it is damaged.
 * @throws {UnsupportedError} for other formats. @throws {AbortError} @throws {TypeError} when `output` is the
 * file itself, by any name. @throws an error of `node:fs` when the index can't be written.
 * @example const { arrays } = await saveIndex('run.h5')
 */
export async function saveIndex(path: string | URL, options: SaveIndexOptions = {}): Promise<SavedIndexSummary> {
  const file = checkedPath(path);
  const { output = savedIndexPath(file), signal } = options;
  return await withCaller(save(file, checkedPath(output, 'options.output'), signal));
}

async function save(path: string, output: string, signal: AbortSignal | undefined): Promise<SavedIndexSummary> {
  if (await isSameFile(path, output)) throw expected('another file than the indexed one', 'options.output', output);
  const file = await runAsync(openIndexed(path), nativeAsyncBackend, signal);
  await using out = await OutputFile.create(output);
  const bytes = await writeIndex(out, file, signal);
  const { state } = await runAsync(openIndexed(path), nativeAsyncBackend, signal);
  if (JSON.stringify(state) !== JSON.stringify(file.state)) {
    const message = `The file was modified while its index was saved: ${path} [ECHANGED]`;
    throw new ReadError(message, { code: 'ECHANGED', errno: 0, path });
  }
  await out.commit();
  return { path: output, bytes, arrays: file.datasets.map(({ name, grid }) => ({ name, chunks: chunksOf(grid) })) };
}

/** @returns the bytes written. */
async function writeIndex(out: OutputFile, file: IndexedFile, signal: AbortSignal | undefined): Promise<number> {
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
    await writeBlocks(out, dataset, { header: headerSum(header), begin }, signal);
    begin += bytesOf(dataset.grid);
  }
  return header.length + end;
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
  for (const box of slabsOf(dataset.grid)) {
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

/** Boxes that cover a grid in row-major order, of at most {@link chunksAtOnce} chunks where one row of the first dimension is not more. */
function* slabsOf(grid: readonly number[]): Generator<number[][]> {
  const [first = 1, ...rest] = grid;
  const step = Math.max(1, Math.floor(chunksAtOnce / chunksOf(rest)));
  const inner = rest.map((extent) => Array.from({ length: extent }, (_, i) => i));
  for (let at = 0; at < first; at += step) {
    const length = Math.min(step, first - at);
    yield [Array.from({ length }, (_, i) => at + i), ...inner];
  }
}
