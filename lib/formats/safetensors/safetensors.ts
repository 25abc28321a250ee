/**
 * Reads `.safetensors` files: a JSON header that names the tensors, then their bytes. See docs/formats/safetensors.md.
 * Source: https://github.com/huggingface/safetensors (README, section Format)
 * @module
 */
import { type DType, machineByteOrder } from '../../core/dtype.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, Pace, readExact, ready } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import { contiguousChunkShape, contiguousChunks } from '../contiguous-chunks.js';
import { describeFlatGroup } from '../flat-group.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { mlNumbers } from '../ml-numbers.js';
import { type NumberForm, numberForms, type SmallNumber, storedBits, storedName } from '../small-numbers.js';
import { axisOrderOf, checkedByteSize, describeWholeFile } from '../whole-file.js';
import { wholeLayer } from '../whole-layer.js';
import { asArray, asInteger, asObject, asString, fieldError, inside, type Place } from '../zarr/fields.js';
import { type Json, readJson } from '../zarr/json.js';

const types: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  U16: 'uint16',
  I16: 'int16',
  U32: 'uint32',
  I32: 'int32',
  U64: 'uint64',
  I64: 'int64',
  F16: 'float16',
  F32: 'float32',
  F64: 'float64',
  C64: 'complex64',
};
/** Types that are converted, by the name of the type in ml_dtypes. */
const convertedTypes: Readonly<Record<string, string>> = {
  BF16: 'bfloat16',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
};
/** Number of bytes before the header, which contain its length. */
const lengthBytes = 8;
/** Maximum length of the header in bytes. The reference implementation has the same limit. */
const maxHeaderBytes = 100_000_000;
const metadataKey = '__metadata__';

/** The `.safetensors` format. */
export const safetensors: Format = {
  name: 'safetensors',

  recognize: (probe: Probe): Io<boolean> => ready(() => headerBytesOf(probe) !== null),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const file = yield* readHeader(probe, request);
    return openTensor(file, chooseArray([...file.tensors.keys()], request.array, probe.path));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const file = yield* readHeader(probe, request);
    const { path, attributes, tensors } = file;
    const open = (name: string): Io<ArrayDescriptor> => ready(() => openTensor(file, name));
    const names = [...tensors.keys()];
    return describeFlatGroup({ format: 'safetensors', path, attributes, names, open }, request.array);
  },
};

/** The tensors of a file. */
interface TensorFile {
  readonly path: string;
  readonly size: number;
  /** Offset of the first byte after the header. */
  readonly dataOffset: number;
  readonly tensors: ReadonlyMap<string, Json>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly numbers: NumberForm;
}

/** Returns the length of the header, or null if the file does not start like this format. */
function headerBytesOf({ kind, head, size }: Probe): number | null {
  if (kind !== 'file' || head.length <= lengthBytes || head[lengthBytes] !== 0x7b) return null;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length >= 2n && length <= maxHeaderBytes && Number(length) <= size - lengthBytes ? Number(length) : null;
}

function* readHeader(probe: Probe, request: OpenRequest): Io<TensorFile> {
  const { path, size } = probe;
  const options = Fields.ofOptions(request.options);
  options.onlyKnown(['numbers'], 'the format safetensors');
  const numbers = options.oneOf('numbers', numberForms, 'values');
  const length = headerBytesOf(probe);
  if (length === null) {
    throw new FormatError('Expected the length of a JSON header in the first eight bytes, then the header', {
      path,
      offset: 0,
    });
  }
  const bytes = yield* readExact(path, lengthBytes, length, 'a safetensors header');
  const header = asObject(yield* readJson(bytes, path), { path, field: '' });
  const pace = new Pace(path);
  const tensors = new Map<string, Json>();
  for (const name of Object.keys(header)) {
    if (pace.isDue()) yield* pace.pause();
    if (name !== metadataKey) tensors.set(name, header[name] ?? null);
  }
  const attributes = Object.hasOwn(header, metadataKey)
    ? asObject(header[metadataKey], { path, field: metadataKey })
    : {};
  return { path, size, dataOffset: lengthBytes + length, tensors, attributes, numbers };
}

function openTensor(file: TensorFile, name: string): ArrayDescriptor {
  const { path, size, dataOffset, tensors, attributes, numbers } = file;
  const place: Place = { path, field: name };
  const tensor = asObject(tensors.get(name), place);
  const type = asString(tensor['dtype'], inside(place, 'dtype'));
  const small = Object.hasOwn(convertedTypes, type) ? mlNumbers.get(convertedTypes[type] ?? '') : undefined;
  const plain = Object.hasOwn(types, type) ? types[type] : undefined;
  const dtype = small === undefined ? plain : storedBits(small).dtype;
  if (dtype === undefined) throw new UnsupportedError(`safetensors of dtype '${type}'`, path);
  const shapePlace = inside(place, 'shape');
  const shape = asArray(tensor['shape'], shapePlace).map((size, i) => asInteger(size, inside(shapePlace, i), 0));
  const rangePlace = inside(place, 'data_offsets');
  const range = asArray(tensor['data_offsets'], rangePlace);
  const begin = asInteger(range[0], inside(rangePlace, 0), 0);
  const end = asInteger(range[1], inside(rangePlace, 1), 0);
  if (range.length !== 2 || end - begin !== checkedByteSize(shape, dtype, { path })) {
    throw fieldError(rangePlace, `a range of the size of shape [${shape.join(', ')}] of ${type}`, range);
  }
  const offset = dataOffset + begin;
  const stored = describeWholeFile({
    format: 'safetensors',
    path,
    name,
    dataFileSize: size,
    offset,
    shape,
    dtype,
    byteOrder: 'little',
    axisOrder: axisOrderOf('C', shape.length),
    attributes,
  });
  if (small === undefined) return stored;
  const storedAs = storedName(small, numbers);
  if (numbers === 'bits') return { ...stored, storedAs, bitsOf: small };
  return { ...convertTensor(stored, offset, small), storedAs };
}

/** Describes the values of a tensor. `stored` describes its bits. */
function convertTensor(stored: ArrayDescriptor, offset: number, small: SmallNumber): ArrayDescriptor {
  const { path, shape } = stored;
  const { dtype, storedBytes } = small;
  const chunkShape = contiguousChunkShape(shape, storedBytes);
  const codecs = [small.spec('little')];
  const axisOrder = axisOrderOf('C', shape.length);
  const layout = { dtype, byteOrder: machineByteOrder, axisOrder, edge: 'clipped', codecs } as const;
  const index = contiguousChunks(path, offset, shape, chunkShape, storedBytes);
  const layer = wholeLayer(shape, chunkShape, layout, index);
  const layers = shape.includes(0) ? [] : [layer];
  return { ...stored, dtype, chunkShape, layers: () => ready(() => layers), fixedLayers: layers };
}
