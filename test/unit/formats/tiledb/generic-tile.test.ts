import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import { readGenericTile } from '../../../../lib/formats/tiledb/generic-tile.js';
import { runSync } from '../../../../lib/io/driver.js';
import { ByteWriter, countingBytes, sameBytes } from '../../../support/byte-writer.js';
import { MemoryBackend } from '../../../support/memory-backend.js';
import { genericTile } from '../../../support/tiledb-bytes.js';

const at = { version: 0, persisted: 4, size: 12, encryption: 29, pipelineSize: 30, filters: 38, filterType: 42 };

function read(bytes: Uint8Array, offset = 0): Uint8Array {
  return runSync(readGenericTile('/t', offset, bytes.length, 'the tile'), new MemoryBackend({ '/t': bytes }));
}

/** Copies a tile and applies `change` to the copy. */
function changed(tile: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(tile);
  change(new DataView(copy.buffer));
  return copy;
}

describe('a generic tile', () => {
  test.each([0, 1, 100, 65536, 65537, 1_000_000])('of %i bytes is read from the middle of a file', (size) => {
    const content = countingBytes(size);
    const file = new ByteWriter().zeros(77).bytes(genericTile(content, 20)).zeros(3).done();
    expect(sameBytes(read(file, 77), content)).toBe(true);
  });

  test('may be stored without a filter', () => {
    const content = countingBytes(50);
    const body = new ByteWriter()
      .i64(2)
      .u32(20, 20, 0)
      .bytes(content.subarray(0, 20))
      .u32(30, 30, 0)
      .bytes(content.subarray(20));
    const header = new ByteWriter().u32(5).i64(body.length, 50).u8(4).i64(1).u8(0).u32(8).u32(65536, 0);
    expect(read(header.bytes(body.done()).done())).toEqual(content);
  });

  const tile = genericTile(countingBytes(1000), 22);

  test.each([
    ['a stored size beyond the file', (v: DataView) => v.setBigUint64(at.persisted, 1n << 40n, true)],
    ['a stored size beyond 2^53', (v: DataView) => v.setBigUint64(at.persisted, 1n << 60n, true)],
    ['a size that is too large for the compressed data', (v: DataView) => v.setBigUint64(at.size, 200_000_000n, true)],
    ['a size beyond all limits', (v: DataView) => v.setBigUint64(at.size, 1n << 50n, true)],
    ['another size', (v: DataView) => v.setBigUint64(at.size, 999n, true)],
    ['a larger size', (v: DataView) => v.setBigUint64(at.size, 1001n, true)],
    ['a pipeline beyond the file', (v: DataView) => v.setUint32(at.pipelineSize, 1 << 30, true)],
    ['too many filters', (v: DataView) => v.setUint32(at.filters, 0xffffffff, true)],
    ['too many chunks', (v: DataView) => v.setBigUint64(52, 1n << 61n, true)],
    ['too many parts', (v: DataView) => v.setUint32(76, 0xffffffff, true)],
    ['a damaged stream', (v: DataView) => v.setUint32(100, 0xffffffff, true)],
  ])('with %s is a FormatError that names the file', (_, change) => {
    expect(() => read(changed(tile, change))).toThrow(FormatError);
    expect(() => read(changed(tile, change))).toThrow(/\/t/);
  });

  test.each([
    ['of a newer format', (v: DataView) => v.setUint32(at.version, 24, true), /format 24/],
    ['that is encrypted', (v: DataView) => v.setUint8(at.encryption, 1), /encrypted/],
    ['with another filter', (v: DataView) => v.setUint8(at.filterType, 2), /zstd/],
  ])('%s is refused with a reason', (_, change, message) => {
    expect(() => read(changed(tile, change))).toThrow(UnsupportedError);
    expect(() => read(changed(tile, change))).toThrow(message);
  });

  test('throws a FormatError if it is truncated anywhere', () => {
    for (let length = 0; length < tile.length; length++) {
      expect(() => read(tile.subarray(0, length))).toThrow(FormatError);
    }
  });

  test('is not decompressed beyond its stated size', () => {
    const bomb = deflateSync(new Uint8Array(50_000_000));
    const chunk = new ByteWriter().i64(1).u32(1000, bomb.length, 16).u32(0, 1, 1000, bomb.length).bytes(bomb).done();
    const header = new ByteWriter().u32(22).i64(chunk.length, 1000).u8(4).i64(1).u8(0).u32(18);
    const pipeline = new ByteWriter().u32(65536, 1).u8(1).u32(5).u8(1).i32(-1).done();
    const before = process.memoryUsage().arrayBuffers;
    expect(() => read(header.bytes(pipeline).bytes(chunk).done())).toThrow(FormatError);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
  });
});
