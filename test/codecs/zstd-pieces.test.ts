/** Tests zstd chunks of more than 1 MiB, which are decoded in pieces. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { CodecError, createArray, openArray, slice } from '../../lib/index.js';
import { counting } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const columns = 1024;
/** A skippable frame of 3 bytes (RFC 8878, section 3.1.2). */
const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

/** Writes one chunk with counting elements, compressed with zstd and a checksum. Returns the path of its file. */
async function writeChunk(name: string, rows: number, first = 0): Promise<string> {
  const shape = [rows, columns];
  const codecs = [{ name: 'zstd', checksum: true }] as const;
  await using array = await createArray(folder.at(name), {
    format: 'zarr',
    shape,
    dtype: 'float32',
    chunkShape: shape,
    codecs,
  });
  const data = counting(rows * columns);
  await array.write(
    null,
    data.map((value) => value + first),
  );
  return folder.at(`${name}/c/0/0`);
}

/** Replaces the chunk of the array `whole` by `bytes` and reads it. */
async function readWith(bytes: Uint8Array, rows = 0): Promise<Float32Array> {
  fs.writeFileSync(folder.at('whole/c/0/0'), bytes);
  await using array = await openArray(folder.at('whole'));
  return (await array.read(rows === 0 ? undefined : [slice(0, rows)])).data as Float32Array;
}

/** Returns true if the elements are 0, 1, 2, … */
function isCounting(data: Float32Array, rows: number): boolean {
  return data.length === rows * columns && data.every((value, i) => value === i);
}

describe('a zstd chunk of 2 MiB', () => {
  const rows = 512;
  let stored = new Uint8Array();
  let halves: readonly Uint8Array[] = [];
  beforeAll(async () => {
    stored = new Uint8Array(fs.readFileSync(await writeChunk('whole', rows)));
    const paths = [await writeChunk('upper', rows / 2), await writeChunk('lower', rows / 2, (rows / 2) * columns)];
    halves = paths.map((path) => new Uint8Array(fs.readFileSync(path)));
  });

  const valid: readonly (readonly [string, () => readonly Uint8Array[]])[] = [
    ['one frame', () => [stored]],
    ['two frames', () => halves],
    ['skippable frames', () => [skippable, ...halves.slice(0, 1), skippable, ...halves.slice(1), skippable]],
  ];
  test.for(valid)('is decoded: %s', async ([, parts]) => {
    expect(isCounting(await readWith(Buffer.concat(parts())), rows)).toBe(true);
    expect(isCounting(await readWith(Buffer.concat(parts()), 100), 100)).toBe(true);
  });

  const damaged: readonly (readonly [string, () => Uint8Array])[] = [
    [
      'a wrong checksum',
      () => {
        const copy = stored.slice();
        copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
        return copy;
      },
    ],
    ['no checksum', () => stored.slice(0, -4)],
    ['bytes after the frame', () => Buffer.concat([stored, Uint8Array.of(1, 2, 3, 4)])],
    ['a second frame that does not fit', () => Buffer.concat([stored, halves[0] ?? stored])],
    ['an incomplete skippable frame', () => Buffer.concat([stored, skippable.slice(0, 6)])],
    ['only one of two frames', () => halves[0] ?? stored],
  ];
  test.for(damaged)('is refused: %s', async ([, bytes]) => {
    await expect(readWith(bytes())).rejects.toBeInstanceOf(CodecError);
  });
});
