/**
 * Lists all formats and opens paths: recognises the format or uses the one that the caller names, then opens the array.
 * @module
 */
import { ChoiceError, isPosixParError, ReadError, UnsupportedError } from '../core/errors.js';
import { type ExternalFiles, PathPolicy } from '../core/external-files.js';
import { expected, listNames, OptionError } from '../core/validate.js';
import { type FileInfo, type Io, readUpTo, statPath } from '../io/io.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from './format.js';
import type { GroupDescriptor } from './group.js';
import { hdf5 } from './hdf5/hdf5.js';
import type { IndexedFile } from './indexed.js';
import { kerchunk } from './kerchunk/kerchunk.js';
import { matlab } from './matlab/matlab.js';
import { n5 } from './n5/n5.js';
import { netcdf3 } from './netcdf3/netcdf3.js';
import { netcdf4 } from './netcdf4/netcdf4.js';
import { nifti } from './nifti/nifti.js';
import { npy } from './npy/npy.js';
import { npz } from './npz/npz.js';
import { raw } from './raw/raw.js';
import { safetensors } from './safetensors/safetensors.js';
import { tiledb } from './tiledb/tiledb.js';
import { tiles } from './tiles/tiles.js';
import { zarr } from './zarr/zarr.js';

/**
 * All formats in the order in which they are tried. Formats with a magic number come first, raw data comes last. The
 * comments say by what a file or directory is recognised.
 */
export const formats: readonly Format[] = [
  npy, // \x93NUMPY
  npz, // a zip archive of .npy members
  nifti, // n+1, ni1, n+2, ni2; an Analyze header in a .hdr
  matlab, // MATLAB 7.3 MAT-file, then HDF5 behind a user block
  netcdf4, // HDF5 that NetCDF wrote: named .nc, or with the attribute _NCProperties
  hdf5, // \x89HDF, at the start or behind a user block
  netcdf3, // CDF and version 1, 2 or 5
  safetensors, // the length of a JSON header, then {
  tiledb, // a directory with __schema, __array_schema.tdb or __tiledb_group.tdb
  zarr, // a directory with zarr.json, .zarray or .zgroup; a zip archive named .zip or .ozx
  n5, // a directory with attributes.json that contains n5 or blockSize
  tiles, // a directory with tiles.json
  kerchunk, // a JSON document of references
  raw, // a file with a sidecar
];

/** Number of bytes at the start of a file by which formats recognise the file. */
const headBytes = 4096;

/** The caller's request. The format is recognised if `format` is null. */
export interface OpenPathRequest extends OpenRequest {
  readonly format: string | null;
  /** Policy for files that are named by other files. Default `same-directory`. */
  readonly externalFiles?: ExternalFiles;
}

/**
 * Returns the format with that name.
 * @throws {TypeError} if there is no such format; the message names `options.format`.
 */
export function formatNamed(name: string): Format {
  const found = formats.find((format) => format.name === name);
  if (found === undefined) throw expected(`one of ${listNames(formats.map((f) => f.name))}`, 'options.format', name);
  return found;
}

/** Format that can be written. */
export type WritableFormat = Format & { readonly create: NonNullable<Format['create']> };

function isWritable(format: Format): format is WritableFormat {
  return format.create !== undefined;
}

/**
 * Returns the format of a new array.
 * @param name name of the format; undefined to choose it by the extension of `path`.
 * @throws {TypeError} if there is no such format, or if it cannot be written.
 */
export function writableFormat(name: unknown, path: string): WritableFormat {
  const writable = formats.filter(isWritable);
  const found = writable.find((format) =>
    name === undefined ? format.extension !== undefined && path.endsWith(format.extension) : format.name === name,
  );
  if (found !== undefined) return found;
  const names = listNames(writable.map((format) => format.name));
  if (name !== undefined) throw expected(`one of ${names}`, 'options.format', name);
  const endings = writable.flatMap(({ extension }) => (extension === undefined ? [] : [extension]));
  throw new OptionError(
    `Expected a path that ends with ${endings.join(' or ')}, or one of ${names} for \`options.format\`, received '${path}'`,
  );
}

/**
 * Reads the information by which formats recognise a path.
 * @throws {ReadError} ENOENT if the path does not exist, or another code if it cannot be read.
 * @throws {UnsupportedError} if the path is neither a file nor a directory.
 */
function* probePath(path: string, externalFiles: ExternalFiles): Io<Probe> {
  const info = yield* statPath(path);
  if (info === null) {
    const hint = yield* explainMissing(path);
    throw new ReadError(`No such file or directory: ${path}${hint}`, { code: 'ENOENT', errno: 2, path });
  }
  if (info.kind === 'other') throw new UnsupportedError('a path that is neither a file nor a directory', path);
  const head = info.kind === 'file' ? yield* readUpTo(path, 0, headBytes) : new Uint8Array(0);
  const policy = PathPolicy.of(externalFiles, path, info.kind);
  return { path, kind: info.kind, head, size: info.kind === 'file' ? info.size : 0, policy };
}

/** Returns advice for a path that does not exist; '' unless a part of it is a file. */
function* explainMissing(path: string): Io<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const info = yield* statPath(path.slice(0, end));
    if (info?.kind === 'directory') return '';
    const [file, name] = [path.slice(path.lastIndexOf('/', end - 1) + 1, end), path.slice(end + 1)];
    if (info?.kind === 'file') return `. '${file}' is a file: write '${file}#/${name}' for an array or group in it`;
  }
  return '';
}

/** Returns the first format that recognises the path, or null. */
export function* detect(probe: Probe): Io<Format | null> {
  for (const format of formats) {
    if (yield* format.recognize(probe)) return format;
  }
  return null;
}

/** A file or directory that was found under a path. */
export interface FoundPath extends FileInfo {
  /** Name of the format; null if no format recognises the path. */
  readonly format: string | null;
  /** True if files of the format hold groups. */
  readonly hasGroups: boolean;
}

/**
 * Returns the state and the format of the file or directory at `path`. Returns null if it does not exist, or is neither
 * a file nor a directory.
 */
export function* recognizePath(path: string, externalFiles: ExternalFiles): Io<FoundPath | null> {
  const info = yield* statPath(path);
  if (info === null || info.kind === 'other') return null;
  const format = yield* detect(yield* probePath(path, externalFiles));
  return { ...info, format: format?.name ?? null, hasGroups: format?.openGroup !== undefined };
}

/**
 * Returns the descriptor of the array at `path`.
 * @throws {ReadError} if the path does not exist or cannot be read.
 * @throws {UnsupportedError} if no format recognises it, or if it uses an unsupported feature.
 * @throws {FormatError} if it is damaged.
 * @throws {ChoiceError} if there is no such array, if there are several, or if it is not of the requested format.
 * @throws {TypeError} if an option does not fit the format.
 */
export function* openDescriptor(path: string, request: OpenPathRequest): Io<ArrayDescriptor> {
  const found = yield* findFormat(path, request.format, request.externalFiles);
  const { format, probe } = found;
  return yield* asNamed(found, request, () => format.open(probe, request));
}

/**
 * Returns the descriptor of the group at `path`. Throws the errors of {@link openDescriptor}.
 * @throws {UnsupportedError} also if the format has no groups.
 */
export function* openGroupDescriptor(path: string, request: OpenPathRequest): Io<GroupDescriptor> {
  const found = yield* findFormat(path, request.format, request.externalFiles);
  const { format, probe } = found;
  const { openGroup } = format;
  if (openGroup === undefined) {
    throw new UnsupportedError(`groups in files of the format ${format.name}`, path, 'Such a file is one array');
  }
  return yield* asNamed(found, request, () => openGroup.call(format, probe, request));
}

/**
 * Opens a file in the format that the caller named or that was recognised.
 * @throws {ChoiceError} instead of a FormatError or another ChoiceError, if the file does not look like the format that
 *   the caller named. {@link Format.opensUnrecognized} lists exceptions.
 */
function* asNamed<T>({ format, probe }: FoundFormat, request: OpenPathRequest, open: () => Io<T>): Io<T> {
  try {
    return yield* open();
  } catch (error) {
    if (request.format === null || !isPosixParError(error, 'FormatError', 'ChoiceError')) throw error;
    const { opensUnrecognized = [] } = format;
    if (opensUnrecognized === 'anything' || (yield* format.recognize(probe))) throw error;
    const other = yield* detect(probe);
    if (other !== null && opensUnrecognized.includes(other.name)) throw error;
    const seems = other === null ? 'does not look like it' : `looks like ${other.name}`;
    const [why] = error.message.split(` (${error.path}`, 1); // Removes the location, which the new error adds again.
    const message = `Expected a file of the format ${format.name}, found one that ${seems}: ${why}`;
    throw new ChoiceError('format', message, probe.path, { cause: error });
  }
}

/**
 * Returns the datasets or deflate streams of the file at `path` whose indexes can be saved. Throws the errors of
 * {@link openDescriptor}.
 * @throws {UnsupportedError} also if the format has no such indexes.
 */
export function* openIndexed(path: string): Io<IndexedFile> {
  const { format, probe } = yield* findFormat(path, null, undefined);
  if (format.indexed === undefined) {
    const why = 'Its chunk locations are known without an index';
    throw new UnsupportedError(`a saved index of files of the format ${format.name}`, path, why);
  }
  return yield* format.indexed(probe);
}

interface FoundFormat {
  readonly format: Format;
  readonly probe: Probe;
}

function* findFormat(
  path: string,
  name: string | null,
  externalFiles: ExternalFiles = 'same-directory',
): Io<FoundFormat> {
  const named = name === null ? null : formatNamed(name);
  const probe = yield* probePath(path, externalFiles);
  const format = named ?? (yield* detect(probe));
  if (format === null) throw notRecognised(probe);
  return { format, probe };
}

/** A format that this library does not read, and the bytes at a position by which such files are recognised. */
interface ForeignFormat {
  readonly name: string;
  readonly bytes: string | readonly number[];
  readonly offset?: number;
  readonly hint: string;
}

const imageHint = 'Read images with a library such as sharp or geotiff';

const foreignFormats: readonly ForeignFormat[] = [
  { name: 'a TIFF image', bytes: [0x49, 0x49, 0x2a, 0x00], hint: imageHint },
  { name: 'a TIFF image', bytes: [0x4d, 0x4d, 0x00, 0x2a], hint: imageHint },
  { name: 'a BigTIFF image', bytes: [0x49, 0x49, 0x2b, 0x00], hint: imageHint },
  { name: 'a BigTIFF image', bytes: [0x4d, 0x4d, 0x00, 0x2b], hint: imageHint },
  { name: 'a PNG image', bytes: [0x89, 0x50, 0x4e, 0x47], hint: imageHint },
  { name: 'a JPEG image', bytes: [0xff, 0xd8, 0xff], hint: imageHint },
  { name: 'a GRIB file', bytes: 'GRIB', hint: 'Convert it to Zarr or NetCDF with cfgrib or ecCodes' },
  { name: 'a DICOM file', bytes: 'DICM', offset: 128, hint: 'Convert it to NIfTI with dcm2niix' },
  { name: 'a MATLAB file of version 5 to 7', bytes: 'MATLAB 5.0 MAT-file', hint: 'Save it with -v7.3' },
];

/** Returns the known format of a file that is not read, by its first bytes; null if there is none. */
function foreignFormat(head: Uint8Array): ForeignFormat | null {
  const found = foreignFormats.find(({ bytes, offset = 0 }) => {
    const expected = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    return expected.every((byte: number, i: number) => head[offset + i] === byte);
  });
  return found ?? null;
}

function notRecognised({ path, kind, head, size }: Probe): UnsupportedError {
  const known = formats.map((format) => format.name).join(', ');
  if (kind === 'directory') {
    return new UnsupportedError('a directory of no known format', path, `Known formats: ${known}`);
  }
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return new UnsupportedError('a file compressed with gzip', path, 'It has no random access: decompress it once');
  }
  const foreign = foreignFormat(head);
  if (foreign !== null) return new UnsupportedError(foreign.name, path, foreign.hint);
  return new UnsupportedError(
    `a file of no known format${size === 0 ? ', which is empty' : ''}`,
    path,
    `Known formats: ${known}. Describe raw data with { format: 'raw', dtype, shape }, or in ${path}.json`,
  );
}
