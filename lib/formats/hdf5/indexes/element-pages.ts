/**
 * Shared by fixed and extensible arrays: elements in pages, one per chunk, found by arithmetic.
 * @module
 */
import { checkpoint, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import { UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { BoxTable } from './box-table.js';
import { readAddress, readUint } from './fields.js';

/** Elements that lie together in the file. */
export interface ElementPage {
  /** The number of the first element, and how many there are. */
  readonly first: number;
  readonly count: number;
  readonly address: number;
  /** Bytes of the page with all that belongs to it. */
  readonly length: number;
  /** Offset of the elements in the page. */
  readonly elementsAt: number;
  /** Checks head and checksum. */
  check(cursor: Hdf5Cursor): void;
}

/** Layout of an element: an address and, in filtered datasets, the stored size and the filter mask. */
export interface ElementLayout {
  readonly bytes: number;
  readonly offsetSize: number;
  /** Bytes of the stored size; 0 in datasets without filters. */
  readonly sizeWidth: number;
}

const filteredClient = 1;

/** The layout of elements of `bytes` for client `client` (0 plain, 1 filtered). */
export function elementLayout(cursor: Hdf5Cursor, client: number, bytes: number): ElementLayout {
  const { offsetSize } = cursor.sizes;
  const sizeWidth = client === filteredClient ? bytes - offsetSize - 4 : 0;
  const sound = client === filteredClient ? sizeWidth >= 1 && sizeWidth <= 8 : client === 0 && bytes === offsetSize;
  if (!sound) throw cursor.error(`expected elements of chunks, found client ${client} with ${bytes} bytes`, 5);
  return { bytes, offsetSize, sizeWidth };
}

/** The elements of a box in the order of an array. */
export interface NumberedChunks {
  /** Ascending numbers of elements. */
  readonly elements: Float64Array;
  /** The slot of the box's table that each of them is for. */
  readonly slots: Uint32Array;
}

/**
 * The elements of the chunks of the table's box. Elements are numbered over the *greatest* grid.
 * @param order the dimensions from slowest to fastest in that numbering.
 * @param extents chunks per dimension of the greatest grid; that of `order[0]` does not matter.
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
  // Above, numbers are not exact, and would be those of other chunks.
  if (!Number.isSafeInteger(elements.at(-1) ?? 0)) {
    throw new UnsupportedError('HDF5 chunks with numbers of 2^53 or more', table.dataset.file.path);
  }
  return { elements, slots };
}

/** A page and which of the numbered chunks it holds. */
interface PageRun {
  readonly page: ElementPage;
  /** Bytes, for batching. */
  readonly length: number;
  readonly address: number;
  readonly start: number;
  readonly stop: number;
}

/**
 * Puts the chunks of the table's box.
 * @param pageOf the page that holds an element; null when it was never written.
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
    for (const [i, run] of batch.entries()) {
      const cursor = cursors[i];
      if (cursor === undefined) continue;
      // The checksum costs as many steps as the page has blocks of 4 KiB.
      if (pace.isDue(1 + (cursor.bytes.length >>> 12))) yield* pace.pause();
      run.page.check(cursor);
      yield* takeElements(table, layout, chunks, run, cursor);
    }
  }
}

/** Splits the elements into runs of one page. */
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
 * Puts the chunks of one run. Their number is bounded by what the caller selects, so they are no steps of the budget.
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

/** Returns true if bit `number` of a page bitmap is set (most significant bit first). */
export function isPageWritten(bitmap: Uint8Array, number: number): boolean {
  return ((bitmap[number >>> 3] ?? 0) & (0x80 >>> (number & 7))) !== 0;
}

/** Checks a page that is nothing but elements and their checksum. */
export function checkBarePage(cursor: Hdf5Cursor): void {
  cursor.position = cursor.bytes.length - 4;
  cursor.checksum();
}
