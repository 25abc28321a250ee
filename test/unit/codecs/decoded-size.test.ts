/** Tests the decoded size that the stored bytes of a chunk state. */
import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import type { CodecChain } from '../../../lib/codecs/codec.js';
import { decodedSizeOf, edgeBytes } from '../../../lib/codecs/decoded-size.js';

function sizeOf(chain: CodecChain, stored: Uint8Array, filterMask = 0): number | null {
  const edges = { head: stored.subarray(0, edgeBytes), tail: stored.subarray(-edgeBytes) };
  return decodedSizeOf(chain, { ...edges, length: stored.length, filterMask });
}

const zstd = [{ codec: 'zstd', params: [] }] as const;
const gzip = [{ codec: 'gzip', params: [] }] as const;
const crc32c = { codec: 'crc32c', params: [0] } as const;

/** Returns a Zstandard frame header: RFC 8878, section 3.1.1.1. */
function frame(descriptor: number, ...fields: number[]): Uint8Array {
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...fields]);
}

test.each([
  ['one byte', frame(0x20, 7), 7],
  ['two bytes, minus 256', frame(0x60, 1, 1), 513],
  ['four bytes after a window descriptor', frame(0x80, 0x50, 0, 0, 1, 0), 65536],
  ['eight bytes', frame(0xe0, 0, 0, 0, 0, 1, 0, 0, 0), 2 ** 32],
  ['after a dictionary of two bytes', frame(0x22, 9, 9, 5), 5],
  ['none', frame(0x00, 0x50, 1, 2, 3), null],
  ['a truncated header', frame(0xe0, 0, 0), null],
  ['another magic number', Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2]), null],
])('a Zstandard frame with a size of %s', (_, stored, size) => {
  expect(sizeOf(zstd, stored)).toBe(size);
});

test('gzip states it at the end, before checksums', () => {
  const stored = zlib.gzipSync(Buffer.alloc(70_000));
  expect(sizeOf(gzip, stored)).toBe(70_000);
  expect(sizeOf([...gzip, crc32c], Buffer.concat([stored, Buffer.alloc(4)]))).toBe(70_000);
  expect(sizeOf(gzip, stored.subarray(0, 3))).toBe(null);
});

test('uncompressed bytes have their own size, without checksums', () => {
  expect(sizeOf([], new Uint8Array(100))).toBe(100);
  expect(sizeOf([crc32c, { codec: 'checksum32', params: [0, 1] }], new Uint8Array(100))).toBe(92);
  expect(sizeOf([crc32c], new Uint8Array(2))).toBe(0);
});

test('a codec that was skipped does not count', () => {
  expect(sizeOf(gzip, new Uint8Array(100), 1)).toBe(100);
});

test('chains of compressors and zlib do not state it', () => {
  expect(sizeOf([...gzip, ...zstd], frame(0x20, 7))).toBe(null);
  expect(sizeOf([{ codec: 'zlib', params: [] }], zlib.deflateSync('text'))).toBe(null);
  expect(sizeOf([{ codec: 'checksum32', params: [0] }], new Uint8Array(9))).toBe(null);
});
