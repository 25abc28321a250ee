/**
 * Locates chunks in extensible arrays, the index of datasets with exactly one unlimited dimension.
 * Source: HDF5 File Format Specification 3.0, section VII.D. The sizes of blocks are computed as in the HDF5 library.
 * @module
 */
import { checkpoint, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import type { Io } from '../../../io/io.js';
import { type Hdf5Cursor, undefinedAddress } from '../cursor.js';
import type { Hdf5File } from '../file.js';
import { isPowerOfTwo } from '../heaps/doubling-table.js';
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
import { readAddress } from './fields.js';
import { greatestGrid } from './grids.js';

/**
 * Locates the chunks of the box of `table` in the extensible array whose header is at `address`, and puts the locations
 * into `table`.
 */
export function* locateInExtensibleArray(table: BoxTable, address: number): Io<void> {
  const { file } = table.dataset;
  const { offsetSize, lengthSize } = file.superblock;
  const cursor = yield* file.read(address, 16 + 6 * lengthSize + offsetSize, 'extensible array header');
  const array = new ExtensibleArray(file, address, cursor);
  if (array.indexBlock === undefinedAddress) return;
  const grid = greatestGrid(table.dataset);
  const unlimited = grid.flatMap((extent, d) => (extent === Number.POSITIVE_INFINITY ? [d] : []));
  const [slowest] = unlimited;
  if (slowest === undefined || unlimited.length !== 1) {
    throw cursor.error(`expected one unlimited dimension, found ${unlimited.length}`, 0);
  }
  // The unlimited dimension is always the slowest in the numbering, whatever its position in the shape.
  const order = [slowest, ...grid.flatMap((_, d) => (d === slowest ? [] : [d]))];
  const chunks = yield* numberChunks(table, order, grid);
  yield* array.load(chunks.elements);
  yield* readElements(table, array.layout, chunks, (element) => array.pageOf(element));
}

/** A super block: the addresses of its data blocks, and a bitmap of their written pages. */
interface SuperBlock {
  readonly view: DataView;
  readonly bitmap: Uint8Array;
  readonly addressesAt: number;
}

/** An extensible array. Call `load` before `pageOf`: it reads the blocks that `pageOf` needs. */
class ExtensibleArray {
  readonly layout: ElementLayout;
  readonly indexBlock: number;
  readonly #file: Hdf5File;
  readonly #address: number;
  readonly #client: number;
  /** Numbers of elements: in the index block (`inIndex`), in the smallest data block, and in a page. */
  readonly #inIndex: number;
  readonly #leastElements: number;
  readonly #perPage: number;
  /** Size in bytes of the field that contains the number of a block's first element. */
  readonly #startBytes: number;
  readonly #superBlocks: number;
  /** Number of super blocks whose data block addresses are in the index block, and number of these data blocks. */
  readonly #inlineSuperBlocks: number;
  readonly #inlineDataBlocks: number;
  #indexView: DataView = new DataView(new ArrayBuffer(0));
  readonly #loaded = new Map<number, SuperBlock>();

  constructor(file: Hdf5File, address: number, cursor: Hdf5Cursor) {
    this.#file = file;
    this.#address = address;
    cursor.signature('EAHD');
    cursor.version(0);
    this.#client = cursor.u8();
    const bytes = cursor.u8();
    const maxBits = cursor.u8();
    this.#inIndex = cursor.u8();
    this.#leastElements = cursor.u8();
    const leastPointers = cursor.u8();
    const pageBits = cursor.u8();
    cursor.skip(6 * file.superblock.lengthSize);
    this.indexBlock = cursor.address();
    cursor.checksum();
    this.layout = elementLayout(cursor, this.#client, bytes);
    const sound = isPowerOfTwo(this.#leastElements) && isPowerOfTwo(leastPointers) && maxBits <= 64 && pageBits <= 32;
    if (!sound) throw cursor.error('expected sizes that are powers of two', 7);
    this.#perPage = 2 ** pageBits;
    this.#startBytes = Math.ceil(maxBits / 8);
    this.#superBlocks = 1 + maxBits - Math.log2(this.#leastElements);
    this.#inlineSuperBlocks = 2 * Math.log2(leastPointers);
    this.#inlineDataBlocks = 2 * (leastPointers - 1);
    if (this.#superBlocks < this.#inlineSuperBlocks) throw cursor.error('expected more elements', 7);
  }

  /** Reads the index block and the super blocks that are needed for `elements` (ascending). */
  *load(elements: Float64Array): Io<void> {
    const { offsetSize } = this.#file.superblock;
    const pointers = this.#inlineDataBlocks + this.#superBlocks - this.#inlineSuperBlocks;
    const length = this.#pointersAt + pointers * offsetSize + 4;
    const index = yield* this.#file.read(this.indexBlock, length, 'extensible array index block');
    this.#checkHead(index, 'EAIB', null);
    checkBarePage(index);
    this.#indexView = viewOf(index);
    const wanted = new Set<number>();
    let end = this.#inIndex;
    for (let i = 0; i < elements.length; i++) {
      if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      const element = elements[i] ?? 0;
      if (element < end) continue;
      const number = this.#superBlockOf(element);
      end = this.#inIndex + this.#firstElement(number + 1);
      if (number >= this.#inlineSuperBlocks && number < this.#superBlocks) wanted.add(number);
    }
    const blocks = [...wanted].flatMap((number) => {
      const pointer = this.#inlineDataBlocks + number - this.#inlineSuperBlocks;
      const address = readAddress(this.#indexView, this.#pointersAt + pointer * offsetSize, offsetSize);
      return address === undefinedAddress ? [] : [{ number, address, length: this.#superBlockBytes(number) }];
    });
    const cursors = yield* this.#file.readBlocks(blocks, 'extensible array super block');
    cursors.forEach((cursor, i) => {
      const number = blocks[i]?.number ?? 0;
      this.#checkHead(cursor, 'EASB', this.#firstElement(number));
      const bitmap = cursor.take(this.#bitmapBytes(number));
      const addressesAt = cursor.position;
      checkBarePage(cursor);
      this.#loaded.set(number, { view: viewOf(cursor), bitmap, addressesAt });
    });
  }

  /** Returns the page that contains `element`; null if the page was never written. */
  pageOf(element: number): ElementPage | null {
    if (element < this.#inIndex) return this.#indexPage();
    const number = this.#superBlockOf(element);
    if (number >= this.#superBlocks) return null;
    const size = this.#dataBlockElements(number);
    const within = element - this.#inIndex - this.#firstElement(number);
    const block = Math.floor(within / size);
    const first = this.#inIndex + this.#firstElement(number) + block * size;
    const superBlock = number < this.#inlineSuperBlocks ? null : this.#loaded.get(number);
    if (superBlock === undefined) return null;
    const { offsetSize } = this.#file.superblock;
    const address =
      superBlock === null
        ? readAddress(
            this.#indexView,
            this.#pointersAt + (this.#firstDataBlock(number) + block) * offsetSize,
            offsetSize,
          )
        : readAddress(superBlock.view, superBlock.addressesAt + block * offsetSize, offsetSize);
    if (address === undefinedAddress) return null;
    const elementsAt = 6 + offsetSize + this.#startBytes;
    const { bytes } = this.layout;
    if (superBlock === null || size <= this.#perPage) {
      const check = (cursor: Hdf5Cursor): void => {
        // Does not check the start of blocks with addresses in the index block: the HDF5 library stores a wrong value
        // there and never reads it.
        this.#checkHead(cursor, 'EADB', superBlock === null ? null : first - this.#inIndex);
        checkBarePage(cursor);
      };
      return { first, count: size, address, length: elementsAt + size * bytes + 4, elementsAt, check };
    }
    const page = Math.floor((within - block * size) / this.#perPage);
    if (!isPageWritten(superBlock.bitmap, block * (size / this.#perPage) + page)) return null;
    const length = this.#perPage * bytes + 4;
    return {
      first: first + page * this.#perPage,
      count: this.#perPage,
      // The header of a data block with pages ends with a checksum.
      address: address + elementsAt + 4 + page * length,
      length,
      elementsAt: 0,
      check: checkBarePage,
    };
  }

  #indexPage(): ElementPage {
    const elementsAt = 6 + this.#file.superblock.offsetSize;
    const length = this.#indexView.byteLength;
    return { first: 0, count: this.#inIndex, address: this.indexBlock, length, elementsAt, check: checkBarePage };
  }

  /** Offset of the first data block address in the index block. */
  get #pointersAt(): number {
    return 6 + this.#file.superblock.offsetSize + this.#inIndex * this.layout.bytes;
  }

  /**
   * Returns the number of data blocks of a super block: 2^floor(u/2) for number u. Each has `leastElements` *
   * 2^ceil(u/2) elements.
   */
  #dataBlocks(number: number): number {
    return 2 ** Math.floor(number / 2);
  }

  #dataBlockElements(number: number): number {
    return this.#leastElements * 2 ** Math.ceil(number / 2);
  }

  /** Returns the number of elements before super block u, without those in the index block. */
  #firstElement(number: number): number {
    return this.#leastElements * (2 ** number - 1);
  }

  #firstDataBlock(number: number): number {
    let blocks = 0;
    for (let u = 0; u < number; u++) blocks += this.#dataBlocks(u);
    return blocks;
  }

  #superBlockOf(element: number): number {
    const scaled = Math.floor((element - this.#inIndex) / this.#leastElements) + 1;
    let number = Math.floor(Math.log2(scaled));
    // The logarithm may be rounded up for values just below a power of two.
    if (2 ** number > scaled) number -= 1;
    return number;
  }

  #bitmapBytes(number: number): number {
    const pages = this.#dataBlockElements(number) / this.#perPage;
    return pages > 1 ? this.#dataBlocks(number) * Math.ceil(pages / 8) : 0;
  }

  #superBlockBytes(number: number): number {
    const { offsetSize } = this.#file.superblock;
    const addresses = this.#dataBlocks(number) * offsetSize;
    return 6 + offsetSize + this.#startBytes + this.#bitmapBytes(number) + addresses + 4;
  }

  /**
   * Checks the header of a block.
   * @param start number of the block's first element; null to skip this check.
   */
  #checkHead(cursor: Hdf5Cursor, signature: string, start: number | null): void {
    cursor.position = 0;
    cursor.signature(signature);
    cursor.version(0);
    const client = cursor.u8();
    if (client !== this.#client) throw cursor.error(`expected client ${this.#client}, found ${client}`, 5);
    if (cursor.address() !== this.#address) throw cursor.error('expected a block of this extensible array', 6);
    if (start === null) return;
    const found = cursor.uint(this.#startBytes);
    if (found !== start) throw cursor.error(`expected the block that starts at element ${start}, found ${found}`);
  }
}

function viewOf(cursor: Hdf5Cursor): DataView {
  return new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength);
}
