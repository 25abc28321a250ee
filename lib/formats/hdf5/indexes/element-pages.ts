/**
 * What fixed and extensible arrays have in common: elements in pages, one a chunk, found by arithmetic.
 * @module
 */
import type { Io } from '../../../io/io.js';
import { type Cursor, undefinedAddress } from '../cursor.js';
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
  /** Where the elements start in it. */
  readonly elementsAt: number;
  /** Checks head and checksum. */
  check(cursor: Cursor): void;
}

/** How an element is stored: an address; in filtered datasets also the stored size and the filter mask. */
export interface ElementLayout {
  readonly bytes: number;
  readonly offsetSize: number;
  /** Bytes of the stored size; 0 in datasets without filters. */
  readonly sizeWidth: number;
}

const filteredClient = 1;

/** The layout of elements of `bytes` for client `client` (0 plain, 1 filtered). */
export function elementLayout(cursor: Cursor, client: number, bytes: number): ElementLayout {
  const { offsetSize } = cursor.sizes;
  const sizeWidth = client === filteredClient ? bytes - offsetSize - 4 : 0;
  const sound = client === filteredClient ? sizeWidth >= 1 && sizeWidth <= 8 : client === 0 && bytes === offsetSize;
  if (!sound) throw cursor.error(`expected elements of chunks, found client ${client} with ${bytes} bytes`, 5);
  return { bytes, offsetSize, sizeWidth };
}

/**
 * The number of the element of each chunk of the box, in row-major order. Elements are numbered over the *greatest* grid.
 * @param order the dimensions from slowest to fastest in that numbering.
 * @param extents chunks per dimension of the greatest grid; that of `order[0]` does not matter.
 */
export function elementNumbers(table: BoxTable, order: readonly number[], extents: readonly number[]): Float64Array {
  const { box } = table;
  const strides = new Array<number>(box.length).fill(0);
  let stride = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    const d = order[i] ?? 0;
    strides[d] = stride;
    stride *= extents[d] ?? 1;
  }
  let numbers = new Float64Array(1);
  box.forEach((list, d) => {
    const wider = new Float64Array(numbers.length * list.length);
    let at = 0;
    for (const number of numbers) for (const coordinate of list) wider[at++] = number + coordinate * (strides[d] ?? 0);
    numbers = wider;
  });
  return numbers;
}

/**
 * Puts the chunks of the table's box.
 * @param numbers the element of each chunk, as from {@link elementNumbers}.
 * @param pageOf the page that holds an element; null when none of it was ever written.
 */
export function* readElements(
  table: BoxTable,
  layout: ElementLayout,
  numbers: Float64Array,
  pageOf: (element: number) => ElementPage | null,
): Io<void> {
  const { file } = table.dataset;
  const { pages, order, starts } = groupByPage(numbers, pageOf);
  let next = 0;
  for (const batch of file.batches(pages)) {
    for (const cursor of yield* file.readBlocks(batch, 'chunk index page')) {
      const page = pages[next];
      if (page === undefined) break;
      page.check(cursor);
      takeElements(table, layout, numbers, page, cursor, order.subarray(starts[next] ?? 0, starts[next + 1] ?? 0));
      next += 1;
    }
  }
}

interface Grouping {
  readonly pages: readonly ElementPage[];
  /** Slots, those of a page together. */
  readonly order: Uint32Array;
  /** Where the slots of each page start in `order`. */
  readonly starts: Uint32Array;
}

function groupByPage(numbers: Float64Array, pageOf: (element: number) => ElementPage | null): Grouping {
  const pages: ElementPage[] = [];
  const byFirst = new Map<number, number>();
  const pageOfSlot = new Int32Array(numbers.length);
  let current: ElementPage | null = null;
  let currentNumber = -1;
  for (let slot = 0; slot < numbers.length; slot++) {
    const number = numbers[slot] ?? 0;
    if (current === null || number < current.first || number >= current.first + current.count) {
      current = pageOf(number);
      currentNumber = -1;
      if (current !== null) {
        currentNumber = byFirst.get(current.first) ?? pages.length;
        if (currentNumber === pages.length) {
          byFirst.set(current.first, currentNumber);
          pages.push(current);
        }
      }
    }
    pageOfSlot[slot] = currentNumber;
  }
  const starts = new Uint32Array(pages.length + 1);
  for (const page of pageOfSlot) if (page >= 0) starts[page + 1] = (starts[page + 1] ?? 0) + 1;
  for (let p = 0; p < pages.length; p++) starts[p + 1] = (starts[p + 1] ?? 0) + (starts[p] ?? 0);
  const order = new Uint32Array(starts[pages.length] ?? 0);
  const fill = starts.slice();
  for (let slot = 0; slot < pageOfSlot.length; slot++) {
    const page = pageOfSlot[slot] ?? -1;
    if (page < 0) continue;
    const at = fill[page] ?? 0;
    order[at] = slot;
    fill[page] = at + 1;
  }
  return { pages, order, starts };
}

function takeElements(
  table: BoxTable,
  { bytes, offsetSize, sizeWidth }: ElementLayout,
  numbers: Float64Array,
  page: ElementPage,
  cursor: Cursor,
  slots: Uint32Array,
): void {
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength);
  const { chunkBytes } = table.dataset;
  for (const slot of slots) {
    const at = page.elementsAt + ((numbers[slot] ?? 0) - page.first) * bytes;
    const address = readAddress(view, at, offsetSize);
    if (address === undefinedAddress) continue;
    if (sizeWidth === 0) table.put(slot, address, chunkBytes, 0);
    else {
      const length = readUint(view, at + offsetSize, sizeWidth);
      table.put(slot, address, length, view.getUint32(at + offsetSize + sizeWidth, true));
    }
  }
}

/** Whether bit `number` of a page bitmap is set (most significant bit first). */
export function isPageWritten(bitmap: Uint8Array, number: number): boolean {
  return ((bitmap[number >>> 3] ?? 0) & (0x80 >>> (number & 7))) !== 0;
}

/** Checks a page that is nothing but elements and their checksum. */
export function checkBarePage(cursor: Cursor): void {
  cursor.position = cursor.bytes.length - 4;
  cursor.checksum();
}
