/**
 * Finds the block of a fractal heap that contains an offset of the heap's address space.
 * Source: HDF5 File Format Specification 3.0, section III.G.
 * @module
 */

/** Location of the child of an indirect block that contains a given offset. */
export interface TablePlace {
  /** Index of the child in its indirect block. */
  readonly entry: number;
  readonly row: number;
  /** Start of the child, relative to the start of the indirect block. */
  readonly start: number;
}

/**
 * Shape of the doubling table of a fractal heap: rows of `width` blocks. Rows 0 and 1 contain the smallest blocks. The
 * block size doubles with each further row.
 */
export class DoublingTable {
  readonly width: number;
  /** Bytes of a block of the first row. */
  readonly startBlock: number;
  /** Bytes of the largest direct block. */
  readonly maxDirect: number;
  /** Maximum number of rows of direct blocks in an indirect block. */
  readonly directRows: number;

  /** All parameters are powers of two. */
  constructor(width: number, startBlock: number, maxDirect: number) {
    this.width = width;
    this.startBlock = startBlock;
    this.maxDirect = maxDirect;
    this.directRows = Math.log2(maxDirect) - Math.log2(startBlock) + 2;
  }

  /** Returns the size of a block in `row`, in bytes of address space. */
  blockSize(row: number): number {
    return row < 2 ? this.startBlock : this.startBlock * 2 ** (row - 1);
  }

  /** Returns the child that contains `offset`, which is relative to the indirect block. */
  locate(offset: number): TablePlace {
    const rowSpan = this.startBlock * this.width;
    let row = 0;
    let rowStart = 0;
    while (offset >= rowStart + this.blockSize(row) * this.width) {
      rowStart = row === 0 ? rowSpan : rowStart * 2;
      row += 1;
    }
    const size = this.blockSize(row);
    const column = Math.floor((offset - rowStart) / size);
    return { entry: row * this.width + column, row, start: rowStart + column * size };
  }

  /** Returns the number of rows of an indirect block that spans `bytes` of address space. */
  rowsOf(bytes: number): number {
    return Math.log2(bytes) - Math.log2(this.startBlock * this.width) + 1;
  }
}

/** True if `value` is a power of two. Meant for values up to 2^52. */
export function isPowerOfTwo(value: number): boolean {
  return value >= 1 && Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value;
}
