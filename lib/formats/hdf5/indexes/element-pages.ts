/**
 * Reads the elements of fixed and extensible arrays. An element contains the location of one chunk. The elements are
 * stored in pages, whose positions are computed.
 * @module
 */
import { checkpoint, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import { UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { BoxTable } from './box-table.js';
import { readAddress, readUint } from './fields.js';

/** Elements that are contiguous in the file. */
export interface ElementPage {
  /** Index of the page's first element in the fixed or extensible array. */
  readonly first: number;
  /** Number of elements in the page. */
  readonly count: number;
  readonly address: number;
  /** Bytes of the page, including its header and checksum. */
  readonly length: number;
  /** Offset of the elements in the page. */
  readonly elementsAt: number;
  /** Throws if the header or the checksum is wrong. */
  check(cursor: Hdf5Cursor): void;
}

/** Layout of an element: an address and, in filtered datasets, the stored size and the filter mask. */
export interface ElementLayout {
  readonly bytes: number;
  readonly offsetSize: number;
  /** Bytes of the stored size; 0 in datasets without filters. */
  readonly sizeWidth: number;
}

/** Bytes of pages between two checkpoints. The checksums of so many bytes take less than a millisecond. */
const bytesPerCheckpoint = 256 * 1024;

const filteredClient = 1;

/**
 * Returns the layout of the elements of a fixed or extensible array.
 * @param client the array's client ID: 0 for chunks without filters, 1 for chunks with filters.
 * @param bytes size of an element.
 */
export function elementLayout(cursor: Hdf5Cursor, client: number, bytes: number): ElementLayout {
  const { offsetSize } = cursor.sizes;
  const sizeWidth = client === filteredClient ? bytes - offsetSize - 4 : 0;
  const sound = client === filteredClient ? sizeWidth >= 1 && sizeWidth <= 8 : client === 0 && bytes === offsetSize;
  if (!sound) throw cursor.error(`expected elements of chunks, found client ${client} with ${bytes} bytes`, 5);
  return { bytes, offsetSize, sizeWidth };
}

/** Chunks of a box, in the order in which their locations are stored in a fixed or extensible array. */
export interface NumberedChunks {
  /** Index of the element of each chunk in the fixed or extensible array, ascending. */
  readonly elements: Float64Array;
  /** Slot of each chunk in the table of the box. */
  readonly slots: Uint32Array;
}

/**
 * Computes the chunk number and the slot of each chunk of the table's box. The number of a chunk is the index of its
 * element. Fixed and extensible arrays number the chunks of the *maximum* shape of the dataset, not of its current
 * shape.
 * @param order dimensions from slowest to fastest in this numbering.
 * @param extents chunks per dimension of the maximum shape. `extents[order[0]]` is not used.
 */
export function* numberChunks(
  table: BoxTable,
  order: readonly number[],
  extents: readonly number[],
): Io<NumberedChunks> {
  let elements = new Float64Array(1);
  let slots = new Uint32Array(1);
  for (const d of order) {
    const list = table.box[d] ?? [];
    const extent = extents[d] ?? 1;
    const stride = table.stride(d);
    const nextElements = new Float64Array(elements.length * list.length);
    const nextSlots = new Uint32Array(nextElements.length);
    let at = 0;
    for (let i = 0; i < elements.length; i++) {
      const element = d === order[0] ? 0 : (elements[i] ?? 0) * extent;
      const slot = slots[i] ?? 0;
      for (let j = 0; j < list.length; j++) {
        nextElements[at] = element + (list[j] ?? 0);
        nextSlots[at] = slot + j * stride;
        at += 1;
        if (at % stepsPerCheckpoint === 0) yield checkpoint;
      }
    }
    elements = nextElements;
    slots = nextSlots;
  }
  // Above 2^53, chunk numbers are inexact, so that a wrong chunk could be read.
  if (!Number.isSafeInteger(elements.at(-1) ?? 0)) {
    throw new UnsupportedError('HDF5 chunks with numbers of 2^53 or more', table.dataset.file.path);
  }
  return { elements, slots };
}

/** A page, and the positions `start` to `stop` (exclusive) of its elements in {@link NumberedChunks}. */
interface PageRun {
  readonly page: ElementPage;
  /** Bytes of the page. Hdf5File.batches() needs this field. */
  readonly length: number;
  readonly address: number;
  readonly start: number;
  readonly stop: number;
}

/**
 * Puts the locations of `chunks` into `table`.
 * @param pageOf returns the page that contains an element; null if the page was never written.
 */
export function* readElements(
  table: BoxTable,
  layout: ElementLayout,
  chunks: NumberedChunks,
  pageOf: (element: number) => ElementPage | null,
): Io<void> {
  const { file } = table.dataset;
  const pace = new Pace(file.path);
  for (const batch of file.batches(yield* pageRuns(chunks.elements, pageOf, pace))) {
    const cursors = yield* file.readBlocks(batch, 'chunk index page');
    let bytes = bytesPerCheckpoint;
    for (const [i, run] of batch.entries()) {
      const cursor = cursors[i];
      if (cursor === undefined) continue;
      if (bytes >= bytesPerCheckpoint) {
        yield checkpoint;
        bytes = 0;
      }
      bytes += cursor.bytes.length;
      // Counts one step per 4 KiB of the page, for the checksum.
      if (pace.isDue(1 + (cursor.bytes.length >>> 12))) yield* pace.pause();
      run.page.check(cursor);
      yield* takeElements(table, layout, chunks, run, cursor);
    }
  }
}

/** Splits the elements into runs, each in one page. Skips elements whose page was never written. */
function* pageRuns(elements: Float64Array, pageOf: (element: number) => ElementPage | null, pace: Pace): Io<PageRun[]> {
  const runs: PageRun[] = [];
  let start = 0;
  while (start < elements.length) {
    if (pace.isDue()) yield* pace.pause();
    const page = pageOf(elements[start] ?? 0);
    let stop = start + 1;
    if (page !== null) {
      const end = page.first + page.count;
      while (stop < elements.length && (elements[stop] ?? 0) < end) {
        stop += 1;
        if (stop % stepsPerCheckpoint === 0) yield checkpoint;
      }
      runs.push({ page, length: page.length, address: page.address, start, stop });
    }
    start = stop;
  }
  return runs;
}

/**
 * Puts the locations of the chunks of one run into `table`. Yields checkpoints instead of using the pace of the parser,
 * because the caller's selection limits this work, and not the content of the file.
 */
function* takeElements(
  table: BoxTable,
  { bytes, offsetSize, sizeWidth }: ElementLayout,
  { elements, slots }: NumberedChunks,
  { page, start, stop }: PageRun,
  cursor: Hdf5Cursor,
): Io<void> {
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength);
  const { chunkBytes } = table.dataset;
  for (let i = start; i < stop; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const at = page.elementsAt + ((elements[i] ?? 0) - page.first) * bytes;
    const address = readAddress(view, at, offsetSize);
    if (address === undefinedAddress) continue;
    const slot = slots[i] ?? 0;
    if (sizeWidth === 0) table.put(slot, address, chunkBytes, 0);
    else {
      const length = readUint(view, at + offsetSize, sizeWidth);
      table.put(slot, address, length, view.getUint32(at + offsetSize + sizeWidth, true));
    }
  }
}

/** True if bit `number` of a page bitmap is set. The most significant bit of a byte is first. */
export function isPageWritten(bitmap: Uint8Array, number: number): boolean {
  return ((bitmap[number >>> 3] ?? 0) & (0x80 >>> (number & 7))) !== 0;
}

/** Checks the checksum in the last 4 bytes of a page without a header. */
export function checkBarePage(cursor: Hdf5Cursor): void {
  cursor.position = cursor.bytes.length - 4;
  cursor.checksum();
}
