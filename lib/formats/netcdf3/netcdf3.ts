/**
 * Reads classic NetCDF (NetCDF-3): CDF-1, CDF-2 and CDF-5. See docs/formats/netcdf3.md.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { Fields } from '../../core/validate.js';
import { type Io, readUpTo, ready } from '../../io/io.js';
import { rowMajor } from '../../plan/layout.js';
import { onePlace } from '../../plan/locations.js';
import { cfScaling } from '../cf.js';
import { chooseArray } from '../choose-array.js';
import { describeFlatGroup } from '../flat-group.js';
import type { ArrayDescriptor, ChunkLayout, Format, Layer, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { checkedByteSize, describeWholeFile } from '../whole-file.js';
import { type Header, parseHeader, type Variable, versionOf } from './header.js';

const firstReadBytes = 64 * 1024;
const maxHeaderBytes = 16 * 1024 * 1024;

/** The classic NetCDF format. */
export const netcdf3: Format = {
  name: 'netcdf3',

  recognize: (probe: Probe): Io<boolean> => ready(() => versionOf(probe.head) !== null),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    Fields.ofOptions(request.options).onlyKnown([], 'the format netcdf3');
    const header = yield* readHeader(probe);
    const names = header.variables.map(({ name }) => name);
    const { array } = request;
    const wanted = array?.startsWith('/') === true && !names.includes(array) ? array.slice(1) : array;
    return describe(probe, header, chooseArray(names, wanted, probe.path));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    Fields.ofOptions(request.options).onlyKnown([], 'the format netcdf3');
    const header = yield* readHeader(probe);
    return describeFlatGroup(
      {
        format: 'netcdf3',
        path: probe.path,
        attributes: header.attributes,
        names: header.variables.map(({ name }) => name),
        open: (name: string): Io<ArrayDescriptor> => ready(() => describe(probe, header, name)),
      },
      request.array,
    );
  },
};

/** Reads the header. Its size is not stored, so reads more bytes until the header is complete. */
function* readHeader({ path, size }: Probe): Io<Header> {
  let length = Math.min(size, firstReadBytes);
  for (;;) {
    const bytes = yield* readUpTo(path, 0, length);
    const header = yield* parseHeader(bytes, size, path);
    if (typeof header !== 'number') return header;
    if (header > Math.min(size, maxHeaderBytes) || bytes.length < length) {
      throw new FormatError(`Expected a NetCDF header of at most ${Math.min(size, maxHeaderBytes)} bytes`, { path });
    }
    length = Math.min(size, maxHeaderBytes, Math.max(2 * length, header));
  }
}

/** Returns the variable's shape without the record dimension, and the size of one record in bytes. */
function recordOf(header: Header, variable: Variable, path: string): { shape: number[]; bytes: number } {
  const shape = variable.dimensions.flatMap((id) => {
    const dimension = header.dimensions[id];
    return dimension === undefined || dimension.isRecord ? [] : [dimension.length];
  });
  return { shape, bytes: checkedByteSize(shape, variable.type.dtype, { path, offset: variable.entryOffset }) };
}

function isRecordVariable(header: Header, variable: Variable): boolean {
  return header.dimensions[variable.dimensions[0] ?? -1]?.isRecord === true;
}

interface RecordLayout {
  readonly recordBytes: number;
  readonly begin: number;
}

/** Cached record layouts by header. All record variables of a file share one layout. */
const layouts = new WeakMap<Header, RecordLayout>();

/**
 * Returns the layout of the file's records. A record of the file contains one record of every record variable, padded
 * to 4 bytes. If there is only one record variable, its records are not padded.
 */
function recordLayout(header: Header, path: string): RecordLayout {
  const known = layouts.get(header);
  if (known !== undefined) return known;
  const variables = header.variables.filter((variable) => isRecordVariable(header, variable));
  const sizes = variables.map((variable) => recordOf(header, variable, path).bytes);
  const [only] = sizes;
  const padded = sizes.reduce((sum, bytes) => sum + Math.ceil(bytes / 4) * 4, 0);
  const begin = variables.reduce((least, variable) => Math.min(least, variable.begin), Number.MAX_SAFE_INTEGER);
  if (!Number.isSafeInteger(padded)) throw new FormatError('Expected records of less than 2^53 bytes', { path });
  const layout = { recordBytes: sizes.length === 1 && only !== undefined ? only : padded, begin };
  layouts.set(header, layout);
  return layout;
}

/** Returns the number of records. If the file was written as a stream, the number follows from the file size. */
function recordCount(header: Header, layout: { recordBytes: number; begin: number }, fileSize: number): number {
  if (header.records !== null) return header.records;
  if (layout.recordBytes === 0 || fileSize <= layout.begin) return 0;
  return Math.floor((fileSize - layout.begin) / layout.recordBytes);
}

function describe(probe: Probe, header: Header, name: string): ArrayDescriptor {
  const { path, size: fileSize } = probe;
  const variable = header.byName.get(name);
  if (variable === undefined) throw new FormatError(`Expected a variable '${name}', found none`, { path });
  const { begin, entryOffset, type } = variable;
  const record = recordOf(header, variable, path);
  const common = {
    format: 'netcdf3',
    path,
    name,
    dtype: type.dtype,
    fillValue: fillOf(variable),
    dimensionNames: variable.dimensions.map((id) => header.dimensions[id]?.name ?? null),
    attributes: variable.attributes,
    attributeTypes: variable.attributeTypes,
    scaling: cfScaling(variable.attributes),
  };
  if (begin < header.bytes) {
    throw new FormatError(`Expected the data of '${name}' after the header of ${header.bytes} bytes, found ${begin}`, {
      path,
      offset: entryOffset,
    });
  }
  const whole = {
    dataFileSize: fileSize,
    offset: begin,
    byteOrder: 'big',
    axisOrder: rowMajor(variable.dimensions.length),
  } as const;
  if (!isRecordVariable(header, variable)) return describeWholeFile({ ...common, ...whole, shape: record.shape });

  const layout = recordLayout(header, path);
  const records = recordCount(header, layout, fileSize);
  const shape = [records, ...record.shape];
  const maxShape = [null, ...record.shape];
  const bytes = checkedByteSize(shape, type.dtype, { path, offset: entryOffset });
  // In these cases, the records of this variable are contiguous.
  if (layout.recordBytes === record.bytes || records === 1) {
    return { ...describeWholeFile({ ...common, ...whole, shape }), maxShape };
  }
  const end = records === 0 ? begin : begin + (records - 1) * layout.recordBytes + record.bytes;
  if (bytes > 0 && !(end <= fileSize)) {
    throw new FormatError(`Expected ${records} records of '${name}' up to byte ${end}, found ${fileSize} bytes`, {
      path,
      offset: begin,
    });
  }
  const chunkLayout: ChunkLayout = {
    dtype: type.dtype,
    byteOrder: 'big',
    axisOrder: whole.axisOrder,
    edge: 'full',
    codecs: [],
    spacing: { pitches: shape.map((_, d) => (d === 0 ? layout.recordBytes : 0)), offset: 0, tail: 0 },
  };
  const origin = shape.map(() => 0);
  const place = onePlace(path, begin, end - begin);
  const layer = { start: origin, stop: shape, origin, chunkShape: shape, gridShape: shape, layout: chunkLayout };
  const layers: readonly Layer[] = bytes === 0 ? [] : [{ ...layer, index: { locate: () => ready(() => place) } }];
  return {
    ...common,
    shape,
    maxShape,
    chunkShape: [1, ...record.shape],
    guardedFiles: [path],
    layers: () => ready(() => layers),
  };
}

/**
 * Returns the fill value: the attribute `_FillValue` if it is one number. Returns null for other attributes and for
 * `char` variables. For 64-bit variables, also returns null if the attribute is a float that is not a safe integer.
 */
function fillOf({ attributes, type }: Variable): FillValue {
  const { _FillValue: fill } = attributes;
  const isNumber = typeof fill === 'number' || typeof fill === 'bigint';
  if (!isNumber || type.name === 'char') return null;
  if (type.dtype !== 'int64' && type.dtype !== 'uint64') return Number(fill);
  return typeof fill === 'bigint' || Number.isSafeInteger(fill) ? BigInt(fill) : null;
}
