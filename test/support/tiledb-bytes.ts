/**
 * Writes TileDB arrays of any format version byte by byte, including versions that no available library writes. Follows
 * format_spec/ and the readers in TileDB's source, and is independent of lib/formats/tiledb.
 * @module
 */
import { deflateSync } from 'node:zlib';
import { ByteWriter } from './byte-writer.js';

/** A dimension of type int32. */
export interface DimensionSpec {
  readonly name: string;
  readonly lo: number;
  readonly hi: number;
  readonly extent: number;
}

/** An attribute with one int32 per cell, or with texts. */
export interface AttributeSpec {
  readonly name: string;
  /** Requires format 7 or newer. */
  readonly nullable?: boolean;
  /** Texts of the only tile of each fragment: the start of each one as u64, and the bytes. They may be invalid. */
  readonly texts?: { readonly starts: Uint8Array; readonly bytes: Uint8Array };
}

/** A write of the cells in the box [lo, hi] (inclusive). */
export interface FragmentSpec {
  readonly time: number;
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

/** An array to write. */
export interface ArraySpec {
  readonly version: number;
  readonly dimensions: readonly DimensionSpec[];
  readonly attributes: readonly AttributeSpec[];
  readonly tileOrder: 'row' | 'column';
  readonly cellOrder: 'row' | 'column';
  readonly fragments: readonly FragmentSpec[];
  /** Bounds of the current domain per dimension (format 22 and newer); absent if there is none. */
  readonly currentDomain?: readonly (readonly [lo: number, hi: number])[];
}

const uuid = (n: number): string => n.toString(16).padStart(32, '0');
const int32 = 0;
const utf8 = 12;
/** Number of values per cell of an attribute of variable length. */
const variableCount = 0xffffffff;
const gzip = 1;

/** Returns a generic tile with the content `content`, compressed in the same way as TileDB does. */
export function genericTile(content: Uint8Array, version: number): Uint8Array {
  const pipeline = new ByteWriter().u32(65536, 1).u8(gzip).u32(5).u8(gzip).i32(-1).done();
  const chunks = new ByteWriter();
  const count = Math.ceil(content.length / 65536);
  chunks.i64(count);
  for (let i = 0; i < count; i++) {
    const raw = content.subarray(i * 65536, (i + 1) * 65536);
    const stored = deflateSync(raw);
    chunks.u32(raw.length, stored.length, 16).u32(0, 1, raw.length, stored.length).bytes(stored);
  }
  const header = new ByteWriter()
    .u32(version)
    .i64(chunks.length, content.length)
    .u8(4)
    .i64(1)
    .u8(0)
    .u32(pipeline.length);
  return header.bytes(pipeline).bytes(chunks.done()).done();
}

/** Returns a tile without filters. */
function plainTile(cells: Uint8Array): Uint8Array {
  return new ByteWriter().i64(1).u32(cells.length, cells.length, 0).bytes(cells).done();
}

function text32(writer: ByteWriter, text: string): ByteWriter {
  const bytes = new TextEncoder().encode(text);
  return writer.u32(bytes.length).bytes(bytes);
}

function emptyPipeline(writer: ByteWriter): void {
  writer.u32(65536, 0);
}

/** Returns the content of a schema's generic tile. */
export function schemaContent(spec: ArraySpec): Uint8Array {
  const { version } = spec;
  const writer = new ByteWriter().u32(version);
  if (version >= 5) writer.u8(0);
  writer.u8(0, spec.tileOrder === 'row' ? 0 : 1, spec.cellOrder === 'row' ? 0 : 1).i64(10000);
  emptyPipeline(writer);
  emptyPipeline(writer);
  if (version >= 7) emptyPipeline(writer);
  if (version < 5) writer.u8(int32);
  writer.u32(spec.dimensions.length);
  for (const { name, lo, hi, extent } of spec.dimensions) {
    text32(writer, name);
    if (version >= 5) {
      writer.u8(int32).u32(1);
      emptyPipeline(writer);
      writer.i64(8);
    }
    writer.i32(lo, hi).u8(0).i32(extent);
  }
  writer.u32(spec.attributes.length);
  for (const { name, nullable, texts } of spec.attributes) {
    text32(writer, name)
      .u8(texts === undefined ? int32 : utf8)
      .u32(texts === undefined ? 1 : variableCount);
    emptyPipeline(writer);
    if (version >= 6) {
      if (texts === undefined) writer.i64(4).i32(-7);
      else writer.i64(1).u8(0);
    }
    if (version >= 7) writer.u8(nullable === true ? 1 : 0, 0);
    if (version >= 17) writer.u8(0);
    if (version >= 20) writer.u32(0);
  }
  if (version >= 18) writer.u32(0);
  if (version >= 20) writer.u32(0);
  if (version >= 22) {
    writer.u32(0).u8(spec.currentDomain === undefined ? 1 : 0);
    if (spec.currentDomain !== undefined) writer.u8(0);
    for (const [lo, hi] of spec.currentDomain ?? []) writer.i32(lo, hi);
  }
  return writer.done();
}

/** Returns the value of fragment number `f` at coordinates `x` in attribute number `k`. */
export function cellValue(f: number, k: number, x: readonly number[]): number {
  return x.reduce((sum, c) => sum * 100 + c, 0) * 100 + 10 * f + k;
}

/** Returns 1 if a cell of a nullable attribute has a value in fragment number `f`, else 0. */
export function cellValidity(f: number, x: readonly number[]): number {
  return (x.reduce((sum, c) => sum + c, f) & 1) === 0 ? 1 : 0;
}

/** Yields all points of the box, in row-major or column-major order. */
function* points(lo: readonly number[], hi: readonly number[], order: 'row' | 'column'): Generator<number[]> {
  const dimensions = lo.map((_, d) => (order === 'row' ? lo.length - 1 - d : d));
  const point = [...lo];
  for (;;) {
    yield [...point];
    let i = 0;
    for (; i < dimensions.length; i++) {
      const d = dimensions[i] ?? 0;
      point[d] = (point[d] ?? 0) + 1;
      if ((point[d] ?? 0) <= (hi[d] ?? 0)) break;
      point[d] = lo[d] ?? 0;
    }
    if (i === dimensions.length) return;
  }
}

/** A data file: its bytes and the positions of its tiles. */
interface DataFile {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
}

/** The data files of the attributes of a fragment. */
interface DataFiles {
  readonly values: readonly DataFile[];
  /** Files of texts, with the sizes of their tiles; null for other attributes. */
  readonly variable: readonly ((DataFile & { readonly sizes: readonly number[] }) | null)[];
  readonly validity: readonly (DataFile | null)[];
}

function dataFile(
  spec: ArraySpec,
  fragment: FragmentSpec,
  width: number,
  cell: (x: readonly number[]) => number,
): DataFile {
  const tileOf = (x: readonly number[]): number[] =>
    spec.dimensions.map(({ lo, extent }, d) => Math.floor(((x[d] ?? 0) - lo) / extent));
  const writer = new ByteWriter();
  const offsets: number[] = [];
  for (const tile of points(tileOf(fragment.lo), tileOf(fragment.hi), spec.tileOrder)) {
    const low = spec.dimensions.map(({ lo, extent }, d) => lo + (tile[d] ?? 0) * extent);
    const high = spec.dimensions.map(({ extent }, d) => (low[d] ?? 0) + extent - 1);
    const cells = new ByteWriter();
    for (const x of points(low, high, spec.cellOrder)) {
      const written = x.every((c, d) => c >= (fragment.lo[d] ?? 0) && c <= (fragment.hi[d] ?? 0));
      if (width === 1) cells.u8(written ? cell(x) : 0);
      else cells.i32(written ? cell(x) : -99);
    }
    offsets.push(writer.length);
    writer.bytes(plainTile(cells.done()));
  }
  return { bytes: writer.done(), offsets };
}

/**
 * Returns the start of the names of the files of attribute `k`, to which `.tdb` or `_validity.tdb` is added. Before
 * format 9, it is the name of the attribute (escaped in format 8).
 */
function fileName(version: number, k: number, name: string): string {
  if (version >= 9) return `a${k}`;
  return version === 8 ? name.replaceAll('%', '%25').replaceAll('<', '%20') : name;
}

/** Returns the files of a fragment by path below its directory. */
function fragmentFiles(spec: ArraySpec, f: number, schemaName: string): Record<string, Uint8Array> {
  const { version, attributes, dimensions } = spec;
  const fragment = spec.fragments[f];
  if (fragment === undefined) throw new Error(`No fragment ${f}`);
  const files: Record<string, Uint8Array> = {};
  const variable = attributes.map(({ name, texts }, k) => {
    if (texts === undefined) return null;
    const bytes = plainTile(texts.bytes);
    files[`${fileName(version, k, name)}_var.tdb`] = bytes;
    return { bytes, offsets: [0], sizes: [texts.bytes.length] };
  });
  const values = attributes.map(({ name, texts }, k) => {
    if (texts !== undefined) {
      const bytes = plainTile(texts.starts);
      files[`${fileName(version, k, name)}.tdb`] = bytes;
      return { bytes, offsets: [0] };
    }
    const file = dataFile(spec, fragment, 4, (x) => cellValue(f, k, x));
    files[`${fileName(version, k, name)}.tdb`] = file.bytes;
    return file;
  });
  const validity = attributes.map(({ name, nullable }, k) => {
    if (nullable !== true || version < 7) return null;
    const file = dataFile(spec, fragment, 1, (x) => cellValidity(f, x));
    files[`${fileName(version, k, name)}_validity.tdb`] = file.bytes;
    return file;
  });
  files['__fragment_metadata.tdb'] =
    version < 3
      ? oldMetadata(spec, fragment, values)
      : metadata(spec, fragment, { values, variable, validity }, schemaName, attributes.length + 1 + dimensions.length);
  return files;
}

function bounds(writer: ByteWriter, { lo, hi }: FragmentSpec): void {
  for (const [d, low] of lo.entries()) writer.i32(low, hi[d] ?? 0);
}

function oldMetadata(spec: ArraySpec, fragment: FragmentSpec, values: readonly DataFile[]): Uint8Array {
  const writer = new ByteWriter().u32(spec.version).i64(8 * spec.dimensions.length);
  bounds(writer, fragment);
  writer.i64(0, 0);
  for (const { offsets } of values) writer.i64(offsets.length, ...offsets);
  writer.i64(0);
  for (let i = 0; i < 2 * values.length; i++) writer.i64(0);
  writer.i64(1, ...values.map(({ bytes }) => bytes.length), 0, ...values.map(() => 0));
  return genericTile(writer.done(), spec.version);
}

function metadata(
  spec: ArraySpec,
  fragment: FragmentSpec,
  { values, variable, validity }: DataFiles,
  schemaName: string,
  all: number,
): Uint8Array {
  const { version } = spec;
  const attributes = values.length;
  const slots = version < 5 ? attributes + 1 : all;
  const sparse = version < 5 ? attributes : all;
  const writer = new ByteWriter();
  const table = (file: DataFile | null): number => numbers(file?.offsets ?? []);
  const numbers = (offsets: readonly number[]): number => {
    const at = writer.length;
    writer.bytes(genericTile(new ByteWriter().i64(offsets.length, ...offsets).done(), version));
    return at;
  };
  const rtree = table(null);
  const valueTables = Array.from({ length: slots }, (_, k) => table(values[k] ?? null));
  const empty = table(null);
  const variableTables = Array.from({ length: sparse }, (_, k) => table(variable[k] ?? null));
  const variableSizes = Array.from({ length: sparse }, (_, k) => numbers(variable[k]?.sizes ?? []));
  const validityTables = Array.from({ length: all }, (_, k) => {
    const file = validity[k] ?? null;
    return file === null ? empty : table(file);
  });
  const padded = (numbers: readonly number[], length: number): number[] =>
    Array.from({ length }, (_, i) => numbers[i] ?? 0);

  const footer = new ByteWriter().u32(version);
  if (version >= 10) footer.i64(schemaName.length).text(schemaName);
  footer.u8(1, 0);
  bounds(footer, fragment);
  footer.i64(0, 1);
  if (version >= 14) footer.u8(0);
  if (version >= 15) footer.u8(0);
  // Each number has its own call, because very many arguments would overflow the stack.
  const list = (numbers: readonly number[]): void => {
    for (const number of numbers) footer.i64(number);
  };
  const fileSizes = values.map(({ bytes }) => bytes.length);
  const validitySizes = validity.map((file) => file?.bytes.length ?? 0);
  const variableFiles = variable.map((file) => file?.bytes.length ?? 0);
  list([...padded(fileSizes, slots), ...padded(variableFiles, sparse)]);
  if (version >= 7) list(padded(validitySizes, all));
  list([rtree, ...valueTables, ...variableTables, ...variableSizes]);
  if (version >= 7) list(validityTables);
  if (version >= 11) list(Array.from({ length: 4 * all }, () => empty));
  if (version >= 12) footer.i64(empty);
  if (version >= 16) footer.i64(empty);
  if (version >= 23) footer.u32(0);
  writer.bytes(footer.done());
  if (version >= 10) writer.i64(footer.length);
  return writer.done();
}

/** Returns the files of an array by path below its directory. */
export function tiledbFiles(spec: ArraySpec): Record<string, Uint8Array> {
  const { version } = spec;
  const files: Record<string, Uint8Array> = {};
  const schemaName = version < 10 ? '__array_schema.tdb' : `__1_1_${uuid(0)}`;
  files[version < 10 ? schemaName : `__schema/${schemaName}`] = genericTile(schemaContent(spec), version);
  for (const [f, { time }] of spec.fragments.entries()) {
    const name =
      version < 3 ? `__${uuid(f + 1)}_${time}` : `__${time}_${time}_${uuid(f + 1)}${version < 5 ? '' : `_${version}`}`;
    const folder = version < 12 ? name : `__fragments/${name}`;
    if (version >= 12) files[`__commits/${name}.wrt`] = new Uint8Array(0);
    else if (version >= 5) files[`${name}.ok`] = new Uint8Array(0);
    for (const [file, bytes] of Object.entries(fragmentFiles(spec, f, schemaName))) files[`${folder}/${file}`] = bytes;
  }
  return files;
}
