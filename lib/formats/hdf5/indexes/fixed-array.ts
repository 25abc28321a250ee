/**
 * Locates chunks in fixed arrays, an index of datasets whose maximum shape has no unlimited dimension.
 * Source: HDF5 File Format Specification 3.0, section VII.C.
 * @module
 */
import { product } from '../../../core/numbers.js';
import type { Io } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { BoxTable } from './box-table.js';
import {
  checkBarePage,
  type ElementLayout,
  type ElementPage,
  elementLayout,
  isPageWritten,
  numberChunks,
  readElements,
} from './element-pages.js';
import { greatestGrid } from './grids.js';

interface Header {
  readonly layout: ElementLayout;
  readonly client: number;
  readonly elements: number;
  /** Elements per page. The data block has pages if the array has more elements than this. */
  readonly perPage: number;
  readonly dataBlock: number;
}

/**
 * Locates the chunks of the box of `table` in the fixed array whose header is at `address`, and puts the locations into
 * `table`.
 */
export function* locateInFixedArray(table: BoxTable, address: number): Io<void> {
  const { file } = table.dataset;
  const { offsetSize, lengthSize } = file.superblock;
  const header = parseHeader(yield* file.read(address, 12 + offsetSize + lengthSize, 'fixed array header'));
  if (header.dataBlock === undefinedAddress) return;
  const grid = greatestGrid(table.dataset);
  const chunks = product(grid);
  if (!(header.elements >= chunks)) {
    throw file.error(`fixed array header: expected ${chunks} elements, found ${header.elements}`, address);
  }
  const order = grid.map((_, d) => d);
  const pageOf =
    header.elements > header.perPage ? yield* paged(table, header, address) : whole(header, offsetSize, address);
  yield* readElements(table, header.layout, yield* numberChunks(table, order, grid), pageOf);
}

function parseHeader(cursor: Hdf5Cursor): Header {
  cursor.signature('FAHD');
  cursor.version(0);
  const client = cursor.u8();
  const bytes = cursor.u8();
  const pageBits = cursor.u8();
  const elements = cursor.length();
  const dataBlock = cursor.address();
  cursor.checksum();
  if (pageBits > 32) throw cursor.error(`expected pages of at most 2^32 elements, found 2^${pageBits}`, 7);
  return { layout: elementLayout(cursor, client, bytes), client, elements, perPage: 2 ** pageBits, dataBlock };
}

function checkPrefix(cursor: Hdf5Cursor, client: number, header: number): void {
  cursor.position = 0;
  cursor.signature('FADB');
  cursor.version(0);
  const found = cursor.u8();
  if (found !== client) throw cursor.error(`expected client ${client}, found ${found}`, 5);
  if (cursor.address() !== header) throw cursor.error('expected a block of this fixed array', 6);
}

/**
 * Returns the argument `pageOf` of {@link readElements} for a data block without pages, which is treated as one page
 * with a header.
 */
function whole(header: Header, offsetSize: number, address: number): (element: number) => ElementPage | null {
  const elementsAt = 6 + offsetSize;
  const page: ElementPage = {
    first: 0,
    count: header.elements,
    address: header.dataBlock,
    length: elementsAt + header.elements * header.layout.bytes + 4,
    elementsAt,
    check: (cursor) => {
      checkPrefix(cursor, header.client, address);
      checkBarePage(cursor);
    },
  };
  return (element) => (element < header.elements ? page : null);
}

/**
 * Returns the argument `pageOf` of {@link readElements} for a data block with pages. The header of the block contains a
 * bitmap of the written pages.
 */
function* paged(table: BoxTable, header: Header, address: number): Io<(element: number) => ElementPage | null> {
  const { file } = table.dataset;
  const { elements, perPage, layout, dataBlock } = header;
  const pages = Math.ceil(elements / perPage);
  const bitmapBytes = Math.ceil(pages / 8);
  const headBytes = 6 + file.superblock.offsetSize + bitmapBytes + 4;
  const head = yield* file.read(dataBlock, headBytes, 'fixed array data block');
  checkPrefix(head, header.client, address);
  const bitmap = head.take(bitmapBytes);
  head.checksum();
  const pageBytes = perPage * layout.bytes + 4;
  return (element) => {
    const number = Math.floor(element / perPage);
    if (number >= pages || !isPageWritten(bitmap, number)) return null;
    const first = number * perPage;
    const count = Math.min(perPage, elements - first);
    const length = count * layout.bytes + 4;
    return {
      first,
      count,
      address: dataBlock + headBytes + number * pageBytes,
      length,
      elementsAt: 0,
      check: checkBarePage,
    };
  };
}
