/**
 * The file types of `read -o`, selected by file name extension or by `--to`.
 * @module
 */
import { extname } from 'node:path';
import type { DType, TypedArray } from '../../index.js';
import type { ColorMap } from '../../show/color-map.js';
import { Raster, type ValueRange } from '../../show/raster.js';
import { UsageError } from '../exit-codes.js';
import { toJson } from '../output/json.js';
import { encodeColors, encodePng } from '../picture/png.js';
import { encodeWithScaleBar } from '../picture/scale-bar.js';
import { type Element, elementAt, elementText, isComplex } from './elements.js';

/** Writes a file: a beginning, parts in C order, and an end. */
export interface Writer {
  begin(): string | Uint8Array;
  /** Formats a part in pieces. Pieces of text are small, so that the process can be interrupted between them. */
  part(data: TypedArray): Iterable<string | Uint8Array>;
  end(): string | Uint8Array;
}

/** Colours of a picture. */
export interface ColorStyle {
  readonly colorMap: ColorMap;
  /** Values that the two ends of the colour map stand for; null for the minimum and the maximum of the result. */
  readonly range: ValueRange | null;
}

/** Colours of a picture in a file, and what is drawn below it. */
export interface PictureFileStyle extends ColorStyle {
  /** True for a scale bar; false for a file that contains only the picture, one pixel per element. */
  readonly scaleBar: boolean;
  /** Units of the values, which the scale bar shows; null if they have none. */
  readonly units: string | null;
}

/** A file type. */
export interface FileType {
  /** True if the file is not text. */
  readonly isBinary: boolean;
  /** True if the file holds numbers as text or pixels; float16 must then be read as float32. */
  readonly needsNumbers: boolean;
  /** True if the file is a picture. Its values are then decoded unless the caller wants stored values (decoding.ts). */
  readonly isShown?: true;
  create(shape: readonly number[], dtype: DType, style: PictureFileStyle): Writer;
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

/** Creates the header of a `.npy` file of version 1. */
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

/** Number of elements per piece of text. */
const pieceElements = 1 << 16;

/** Formats the elements of a part with `textOf`, in pieces. */
function* inPieces(data: TypedArray, dtype: DType, textOf: (element: Element) => string): Generator<string> {
  const count = isComplex(dtype) ? data.length / 2 : data.length;
  for (let from = 0; from < count; from += pieceElements) {
    let text = '';
    for (let i = from; i < Math.min(count, from + pieceElements); i++) text += textOf(elementAt(data, dtype, i));
    yield text;
  }
}

/** Writes one line for each row along the last axis. The rows follow each other in C order. */
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

/** Writes `{"shape", "dtype", "data"}` with flat data in C order. */
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

/** Maximum number of pixels of a PNG, which is created in memory. */
const maxPixels = 1 << 26;

/** Creates the writer of a result whose last dimension has the colours of a pixel. */
function createColorWriter(height: number, width: number, channels: 3 | 4): Writer {
  const bytes = new Uint8Array(height * width * channels);
  let at = 0;
  return {
    begin: () => '',
    part(data) {
      bytes.set(data as Uint8Array, at);
      at += data.length;
      return [];
    },
    end: () => encodeColors(bytes, width, height, channels),
  };
}

/**
 * Writes a 2-D result as a picture, by default with a scale bar. uint8 elements of shape rows × columns × 3 or 4 are
 * colours, and are written as they are.
 */
const png: FileType = {
  isBinary: true,
  needsNumbers: true,
  isShown: true,
  create(shape, dtype, { colorMap, range, scaleBar, units }) {
    const [height, width, channels] = shape;
    const hasColors = shape.length === 3 && dtype === 'uint8' && (channels === 3 || channels === 4);
    if (hasColors && height !== undefined && width !== undefined && height * width > 0 && height * width <= maxPixels)
      return createColorWriter(height, width, channels);
    if (shape.length !== 2 || height === undefined || width === undefined || height * width === 0)
      throw new UsageError(`A .png needs a 2-D result, but the shape is (${shape.join(', ')}): select a plane`);
    if (isComplex(dtype)) throw new UsageError('A .png needs real numbers, but the array is complex: write a .npy');
    if (height * width > maxPixels) throw new UsageError(`A .png has at most ${maxPixels} pixels: use a step`);
    const raster = new Raster(height, width, height, width);
    return {
      begin: () => '',
      part(data) {
        raster.add(data);
        return [];
      },
      end() {
        const pixels = raster.pixels(colorMap, range);
        return scaleBar ? encodeWithScaleBar(pixels, units) : encodePng(pixels);
      },
    };
  },
};

/** File types in the order of the help. */
export const fileTypeNames = ['npy', 'bin', 'csv', 'json', 'png'] as const;
type FileTypeName = (typeof fileTypeNames)[number];

const fileTypes: Readonly<Record<FileTypeName, FileType>> = { npy, bin, csv, json, png };

/** Returns the file type called `name`. */
export const fileTypeNamed = (name: FileTypeName): FileType => fileTypes[name];

/**
 * Returns the file type for the extension of a path.
 * @throws {UsageError} if the extension is unknown.
 */
export function findFileType(path: string): FileType {
  const ending = extname(path).toLowerCase();
  const found = fileTypeNames.find((name) => ending === `.${name}`);
  if (found !== undefined) return fileTypes[found];
  const endings = fileTypeNames.map((name) => `.${name}`).join(', ');
  throw new UsageError(
    `Expected a file name that ends in ${endings} for -o, or --to with the type, received '${path}'`,
  );
}
