/**
 * Parses the codec lists of Zarr v3: array-to-array codecs, one array-to-bytes codec, then bytes-to-bytes codecs.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/index.html
 * @module
 */
import type { CodecSpec } from '../../codecs/codec.js';
import { type ByteOrder, dtypeInfo, machineByteOrder } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { rowMajor } from '../../plan/layout.js';
import type { ValueStep } from '../codecs/definition.js';
import { zarrCodecs, zarrSerializers } from '../codecs/table.js';
import type { CodecType } from './dtype-v2.js';
import type { ElementType } from './element.js';
import { axisOrderOf, type ChunkEncoding, checkChunkSize, type ShardLevel } from './encoding.js';
import { asExtension, checkMembers, type Extension } from './extension.js';
import { asArray, asChoice, asExtents, asInteger, fieldError, inside, type Place } from './fields.js';
import type { Json } from './json.js';
import { parseNumcodecs } from './numcodecs.js';
import { parseIndexLayout } from './shard-index.js';
import { isVariable, variableCodecs } from './variable-text.js';

/** Maximum nesting depth of shards. */
const maxShardLevels = 8;
/** Maximum number of codecs in one list. */
const maxCodecs = 32;

/** Input of a codec list, from the writer's point of view. */
interface Decoded {
  readonly element: ElementType;
  /** Chunk sizes in stored order, after the transposes that precede the list. */
  readonly shape: readonly number[];
  /** Array dimension of each stored dimension. */
  readonly axes: readonly number[];
}

/**
 * Parses the chunk encoding in `codecs` of an array's metadata.
 * @param chunkShape shape of one cell of the chunk grid, which is one file.
 * @throws {UnsupportedError} naming a codec or a combination of codecs that is not supported.
 */
export function parseEncodingV3(
  value: Json | undefined,
  place: Place,
  chunkShape: readonly number[],
  element: ElementType,
): ChunkEncoding {
  const shards: ShardLevel[] = [];
  let list = { value, place };
  let decoded: Decoded = { element, shape: chunkShape, axes: rowMajor(chunkShape.length) };
  for (;;) {
    const reader = new CodecReader(list.value, list.place, decoded);
    const serializer = reader.arrayToArray();
    // Drafts of the specification named the codec 'endian'. zarr-python reads both names.
    if (serializer.name === 'bytes' || serializer.name === 'endian') return finish(reader, serializer, shards);
    if (zarrSerializers.has(serializer.name)) return finishSerialized(reader, serializer, shards);
    if (variableCodecs.has(serializer.name)) return finishVariable(reader, serializer, shards);
    if (serializer.name !== 'sharding_indexed') {
      throw new UnsupportedError(`the Zarr codec '${serializer.name}'`, place.path);
    }
    if (shards.length === maxShardLevels) {
      throw new UnsupportedError(`more than ${maxShardLevels} nested Zarr shards`, place.path);
    }
    reader.refuseMore('after sharding_indexed', serializer.place);
    const inner = parseSharding(serializer, reader.decoded);
    shards.push(inner.level);
    decoded = inner.decoded;
    list = inner.codecs;
  }
}

/** Iterates over one list of codecs. */
class CodecReader {
  readonly #list: readonly Extension[];
  #next = 0;
  #decoded: Decoded;
  readonly values: ValueStep[] = [];

  constructor(value: Json | undefined, place: Place, decoded: Decoded) {
    const list = asArray(value, place);
    if (list.length > maxCodecs) throw new UnsupportedError(`lists of ${list.length} Zarr codecs`, place.path);
    this.#list = list.map((item, i) => asExtension(item, inside(place, i)));
    this.#decoded = decoded;
    if (list.length === 0) throw fieldError(place, 'an array-to-bytes codec', value);
  }

  /** Input of the array-to-bytes codec. */
  get decoded(): Decoded {
    return this.#decoded;
  }

  /** Type of the values that the next codec receives; null if they are packed bits. */
  get type(): CodecType | null {
    const last = this.values.at(-1);
    return last === undefined ? { info: dtypeInfo(this.#decoded.element.dtype), byteOrder: 'little' } : last.stored;
  }

  /** Consumes the array-to-array codecs and the array-to-bytes codec. Returns the array-to-bytes codec. */
  arrayToArray(): Extension {
    let last: Extension | undefined;
    for (const codec of this.#list) {
      this.#next += 1;
      last = codec;
      if (codec.name === 'transpose') {
        this.#transpose(codec);
      } else if (codec.name !== 'bitround') {
        const step = this.#numcodecs(codec);
        if (step === null || step.kind === 'bytes') return codec;
        this.#addValues(step, codec);
      }
    }
    throw fieldError(last?.place ?? { path: '', field: 'codecs' }, 'an array-to-bytes codec after it', last?.name);
  }

  /** Returns the array-to-array codecs. @param byteOrder byte order of the values that the last one stores. */
  valueCodecs(byteOrder: ByteOrder): CodecSpec[] {
    const specs = this.values.map((step, i) => step.spec(i === this.values.length - 1 && byteOrder === 'big', false));
    return specs.filter((spec) => spec !== null);
  }

  /** Consumes the bytes-to-bytes codecs. */
  bytesToBytes(): CodecSpec[] {
    const specs: CodecSpec[] = [];
    for (const codec of this.#list.slice(this.#next)) {
      const step = this.#numcodecs(codec);
      if (step?.kind === 'bytes') specs.push(step.spec);
      else specs.push(bytesCodec(codec));
    }
    return specs;
  }

  refuseMore(where: string, place: Place): void {
    const [more] = this.#list.slice(this.#next);
    if (more !== undefined) throw new UnsupportedError(`the Zarr codec '${more.name}' ${where}`, place.path);
    if (this.values.length > 0) throw new UnsupportedError('numcodecs filters of whole Zarr shards', place.path);
  }

  #numcodecs(codec: Extension): ReturnType<typeof parseNumcodecs> | null {
    if (!codec.name.startsWith('numcodecs.')) return null;
    return parseNumcodecs(codec.name.slice('numcodecs.'.length), codec.configuration, codec.place, this.type);
  }

  #addValues(step: ValueStep, codec: Extension): void {
    const { small, bitsOf } = this.#decoded.element;
    if (small !== undefined || bitsOf !== undefined) {
      throw new UnsupportedError(`the codec '${codec.name}' for numbers of few bits`, codec.place.path);
    }
    const { type } = this;
    if (type !== null && type.info !== step.decoded.info) {
      throw new UnsupportedError(
        `the codec '${codec.name}' for ${step.decoded.info.name} on ${type.info.name}`,
        codec.place.path,
      );
    }
    // The specification does not define how these codecs store big-endian values. zarr-python cannot read the arrays
    // that it writes with such values.
    for (const { info, byteOrder } of [step.decoded, step.stored ?? step.decoded]) {
      if (info.size > 1 && byteOrder === 'big') {
        throw new UnsupportedError(`the codec '${codec.name}' with a big-endian type`, codec.place.path);
      }
    }
    if (!step.keepsShape) this.#refusePermuted(codec);
    this.values.push(step);
  }

  /** Refuses codecs that flatten a transposed chunk, because writers flatten it in different orders. */
  #refusePermuted(codec: Extension): void {
    if (this.#decoded.axes.some((axis, i) => axis !== i)) {
      throw new UnsupportedError(`the codec '${codec.name}' together with transpose`, codec.place.path);
    }
  }

  #transpose(codec: Extension): void {
    checkMembers(codec, ['order']);
    const { element, shape, axes } = this.#decoded;
    const order = parseOrder(codec.configuration['order'], inside(codec.place, 'order'), shape.length);
    this.#decoded = {
      element,
      shape: order.map((from) => shape[from] ?? 0),
      axes: order.map((from) => axes[from] ?? 0),
    };
    if (this.values.some(({ keepsShape }) => !keepsShape)) this.#refusePermuted(codec);
  }
}

/** Parses a permutation. Also accepts 'C' and 'F', which drafts of the specification allowed. */
function parseOrder(value: Json | undefined, place: Place, rank: number): number[] {
  if (value === 'C') return rowMajor(rank);
  if (value === 'F') return rowMajor(rank).reverse();
  const order = asArray(value, place).map((item, i) => asInteger(item, inside(place, i), 0, Math.max(0, rank - 1)));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw fieldError(place, `a permutation of the ${rank} dimensions`, value);
  }
  return order;
}

/** Consumes the rest of the list and returns the chunk encoding. */
function finish(reader: CodecReader, serializer: Extension, shards: readonly ShardLevel[]): ChunkEncoding {
  const { element, shape, axes } = reader.decoded;
  checkMembers(serializer, ['endian']);
  refuseVariable(element, serializer);
  const stored = reader.type;
  const { small } = element;
  const storedUnit = small === undefined ? (stored?.info.swapSize ?? 1) : small.storedBytes;
  const byteOrder = parseEndian(serializer, storedUnit > 1);
  if (element.record !== undefined && byteOrder === 'big') {
    throw new UnsupportedError('big-endian Zarr v3 arrays of records', serializer.place.path);
  }
  const { values } = reader;
  const codecs = reader.valueCodecs(byteOrder);
  if (small !== undefined) codecs.push(small.spec(byteOrder));
  codecs.push(...reader.bytesToBytes());
  const chunkShape = inArrayOrder(shape, axes);
  const layout = {
    dtype: element.dtype,
    byteOrder: small !== undefined ? machineByteOrder : values.length > 0 ? 'little' : byteOrder,
    axisOrder: axisOrderOf(axes, element),
    edge: 'full',
    codecs,
  } as const;
  checkChunkSize({ chunkShape, layout }, element, serializer.place);
  return { chunkShape, layout, shards };
}

/** Returns the chunk encoding of a list whose array-to-bytes codec compresses. */
function finishSerialized(reader: CodecReader, serializer: Extension, shards: readonly ShardLevel[]): ChunkEncoding {
  const { element, shape, axes } = reader.decoded;
  refuseVariable(element, serializer);
  const { type } = reader;
  const { dtype, small, record, width } = element;
  const parse = zarrSerializers.get(serializer.name);
  if (parse === undefined || type === null || small !== undefined || record !== undefined || width !== null) {
    throw new UnsupportedError(`the Zarr codec '${serializer.name}' for these elements`, serializer.place.path);
  }
  const codecs = [...reader.valueCodecs('little'), parse({ codec: serializer, type, shape }), ...reader.bytesToBytes()];
  const chunkShape = inArrayOrder(shape, axes);
  const layout = { dtype, byteOrder: 'little', axisOrder: [...axes], edge: 'full', codecs } as const;
  checkChunkSize({ chunkShape, layout }, element, serializer.place);
  return { chunkShape, layout, shards };
}

/** Refuses a codec that cannot store elements of variable length. */
function refuseVariable(element: ElementType, serializer: Extension): void {
  if (!isVariable(element)) return;
  const expected = [...variableCodecs.keys()].map((name) => `'${name}'`).join(' or ');
  throw fieldError(serializer.place, `the codec ${expected} for elements of variable length`, serializer.name);
}

/** Returns the chunk encoding of elements of variable length. The codec of the elements is not part of the chain. */
function finishVariable(reader: CodecReader, serializer: Extension, shards: readonly ShardLevel[]): ChunkEncoding {
  const { element, shape, axes } = reader.decoded;
  checkMembers(serializer, []);
  if (!isVariable(element) || reader.values.length > 0) {
    throw new UnsupportedError(`the codec '${serializer.name}' for ${element.dtype} elements`, serializer.place.path);
  }
  // Writers flatten a transposed chunk of variable-length elements in different orders.
  if (axes.some((axis, i) => axis !== i)) {
    throw new UnsupportedError(`the codec '${serializer.name}' together with transpose`, serializer.place.path);
  }
  const chunkShape = inArrayOrder(shape, axes);
  const codecs = reader.bytesToBytes();
  const layout = { dtype: element.dtype, byteOrder: 'little', axisOrder: [...axes], edge: 'full', codecs } as const;
  checkChunkSize({ chunkShape, layout }, element, serializer.place);
  return { chunkShape, layout, shards };
}

/** Returns the sizes of a chunk in the order of the array's dimensions. `shape` has them in stored order. */
function inArrayOrder(shape: readonly number[], axes: readonly number[]): number[] {
  const ordered = [...shape];
  axes.forEach((axis, i) => {
    ordered[axis] = shape[i] ?? 0;
  });
  return ordered;
}

/** Parses `endian` of a `bytes` codec. It may be absent if byte order does not matter. */
function parseEndian(codec: Extension, matters: boolean): ByteOrder {
  const { endian } = codec.configuration;
  const place = inside(codec.place, 'endian');
  if (!matters && (endian === undefined || endian === null)) return 'little';
  return asChoice(endian, place, ['little', 'big']);
}

function bytesCodec(codec: Extension): CodecSpec {
  const parse = zarrCodecs.get(codec.name);
  if (parse === undefined) throw new UnsupportedError(`the Zarr codec '${codec.name}' on bytes`, codec.place.path);
  return parse(codec);
}

function parseSharding(
  codec: Extension,
  outer: Decoded,
): {
  readonly level: ShardLevel;
  readonly decoded: Decoded;
  readonly codecs: { value: Json | undefined; place: Place };
} {
  checkMembers(codec, ['chunk_shape', 'codecs', 'index_codecs', 'index_location']);
  const { chunk_shape: chunkShape, codecs, index_codecs: indexCodecs, index_location: location } = codec.configuration;
  const { shape, axes, element } = outer;
  const at = inside(codec.place, 'chunk_shape');
  const inner = asExtents(chunkShape, at, shape.length, 1);
  const counts = inner.map((size, i) => (shape[i] ?? 0) / size);
  if (!counts.every(Number.isInteger))
    throw fieldError(at, `sizes that divide the shard shape [${shape.join(', ')}]`, chunkShape);
  const shardShape = [...shape];
  const innerShape = [...shape];
  axes.forEach((axis, i) => {
    shardShape[axis] = shape[i] ?? 0;
    innerShape[axis] = inner[i] ?? 0;
  });
  const index = parseIndexLayout(indexCodecs, inside(codec.place, 'index_codecs'), counts, axes, {
    location: asChoice(location ?? 'end', inside(codec.place, 'index_location'), ['start', 'end']),
  });
  return {
    level: { shardShape, innerShape, index },
    decoded: { element, shape: inner, axes },
    codecs: { value: codecs, place: inside(codec.place, 'codecs') },
  };
}
