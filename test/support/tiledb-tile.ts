/**
 * Decodes TileDB tiles for tests of the format. It is slow and supports only no filter, gzip and byteshuffle. The
 * native codec has its own tests with tiles written by tiledb-py.
 * @module
 */
import { inflateSync } from 'node:zlib';
import type { Layer } from '../../lib/formats/format.js';

/** Returns the cells of a stored tile. The only codec of its layer must be `tiledbTile`. */
export function decodeTile(stored: Uint8Array, layer: Layer): Uint8Array {
  const [, , datatype = 0, count = 0, ...rest] = layer.layout.codecs[0]?.params ?? [];
  const filters: number[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    filters.push(rest[at] ?? 0);
    at += 2 + (rest[at + 1] ?? 0);
  }
  const width = { 0: 4, 1: 8, 2: 4, 3: 8, 5: 1, 6: 1, 7: 2, 8: 2, 9: 4, 10: 8 }[datatype] ?? 8;
  const tile = new Reader(stored);
  const chunks: Uint8Array[] = [];
  const chunkCount = Number(tile.u64());
  for (let i = 0; i < chunkCount; i++) {
    const original = tile.u32();
    const filtered = tile.u32();
    let metadata = tile.take(tile.u32());
    let data = tile.take(filtered);
    for (const filter of filters.toReversed()) {
      const table = new Reader(metadata);
      if (filter === 1) [metadata, data] = inflateParts(table, new Reader(data));
      else if (filter === 9) [data, metadata] = [unshuffleParts(table, new Reader(data), width), table.rest()];
      else if (filter !== 0) throw new Error(`The test decoder has no filter ${filter}`);
    }
    if (data.length !== original) throw new Error(`A chunk of ${data.length} bytes, expected ${original}`);
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}

function inflateParts(table: Reader, data: Reader): [metadata: Uint8Array, data: Uint8Array] {
  const metadataParts = table.u32();
  const total = metadataParts + table.u32();
  const parts = Array.from({ length: total }, () => {
    table.u32();
    return inflateSync(data.take(table.u32()));
  });
  return [Buffer.concat(parts.slice(0, metadataParts)), Buffer.concat(parts.slice(metadataParts))];
}

function unshuffleParts(table: Reader, data: Reader, width: number): Uint8Array {
  const parts = Array.from({ length: table.u32() }, () => {
    const part = data.take(table.u32());
    const elements = Math.floor(part.length / width);
    const out = Uint8Array.from(part);
    for (let i = 0; i < elements * width; i++) out[(i % elements) * width + Math.floor(i / elements)] = part[i] ?? 0;
    return out;
  });
  return Buffer.concat(parts);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  u64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  take(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}
