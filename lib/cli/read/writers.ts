/**
 * The file types of `read -o`, by the ending of the name.
 * @module
 */
import { extname } from 'node:path';
import type { DType, TypedArray } from '../../index.js';
import { UsageError } from '../exit-codes.js';
import { toJson } from '../output/json.js';
import { encodePng } from '../picture/png.js';
import { Raster } from '../picture/raster.js';
import { type Element, elementAt, elementText, isComplex } from './elements.js';

/** What a file is made of: a beginning, parts in C order, an end. */
export interface Writer {
  begin(): string | Uint8Array;
  /** A part in pieces, each small enough to be made in one go: between them the process can be interrupted. */
  part(data: TypedArray): Iterable<string | Uint8Array>;
  end(): string | Uint8Array;
}

/** A file type. */
export interface FileType {
  /** Whether it is no text. */
  readonly isBinary: boolean;
  /** Whether it holds numbers as text or pixels: then float16 has to be read as float32. */
  readonly needsNumbers: boolean;
  create(shape: readonly number[], dtype: DType): Writer;
}

const descriptors: Readonly<Record<DType, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  complex64: '<c8',
  complex128: '<c16',
};

const bytesOf = (data: TypedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The header of a `.npy` file of version 1. */
export function npyHeader(shape: readonly number[], dtype: DType): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${descriptors[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length - 10, 8);
  header.write(dict, 10, 'latin1');
  header.write('\n', length - 1);
  return header;
}

const npy: FileType = {
  isBinary: true,
  needsNumbers: false,
  create: (shape, dtype) => ({ begin: () => npyHeader(shape, dtype), part: (data) => [bytesOf(data)], end: () => '' }),
};

const bin: FileType = {
  isBinary: true,
  needsNumbers: false,
  create: () => ({ begin: () => '', part: (data) => [bytesOf(data)], end: () => '' }),
};

/** Elements that become one piece of text. */
const pieceElements = 1 << 16;

/** The elements of a part as text, `textOf` each, in pieces. */
function* inPieces(data: TypedArray, dtype: DType, textOf: (element: Element) => string): Generator<string> {
  const count = isComplex(dtype) ? data.length / 2 : data.length;
  for (let from = 0; from < count; from += pieceElements) {
    let text = '';
    for (let i = from; i < Math.min(count, from + pieceElements); i++) text += textOf(elementAt(data, dtype, i));
    yield text;
  }
}

/** A row a line: the last axis of the result; the rows of further axes follow in C order. */
const csv: FileType = {
  isBinary: false,
  needsNumbers: true,
  create(shape, dtype) {
    const width = shape.at(-1) ?? 1;
    let column = 0;
    return {
      begin: () => '',
      part: (data) =>
        inPieces(data, dtype, (element) => {
          column += 1;
          if (column < width) return `${elementText(element, dtype)},`;
          column = 0;
          return `${elementText(element, dtype)}\n`;
        }),
      end: () => '',
    };
  },
};

/** `{"shape", "dtype", "data"}`, the data flat in C order. */
const json: FileType = {
  isBinary: false,
  needsNumbers: true,
  create(shape, dtype) {
    let first = true;
    return {
      begin: () => `{"shape": ${JSON.stringify(shape)}, "dtype": "${dtype}", "data": [`,
      part: (data) =>
        inPieces(data, dtype, (element) => {
          const text = first ? toJson(element) : `, ${toJson(element)}`;
          first = false;
          return text;
        }),
      end: () => ']}\n',
    };
  },
};

/** Pixels of a PNG at most: it is made in memory. */
const maxPixels = 1 << 27;

/** A 2-D result in grey, from its minimum (black) to its maximum (white); NaN is transparent. */
const png: FileType = {
  isBinary: true,
  needsNumbers: true,
  create(shape, dtype) {
    const [height, width] = shape;
    if (shape.length !== 2 || height === undefined || width === undefined || height * width === 0)
      throw new UsageError(
        `A .png shows a 2-D result, and this one has the shape (${shape.join(', ')}): select a plane`,
      );
    if (isComplex(dtype)) throw new UsageError('A .png shows real numbers, and these are complex: write a .npy');
    if (height * width > maxPixels) throw new UsageError(`A .png has at most ${maxPixels} pixels: use a step`);
    const raster = new Raster(height, width, height, width);
    return {
      begin: () => '',
      part(data) {
        raster.add(data);
        return [];
      },
      end: () => encodePng(raster.pixels()),
    };
  },
};

/** The file types, in the order in which they are offered. */
export const fileTypeNames = ['npy', 'bin', 'csv', 'json', 'png'] as const;
type FileTypeName = (typeof fileTypeNames)[number];

const fileTypes: Readonly<Record<FileTypeName, FileType>> = { npy, bin, csv, json, png };

/** The file type called `name`. */
export const fileTypeNamed = (name: FileTypeName): FileType => fileTypes[name];

/**
 * The file type of a path, by its ending.
 * @throws {UsageError} for an ending that means none.
 */
export function fileTypeOf(path: string): FileType {
  const ending = extname(path).toLowerCase();
  const found = fileTypeNames.find((name) => ending === `.${name}`);
  if (found !== undefined) return fileTypes[found];
  const endings = fileTypeNames.map((name) => `.${name}`).join(', ');
  throw new UsageError(`Expected a name that ends in ${endings} for -o, or --to with the type, received '${path}'`);
}
