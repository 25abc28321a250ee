/**
 * Writes the structures of hostile HDF5 files. Most of them have the oldest version, which has no checksum.
 * @module
 */
import { ByteWriter } from '../byte-writer.js';
import type { HostileFiles } from './case.js';

/** Path of the files. */
export const path = '/a.h5';
export const superblockBytes = 96;
/** The undefined address. */
export const none = -1;

/** A message of an object header of version 1. */
export type Message = readonly [type: number, body: Uint8Array];

export const aligned = (length: number): number => Math.ceil(length / 8) * 8;

export function messages(list: readonly Message[]): Uint8Array {
  const writer = new ByteWriter();
  for (const [type, body] of list) {
    writer.u16(type, aligned(body.length)).u8(0, 0, 0, 0).bytes(body).align(8);
  }
  return writer.done();
}

/**
 * Returns a file whose root group has the messages `list`. `rest` follows its object header, at {@link endOfHeader}.
 */
export function file(list: readonly Message[], rest: Uint8Array = new Uint8Array(0)): HostileFiles {
  return { [path]: fileBytes(list, rest) };
}

/** Returns the bytes of {@link file}. */
export function fileBytes(list: readonly Message[], rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = messages(list);
  const end = superblockBytes + 16 + body.length + rest.length;
  const writer = new ByteWriter().u8(0x89).text('HDF\r\n').u8(0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0).u16(4, 16).u32(0);
  writer.i64(0, none, end, none).i64(0, superblockBytes).u32(0, 0).zeros(16);
  writer
    .u8(1, 0)
    .u16(list.length & 0xffff)
    .u32(1, body.length, 0)
    .bytes(body)
    .bytes(rest);
  return writer.done();
}

/** Returns an object header with the messages `list`. */
export function header(list: readonly Message[]): Uint8Array {
  const body = messages(list);
  return new ByteWriter()
    .u8(1, 0)
    .u16(list.length & 0xffff)
    .u32(1, body.length, 0)
    .bytes(body)
    .done();
}

/** Returns the offset after the object header of the root group, if its messages have `messageBytes` bytes. */
export const endOfHeader = (messageBytes: number): number => superblockBytes + 16 + messageBytes;

export const int32 = new ByteWriter().u8(0x10, 8, 0, 0).u32(4).u16(0, 32).align(8).done();
export const scalar = new ByteWriter().u8(1, 0, 0, 0).zeros(4).done();

export function attribute(name: string): Message {
  const writer = new ByteWriter()
    .u8(1, 0)
    .u16(name.length + 1, 12, 8)
    .text(name)
    .u8(0)
    .align(8);
  return [0x0c, writer.bytes(int32).bytes(scalar).i32(7).done()];
}

/** Returns an attribute that is a text of a fixed length. */
export function textAttribute(name: string, text: string): Message {
  const writer = new ByteWriter()
    .u8(1, 0)
    .u16(name.length + 1, 8, 8)
    .text(name)
    .u8(0)
    .align(8);
  return [0x0c, writer.u8(0x13, 0, 0, 0).u32(text.length).bytes(scalar).text(text).done()];
}

export function link(name: string, address: number): Message {
  return [0x06, new ByteWriter().u8(1, 1).u16(name.length).text(name).i64(address).done()];
}

export function softLink(name: string, target: string): Message {
  const writer = new ByteWriter().u8(1, 0x08, 1).u8(name.length).text(name).u16(target.length).text(target);
  return [0x06, writer.done()];
}

export function externalLink(name: string, fileName: string, target: string): Message {
  const value = new ByteWriter().u8(0).text(fileName).u8(0).text(target).u8(0).done();
  return [0x06, new ByteWriter().u8(1, 0x08, 64).u8(name.length).text(name).u16(value.length).bytes(value).done()];
}

/** Returns the messages of a contiguous dataset of `count` elements of `bytes` bytes; `address` is that of its data. */
export function dataset(count: number, type: Uint8Array, bytes: number, address: number): Message[] {
  return [
    [0x01, new ByteWriter().u8(1, 1, 0).zeros(5).i64(count).done()],
    [0x03, type],
    [
      0x08,
      new ByteWriter()
        .u8(3, 1)
        .i64(address, count * bytes)
        .done(),
    ],
  ];
}

/** Returns entries of about `each` bytes with a total size of about `size` bytes. */
export const entries = <T>(size: number, each: number, entry: (i: number) => T): T[] =>
  Array.from({ length: Math.ceil(size / each) }, (_, i) => entry(i));
