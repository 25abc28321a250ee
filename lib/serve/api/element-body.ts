/**
 * Bodies with the elements of an array, which are read and sent part by part.
 * @module
 */
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, dtypeInfo } from '../../core/dtype.js';
import { elementsContent, sendHeld } from '../held-body.js';
import type { Body } from '../http/reply.js';
import type { ApiSource } from './endpoint.js';
import { partsOf } from './parts.js';

/** An array, the type of the elements that are sent, and the options of the reads. */
export interface ReadElements {
  readonly array: ReadableArray;
  readonly dtype: DType;
  readonly options: AsyncReadOptions;
}

/** Bytes around the elements of a body. */
export interface ElementsBodySettings {
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  /** Changes the elements, for example packs them. */
  readonly encode?: (parts: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** Number of bytes of the body. */
  readonly length: number;
  /** Name of the read, for its statistics. */
  readonly id: string | null;
}

/** Returns the number of elements of a part of a body. */
export function elementsPerPart({ admission }: ApiSource, dtype: DType): number {
  return Math.max(1, Math.floor(admission.partBytes / dtypeInfo(dtype).size));
}

/**
 * Reads an array in parts of at most `budget` elements, and yields the bytes of each part.
 * @param id name of the read, for its statistics.
 */
export async function* sendElements(
  { admission, log }: ApiSource,
  { array, dtype, options }: ReadElements,
  budget: number,
  id: string | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const bytes = Math.min(budget, array.size) * dtypeInfo(dtype).size;
  for (const selection of array.size === 0 ? [] : partsOf(array, budget)) {
    yield* sendHeld(admission, bytes, signal, async () => {
      const { data, stats } = await array.read(selection, { ...options, signal });
      log.add(id, stats);
      return elementsContent(data);
    });
  }
}

/** Creates a body of little-endian elements in C order. */
export function elementsBody(
  source: ApiSource,
  read: ReadElements,
  { before, after, encode = (parts) => parts, length, id }: ElementsBodySettings,
): Body {
  return {
    length,
    hasRanges: false,
    compressible: 'data',
    async *open(_span, signal) {
      if (before !== undefined) yield before;
      yield* encode(sendElements(source, read, elementsPerPart(source, read.dtype), id, signal));
      if (after !== undefined) yield after;
    },
  };
}
