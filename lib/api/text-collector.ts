/**
 * Collects the selected texts of decoded chunks, which arrive in any order.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { product } from '../core/numbers.js';
import type { Utf8Text } from '../core/utf8-text.js';
import { checkValuesBytes } from '../core/values-limit.js';
import type { TextSpans } from '../formats/descriptor.js';
import type { ChunkIndices } from '../plan/chunk-indices.js';
import { resultMemory } from './memory-limit.js';

/** Number of texts between two checkpoints, at which other work may run. */
const textsPerCheckpoint = 4096;
/** Bytes that the collector needs per selected text. */
const bytesPerText = 16;
/** Texts longer than this are copied by a call of the runtime, shorter ones in a loop. */
const longTextBytes = 48;

/** The selected elements of one chunk: one group per dimension, and the distances between neighbours. */
export interface ChunkSelection {
  readonly groups: readonly ChunkIndices[];
  /** Distance between neighbours in the chunk, per dimension. */
  readonly strides: readonly number[];
}

/** Texts of a selection. Texts that are never added are the fill text. */
export class TextCollector {
  readonly #outStrides: readonly number[];
  readonly #count: number;
  /** For each text: the index of its part in `#parts`, and its start and length in this part. */
  readonly #part: Uint32Array;
  readonly #start: Float64Array;
  readonly #length: Uint32Array;
  readonly #parts: Uint8Array[];
  readonly #maxBytes: number;
  #keptBytes = 0;

  /**
   * @param counts number of selected indices per dimension. @param fill fill text in UTF-8.
   * @param maxBytes maximum number of bytes of all texts.
   * @throws {MemoryLimitError} if there is not enough memory for the positions of the texts.
   */
  constructor(counts: readonly number[], fill: Uint8Array, maxBytes = Infinity) {
    this.#maxBytes = maxBytes;
    const strides = counts.map(() => 1);
    for (let d = counts.length - 2; d >= 0; d--) strides[d] = (strides[d + 1] ?? 1) * (counts[d + 1] ?? 1);
    this.#outStrides = strides;
    this.#count = product(counts);
    const begun = resultMemory.admit(this.#count * bytesPerText);
    try {
      this.#part = new Uint32Array(this.#count);
      this.#start = new Float64Array(this.#count);
      this.#length = new Uint32Array(this.#count).fill(fill.length);
    } finally {
      begun();
    }
    this.#parts = [fill];
  }

  /**
   * Adds the selected texts of a decoded chunk. Copies them, so the memory of `bytes` may be reused.
   * @throws {ValuesLimitError} if the texts have too many bytes. @throws {MemoryLimitError} if there is not enough
   * memory for them.
   */
  *add(bytes: Uint8Array, { starts, ends }: TextSpans, { groups, strides }: ChunkSelection): Sliced<void> {
    const count = groups.reduce((product, { inner }) => product * inner.length, 1);
    const from = walk(groups, 'inner', strides);
    const to = walk(groups, 'outer', this.#outStrides);
    const part = this.#parts.length;
    const begins = new Uint32Array(count);
    const lengths = new Uint32Array(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      if (i % textsPerCheckpoint === textsPerCheckpoint - 1) yield checkpoint;
      const element = from();
      const begin = starts[element] ?? 0;
      const length = (ends[element] ?? 0) - begin;
      const text = to();
      this.#part[text] = part;
      this.#start[text] = total;
      this.#length[text] = length;
      begins[i] = begin;
      lengths[i] = length;
      total += length;
    }
    this.#keptBytes += total;
    checkValuesBytes('values', this.#keptBytes, this.#maxBytes);
    const begun = resultMemory.admit(total);
    const kept = new Uint8Array(total);
    begun();
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (i % textsPerCheckpoint === textsPerCheckpoint - 1) yield checkpoint;
      const length = lengths[i] ?? 0;
      copyBytes(bytes, begins[i] ?? 0, kept, at, length);
      at += length;
    }
    this.#parts.push(kept);
  }

  /** Returns the texts in the order of the selection. @throws {ValuesLimitError} if they have too many bytes. */
  *finish(): Sliced<Utf8Text> {
    const offsets = new Float64Array(this.#count + 1);
    let total = 0;
    for (let i = 0; i < this.#count; i++) {
      if (i % textsPerCheckpoint === textsPerCheckpoint - 1) yield checkpoint;
      total += this.#length[i] ?? 0;
      offsets[i + 1] = total;
    }
    checkValuesBytes('values', total, this.#maxBytes);
    const begun = resultMemory.admit(total);
    const bytes = new Uint8Array(total);
    begun();
    for (let i = 0; i < this.#count; i++) {
      if (i % textsPerCheckpoint === textsPerCheckpoint - 1) yield checkpoint;
      const part = this.#parts[this.#part[i] ?? 0];
      if (part !== undefined) copyBytes(part, this.#start[i] ?? 0, bytes, offsets[i] ?? 0, this.#length[i] ?? 0);
    }
    return { offsets, bytes };
  }
}

/** Returns a function that returns the next position of the product of `groups` at each call, in row-major order. */
function walk(groups: readonly ChunkIndices[], side: 'inner' | 'outer', strides: readonly number[]): () => number {
  const lists = groups.map((group) => group[side]);
  const counters = lists.map(() => 0);
  let position = lists.reduce((sum, list, d) => sum + (list[0] ?? 0) * (strides[d] ?? 0), 0);
  return () => {
    const current = position;
    for (let d = lists.length - 1; d >= 0; d--) {
      const list = lists[d] ?? [];
      const at = counters[d] ?? 0;
      const next = at + 1 < list.length ? at + 1 : 0;
      counters[d] = next;
      position += ((list[next] ?? 0) - (list[at] ?? 0)) * (strides[d] ?? 0);
      if (next !== 0) break;
    }
    return current;
  };
}

function copyBytes(from: Uint8Array, start: number, to: Uint8Array, at: number, length: number): void {
  if (length > longTextBytes) to.set(from.subarray(start, start + length), at);
  else for (let k = 0; k < length; k++) to[at + k] = from[start + k] ?? 0;
}
