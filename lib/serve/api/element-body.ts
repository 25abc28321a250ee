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

/**
 * Creates a body of `header` and little-endian elements in C order.
 * @param id name of the read, for its statistics. @param length number of bytes of the body.
 */
export function elementsBody(
  source: ApiSource,
  { array, dtype, options }: ReadElements,
  id: string | null,
  header: Uint8Array,
  length: number,
): Body {
  const { size } = dtypeInfo(dtype);
  const { admission } = source;
  return {
    length,
    hasRanges: false,
    compressible: 'data',
    async *open(_span, signal) {
      if (header.length > 0) yield header;
      const elements = Math.max(1, Math.floor(admission.partBytes / size));
      const bytes = Math.min(elements, array.size) * size;
      for (const selection of array.size === 0 ? [] : partsOf(array, elements)) {
        yield* sendHeld(admission, bytes, signal, async () => {
          const { data, stats } = await array.read(selection, { ...options, signal });
          source.log.add(id, stats);
          return elementsContent(data);
        });
      }
    },
  };
}
