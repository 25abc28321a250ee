/**
 * Writes NIfTI headers for tests, field by field.
 * @module
 */
import type { ByteOrder } from '../../lib/core/dtype.js';
import { ByteWriter } from './byte-writer.js';

/** Header fields that a test sets; the others have plausible values. */
export interface NiftiFields {
  readonly order?: ByteOrder;
  readonly dim?: readonly number[];
  readonly datatype?: number;
  readonly voxOffset?: number;
  readonly slope?: number;
  readonly inter?: number;
  readonly magic?: string;
  readonly pixdim?: readonly number[];
  readonly qformCode?: number;
  readonly sformCode?: number;
  readonly quaternion?: readonly [number, number, number];
  readonly glmax?: number;
  readonly glmin?: number;
}

const defaults = {
  order: 'little',
  dim: [3, 2, 3, 4, 1, 1, 1, 1],
  datatype: 4,
  slope: 0,
  inter: 0,
  pixdim: [1, 2, 3, 4, 1, 0, 0, 0],
  qformCode: 0,
  sformCode: 0,
  quaternion: [0, 0, 0],
  glmax: 0,
  glmin: 0,
} as const;

/** Returns a NIfTI-1 header of 348 bytes. */
export function nifti1Header(fields: NiftiFields = {}): Uint8Array {
  const all = { ...defaults, voxOffset: 352, magic: 'n+1\0', ...fields };
  const writer = new ByteWriter(all.order)
    .i32(348)
    .padTo(39)
    .u8(0)
    .i16(...all.dim);
  writer
    .f32(1, 2, 3)
    .i16(1001, all.datatype, 16, 0)
    .f32(...all.pixdim)
    .f32(all.voxOffset, all.slope, all.inter);
  writer.i16(0).u8(0, 10).f32(100, -100, 0, 0.5).i32(all.glmax, all.glmin).text('made by hand', 80).text('aux', 24);
  writer
    .i16(all.qformCode, all.sformCode)
    .f32(...all.quaternion)
    .f32(10, 20, 30);
  writer.f32(2, 0, 0, -1, 0, 3, 0, -2, 0, 0, 4, -3).text('intent', 16).text(all.magic, 4);
  return writer.done();
}

/** Returns a NIfTI-2 header of 540 bytes. */
export function nifti2Header(fields: NiftiFields = {}): Uint8Array {
  const all = { ...defaults, voxOffset: 544, magic: 'n+2\0\r\n\x1a\n', ...fields };
  const writer = new ByteWriter(all.order)
    .i32(540)
    .text(all.magic, 8)
    .i16(all.datatype, 16)
    .i64(...all.dim);
  writer
    .f64(1, 2, 3)
    .f64(...all.pixdim)
    .i64(all.voxOffset)
    .f64(all.slope, all.inter, 100, -100, 0, 0.5)
    .i64(0, 0);
  writer
    .text('made by hand', 80)
    .text('aux', 24)
    .i32(all.qformCode, all.sformCode)
    .f64(...all.quaternion);
  writer.f64(10, 20, 30).f64(2, 0, 0, -1, 0, 3, 0, -2, 0, 0, 4, -3).i32(0, 10, 1001).text('intent', 16).u8(0);
  return writer.padTo(540).done();
}

/** Returns a header, four bytes that mean "no extensions", zeros up to `offset`, and data. */
export function niftiFile(header: Uint8Array, offset: number, data: Uint8Array): Uint8Array {
  return new ByteWriter().bytes(header).padTo(offset).bytes(data).done();
}
