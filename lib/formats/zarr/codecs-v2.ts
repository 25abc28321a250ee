/**
 * Parses the filters and compressor of Zarr v2. Writers apply the filters in order and the compressor last.
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html (Filters)
 * @module
 */
import type { CodecSpec } from '../../codecs/codec.js';
import { type ByteOrder, dtypeInfo } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { columnMajor, rowMajor } from '../../plan/layout.js';
import type { CodecType } from './dtype-v2.js';
import type { ElementType } from './element.js';
import { axisOrderOf, type ChunkEncoding, checkChunkSize } from './encoding.js';
import { asArray, asChoice, asObject, asString, inside, type Place } from './fields.js';
import type { Json, JsonObject } from './json.js';
import { parseNumcodecs } from './numcodecs.js';
import { isVariable } from './variable-text.js';

/** Maximum number of codecs in a chain. */
const maxCodecs = 32;

/**
 * Parses the chunk encoding in `.zarray`.
 * @param metadata the document. Uses `order`, `filters` and `compressor`.
 * @throws {UnsupportedError} naming a codec that is not supported.
 */
export function parseEncodingV2(
  metadata: JsonObject,
  place: Place,
  chunkShape: readonly number[],
  element: ElementType,
  byteOrder: ByteOrder,
): ChunkEncoding {
  const { order } = metadata;
  const rank = chunkShape.length;
  const axes = asChoice(order ?? 'C', inside(place, 'order'), ['C', 'F']) === 'C' ? rowMajor(rank) : columnMajor(rank);
  const first = isVariable(element) ? 1 : 0; // The first filter made bytes of the elements.
  const codecs = parseChain(metadata, place, first === 1 ? null : { info: dtypeInfo(element.dtype), byteOrder }, first);
  const { dtype } = element;
  const layout = { dtype, byteOrder, axisOrder: axisOrderOf(axes, element), edge: 'full', codecs } as const;
  checkChunkSize({ chunkShape, layout }, element, place);
  return { chunkShape, layout, shards: [] };
}

/**
 * Parses the filters and the compressor.
 * @param type type of the values that the writer passes to the first codec; null if it passes bytes.
 * @param first number of filters to skip.
 */
function parseChain(metadata: JsonObject, place: Place, type: CodecType | null, first: number): CodecSpec[] {
  const { filters, compressor } = metadata;
  const steps: (readonly [Json | undefined, Place])[] = [];
  if (filters !== undefined && filters !== null) {
    const at = inside(place, 'filters');
    asArray(filters, at).forEach((filter, i) => {
      if (i >= first) steps.push([filter, inside(at, i)]);
    });
  }
  if (compressor !== undefined && compressor !== null) steps.push([compressor, inside(place, 'compressor')]);
  if (steps.length > maxCodecs) throw new UnsupportedError(`chains of ${steps.length} Zarr codecs`, place.path);
  const chain: CodecSpec[] = [];
  let current: CodecType | null = type;
  for (const [value, at] of steps) {
    const config = asObject(value, at);
    const step = parseNumcodecs(asString(config['id'], inside(at, 'id')), config, at, current);
    if (step.kind === 'bytes') {
      chain.push(step.spec);
      current = null;
      continue;
    }
    const { decoded, stored } = step;
    // numcodecs reinterprets the bytes, so a codec may declare a different type of the same size.
    if (current !== null && current.info.size !== decoded.info.size) {
      throw new UnsupportedError(`a Zarr filter for ${decoded.info.name} on ${current.info.name}`, place.path);
    }
    const spec = step.spec(stored?.byteOrder === 'big', decoded.byteOrder === 'big');
    if (spec !== null) chain.push(spec);
    current = stored;
  }
  return chain;
}
