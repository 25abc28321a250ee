/**
 * Reads the binary headers of NIfTI-1, NIfTI-2 and Analyze 7.5. Detects the kind and the byte order, and gives access
 * to the fields by their official names.
 * Sources: nifti1.h and nifti2.h of the NIfTI Data Format Working Group, https://nifti.nimh.nih.gov
 * @module
 */
import type { ByteOrder } from '../../core/dtype.js';
import { FormatError } from '../../core/errors.js';

/** Field types: `text` is a NUL-padded string, the others are numbers of that size. */
type FieldType = 'u8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64' | 'text';
/** Type of a field, its byte offset, and its size: the count of its numbers, or the length of its text in bytes. */
type FieldPlace = readonly [FieldType, number, number?];

const sizeOf: Readonly<Record<FieldType, number>> = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8, text: 1 };

/**
 * Fields that Analyze and NIfTI-1 have at the same offset. SPM99 and SPM2 use the scaling fields in Analyze files; the
 * original Analyze does not.
 */
const analyzeFields = {
  dim: ['i16', 40, 8],
  datatype: ['i16', 70],
  bitpix: ['i16', 72],
  pixdim: ['f32', 76, 8],
  vox_offset: ['f32', 108],
  scl_slope: ['f32', 112],
  scl_inter: ['f32', 116],
  cal_max: ['f32', 124],
  cal_min: ['f32', 128],
  glmax: ['i32', 140],
  glmin: ['i32', 144],
  descrip: ['text', 148, 80],
  aux_file: ['text', 228, 24],
} as const satisfies Record<string, FieldPlace>;

const nifti1Fields = {
  ...analyzeFields,
  dim_info: ['u8', 39],
  intent_p1: ['f32', 56],
  intent_p2: ['f32', 60],
  intent_p3: ['f32', 64],
  intent_code: ['i16', 68],
  slice_start: ['i16', 74],
  slice_end: ['i16', 120],
  slice_code: ['u8', 122],
  xyzt_units: ['u8', 123],
  slice_duration: ['f32', 132],
  toffset: ['f32', 136],
  qform_code: ['i16', 252],
  sform_code: ['i16', 254],
  quatern_b: ['f32', 256],
  quatern_c: ['f32', 260],
  quatern_d: ['f32', 264],
  qoffset_x: ['f32', 268],
  qoffset_y: ['f32', 272],
  qoffset_z: ['f32', 276],
  srow_x: ['f32', 280, 4],
  srow_y: ['f32', 296, 4],
  srow_z: ['f32', 312, 4],
  intent_name: ['text', 328, 16],
  magic: ['text', 344, 4],
} as const satisfies Record<string, FieldPlace>;

const nifti2Fields = {
  magic: ['text', 4, 4],
  datatype: ['i16', 12],
  bitpix: ['i16', 14],
  dim: ['i64', 16, 8],
  intent_p1: ['f64', 80],
  intent_p2: ['f64', 88],
  intent_p3: ['f64', 96],
  pixdim: ['f64', 104, 8],
  vox_offset: ['i64', 168],
  scl_slope: ['f64', 176],
  scl_inter: ['f64', 184],
  cal_max: ['f64', 192],
  cal_min: ['f64', 200],
  slice_duration: ['f64', 208],
  toffset: ['f64', 216],
  slice_start: ['i64', 224],
  slice_end: ['i64', 232],
  descrip: ['text', 240, 80],
  aux_file: ['text', 320, 24],
  qform_code: ['i32', 344],
  sform_code: ['i32', 348],
  quatern_b: ['f64', 352],
  quatern_c: ['f64', 360],
  quatern_d: ['f64', 368],
  qoffset_x: ['f64', 376],
  qoffset_y: ['f64', 384],
  qoffset_z: ['f64', 392],
  srow_x: ['f64', 400, 4],
  srow_y: ['f64', 432, 4],
  srow_z: ['f64', 464, 4],
  slice_code: ['i32', 496],
  xyzt_units: ['i32', 500],
  intent_code: ['i32', 504],
  intent_name: ['text', 508, 16],
  dim_info: ['u8', 524],
} as const satisfies Record<string, FieldPlace>;

/** Header sizes in bytes. The first field of a header contains its size, which identifies the kind. */
const headerBytes1 = 348;
const headerBytes2 = 540;
/** Size of the largest header in bytes. */
export const maxHeaderBytes = headerBytes2;

/** Kind of a header. The data is in the same file (`single`) or in an `.img` file (`pair`). */
export interface NiftiKind {
  readonly version: 'nifti1' | 'nifti2' | 'analyze';
  readonly storage: 'single' | 'pair';
  readonly byteOrder: ByteOrder;
}

/**
 * Returns the kind of header in `head`, or null if it is not a known header. NIfTI has a magic number. Analyze has
 * none, so its header is recognised by its size and a valid number of dimensions.
 */
export function recognizeHeader(head: Uint8Array): NiftiKind | null {
  if (head.length < headerBytes1) return null;
  const view = viewOf(head);
  for (const byteOrder of ['little', 'big'] as const) {
    const size = view.getInt32(0, byteOrder === 'little');
    if (size === headerBytes1) {
      const magic = latin1(head.subarray(344, 348));
      if (magic === 'n+1\0') return { version: 'nifti1', storage: 'single', byteOrder };
      if (magic === 'ni1\0') return { version: 'nifti1', storage: 'pair', byteOrder };
      const rank = view.getInt16(40, byteOrder === 'little');
      return rank >= 1 && rank <= 7 ? { version: 'analyze', storage: 'pair', byteOrder } : null;
    }
    if (size === headerBytes2 && head.length >= headerBytes2) {
      const magic = latin1(head.subarray(4, 12));
      if (magic === 'n+2\0\r\n\x1a\n') return { version: 'nifti2', storage: 'single', byteOrder };
      if (magic === 'ni2\0\r\n\x1a\n') return { version: 'nifti2', storage: 'pair', byteOrder };
    }
  }
  return null;
}

/** Fields of a header. A field that this kind of header does not have is 0 or empty. */
export class NiftiHeader {
  readonly kind: NiftiKind;
  readonly path: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fields: Readonly<Record<string, FieldPlace>>;

  /** @param bytes start of the file. @param kind result of {@link recognizeHeader} for these bytes. */
  constructor(bytes: Uint8Array, kind: NiftiKind, path: string) {
    this.kind = kind;
    this.path = path;
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    const { version } = kind;
    this.#fields = version === 'nifti2' ? nifti2Fields : version === 'nifti1' ? nifti1Fields : analyzeFields;
  }

  /** Names of all fields. */
  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** Returns the location of a field in the file, for errors. */
  where(name: string): { readonly path: string; readonly offset: number } {
    return { path: this.path, offset: this.#fields[name]?.[1] ?? 0 };
  }

  /** Returns the first number of a field; 0 if the header has no such field. */
  number(name: string): number {
    return this.list(name)[0] ?? 0;
  }

  /** Returns the numbers of a field; an empty list if the header has no such field. */
  list(name: string): readonly number[] {
    const place = this.#fields[name];
    if (place === undefined || place[0] === 'text') return [];
    const [type, offset, count = 1] = place;
    return Array.from({ length: count }, (_, i) => this.#number(type, offset + i * sizeOf[type], name));
  }

  /** Returns the value of a field in the form in which the `attributes` of the array contain it. */
  value(name: string): number | string | readonly number[] {
    const place = this.#fields[name];
    if (place?.[0] !== 'text') return place?.[2] === undefined ? this.number(name) : this.list(name);
    const [, offset, length = 0] = place;
    const bytes = this.#bytes.subarray(offset, offset + length);
    const end = bytes.indexOf(0);
    return latin1(end < 0 ? bytes : bytes.subarray(0, end));
  }

  #number(type: FieldType, offset: number, name: string): number {
    const little = this.kind.byteOrder === 'little';
    if (type === 'u8') return this.#view.getUint8(offset);
    if (type === 'i16') return this.#view.getInt16(offset, little);
    if (type === 'i32') return this.#view.getInt32(offset, little);
    if (type === 'f32') return this.#view.getFloat32(offset, little);
    if (type === 'f64') return this.#view.getFloat64(offset, little);
    const value = Number(this.#view.getBigInt64(offset, little));
    if (!Number.isSafeInteger(value)) {
      throw new FormatError(`Expected a number below 2^53 as ${name} of the NIfTI header, found ${value}`, {
        path: this.path,
        offset,
      });
    }
    return value;
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
