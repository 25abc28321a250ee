/**
 * Reads NIfTI-1 and NIfTI-2 (`.nii`, `.hdr` with `.img`) and Analyze 7.5 pairs. See docs/formats/nifti.md.
 * @module
 */
import type { DType } from '../../core/dtype.js';
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, readInflated, readUpTo, statPath } from '../../io/io.js';
import { columnMajor } from '../../plan/layout.js';
import { type DeflatedDescriptor, describeDeflated } from '../deflate/deflated-array.js';
import { describeStreams, savedStreamsOf } from '../deflate/indexed-streams.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe, Scaling } from '../format.js';
import type { IndexedFile } from '../indexed.js';
import { longDoubleHint } from '../refusal-hints.js';
import { describeWholeFile } from '../whole-file.js';
import { baseAffine, qformOf, sformOf } from './affine.js';
import { maxHeaderBytes, NiftiHeader, recognizeHeader } from './nifti-header.js';

/**
 * Element type of a datatype code. Colours have an additional last axis of length `channels`, which varies fastest.
 */
interface VoxelType {
  readonly dtype: DType;
  readonly channels?: number;
}

const voxelTypes: Readonly<Record<number, VoxelType>> = {
  2: { dtype: 'uint8' },
  4: { dtype: 'int16' },
  8: { dtype: 'int32' },
  16: { dtype: 'float32' },
  32: { dtype: 'complex64' },
  64: { dtype: 'float64' },
  128: { dtype: 'uint8', channels: 3 },
  256: { dtype: 'int8' },
  512: { dtype: 'uint16' },
  768: { dtype: 'uint32' },
  1024: { dtype: 'int64' },
  1280: { dtype: 'uint64' },
  1792: { dtype: 'complex128' },
  2304: { dtype: 'uint8', channels: 4 },
};
/** Types that are not supported, and what to do with such an image. */
const refusedTypes: Readonly<Record<number, readonly [name: string, hint: string]>> = {
  1: ['DT_BINARY (one bit per voxel)', 'Convert the image to 8-bit integers'],
  1536: ['long double (float128)', longDoubleHint],
  2048: ['complex long double (complex256)', longDoubleHint.replace('f8', 'c16')],
};
/** Datatype codes of Analyze. Any other code means that the header is damaged. */
const analyzeTypes = [1, 2, 4, 8, 16, 32, 64, 128];

const spaceUnits: Readonly<Record<number, string>> = { 1: 'meter', 2: 'mm', 3: 'micron' };
const timeUnits: Readonly<Record<number, string>> = {
  8: 'sec',
  16: 'msec',
  24: 'usec',
  32: 'hz',
  40: 'ppm',
  48: 'rads',
};

/** The NIfTI-1, NIfTI-2 and Analyze 7.5 formats. */
export const nifti: Format = {
  name: 'nifti',

  *recognize(probe: Probe): Io<boolean> {
    if (probe.kind !== 'file') return false;
    if (isCompressed(probe)) return true;
    const kind = recognizeHeader(probe.head);
    if (kind !== null) return kind.version !== 'analyze' || sibling(probe.path, 'hdr', 'img') !== null;
    const headerPath = sibling(probe.path, 'img', 'hdr');
    return headerPath !== null && recognizeHeader(yield* readHead(headerPath)) !== null;
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    const options = Fields.ofOptions(request.options);
    options.onlyKnown(isCompressed(probe) ? ['savedIndex'] : [], 'the format nifti');
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    return yield* describe(probe, yield* readHeader(probe), options);
  },

  *indexed(probe: Probe): Io<IndexedFile> {
    if (!isCompressed(probe)) {
      throw new UnsupportedError('a saved index of an uncompressed NIfTI file', probe.path, 'It needs none');
    }
    const descriptor = yield* describe(probe, yield* readHeader(probe), Fields.ofOptions({ savedIndex: 'none' }));
    if (!('index' in descriptor)) throw new FormatError('Expected a compressed NIfTI file', { path: probe.path });
    const arrays = [{ key: '', descriptor: descriptor as DeflatedDescriptor }];
    return yield* describeStreams(descriptor.guardedFiles[0] ?? probe.path, arrays);
  },
};

function* readHeader(probe: Probe): Io<NiftiHeader> {
  const headerPath = sibling(probe.path, 'img', 'hdr') ?? probe.path;
  const bytes = yield* readHead(headerPath);
  const kind = recognizeHeader(bytes);
  if (kind !== null) return new NiftiHeader(bytes, kind, headerPath);
  const message = 'Expected a NIfTI header: 348 or 540 in the first four bytes, and the magic';
  throw new FormatError(message, { path: headerPath, offset: 0 });
}

function* describe(probe: Probe, header: NiftiHeader, options: Fields): Io<ArrayDescriptor | DeflatedDescriptor> {
  const { path } = probe;
  const { kind, path: headerPath } = header;
  const dataPath = kind.storage === 'single' ? headerPath : sibling(headerPath, 'hdr', 'img');
  if (dataPath === null) {
    throw new FormatError(`Expected the header of a pair in a file named .hdr`, { path: headerPath });
  }
  const info = dataPath === path ? probe : yield* statPath(dataPath);
  if (info === null || info.kind !== 'file') {
    throw new FormatError(`Expected the data in ${dataPath}, found no such file`, { path: headerPath });
  }
  const { dtype, channels } = voxelTypeOf(header);
  const volume = shapeOf(header);
  const spatialOrder = columnMajor(volume.length);
  const array = {
    format: 'nifti',
    path,
    dataPath,
    offset: dataOffsetOf(header),
    shape: channels === undefined ? volume : [...volume, channels],
    dtype,
    byteOrder: kind.byteOrder,
    axisOrder: channels === undefined ? spatialOrder : [...spatialOrder, volume.length],
    attributes: attributesOf(header, volume),
    scaling: channels === undefined ? scalingOf(header) : null,
    alsoGuarded: dataPath === headerPath ? [] : [headerPath],
  };
  const [first, second] = yield* readUpTo(dataPath, 0, 2);
  if (!hasGzipName(dataPath) || !isGzip([first, second])) {
    return describeWholeFile({ ...array, dataFileSize: info.size });
  }
  const stream = { framing: 'gzip', offset: 0, length: info.size, decodedBytes: null, crc32: null } as const;
  return describeDeflated({ ...array, stream, key: '', saved: savedStreamsOf(dataPath, options) });
}

function isCompressed({ path, head }: Probe): boolean {
  return isGzip([...head.subarray(0, 2)]) && hasGzipName(path);
}

function isGzip([first, second]: readonly (number | undefined)[]): boolean {
  return first === 0x1f && second === 0x8b;
}

function hasGzipName(path: string): boolean {
  return /\.(nii|hdr|img)\.gz$/i.test(path);
}

/** Replaces the extension `from` of `path` by `to`, in the same case. Returns null for other extensions. */
function sibling(path: string, from: string, to: string): string | null {
  if (path.toLowerCase().endsWith('.gz')) {
    const found = sibling(path.slice(0, -3), from, to);
    return found === null ? null : found + path.slice(-3);
  }
  const extension = path.slice(-4);
  if (extension.toLowerCase() !== `.${from}`) return null;
  return path.slice(0, -3) + (extension === extension.toUpperCase() ? to.toUpperCase() : to);
}

/**
 * Reads the start of a file, up to the size of the largest header, and decodes it. Returns no bytes if `path` is not a
 * file.
 */
function* readHead(path: string): Io<Uint8Array> {
  const info = yield* statPath(path);
  if (info?.kind !== 'file') return new Uint8Array(0);
  const bytes = yield* readUpTo(path, 0, maxHeaderBytes);
  if (!hasGzipName(path) || !isGzip([...bytes.subarray(0, 2)])) return bytes;
  const head = yield* readInflated(path, { framing: 'gzip', offset: 0, length: info.size }, maxHeaderBytes);
  return head.subarray(0, maxHeaderBytes);
}

function voxelTypeOf(header: NiftiHeader): VoxelType {
  const code = header.number('datatype');
  const refused = refusedTypes[code];
  if (refused !== undefined) throw new UnsupportedError(`NIfTI voxels of type ${refused[0]}`, header.path, refused[1]);
  const type = voxelTypes[code];
  if (type === undefined || (header.kind.version === 'analyze' && !analyzeTypes.includes(code))) {
    throw new FormatError(`Expected the code of a NIfTI datatype, found ${code}`, header.where('datatype'));
  }
  return type;
}

function shapeOf(header: NiftiHeader): readonly number[] {
  const where = header.where('dim');
  const [rank = 0, ...extents] = header.list('dim');
  if (rank < 1 || rank > 7) throw new FormatError(`Expected 1 to 7 dimensions in a NIfTI header, found ${rank}`, where);
  const shape = extents.slice(0, rank);
  // FreeSurfer stores -1 if the length does not fit into 16 bits. The length is then in glmin.
  const [x, y, z] = shape;
  if (header.kind.version === 'nifti1' && x === -1 && y === 1 && z === 1) shape[0] = header.number('glmin');
  // FreeSurfer stores surfaces with 163842 vertices (icosahedron 7) as 27307 × 1 × 6.
  if (header.kind.version === 'nifti1' && x === 27307 && y === 1 && z === 6) shape.splice(0, 3, 163842, 1, 1);
  if (shape.some((extent) => extent < 0)) {
    throw new FormatError(`Expected extents of 0 or more in a NIfTI header, found [${shape.join(', ')}]`, where);
  }
  return shape;
}

function dataOffsetOf(header: NiftiHeader): number {
  const offset = header.number('vox_offset');
  const { version, storage } = header.kind;
  const least = storage === 'pair' ? 0 : version === 'nifti2' ? 544 : 352;
  if (!Number.isSafeInteger(offset) || offset < least) {
    throw new FormatError(
      `Expected an integer of at least ${least} as vox_offset, found ${offset}`,
      header.where('vox_offset'),
    );
  }
  return offset;
}

function scalingOf(header: NiftiHeader): Scaling | null {
  const scale = header.number('scl_slope');
  const offset = header.number('scl_inter');
  if (header.kind.version === 'analyze') return analyzeScaling(header, scale, offset);
  if (scale === 0 || !Number.isFinite(scale)) return null;
  if (!Number.isFinite(offset)) {
    throw new FormatError(`Expected a finite scl_inter with a scl_slope of ${scale}, found ${offset}`, {
      ...header.where('scl_inter'),
    });
  }
  return { scale, offset };
}

/**
 * Returns the scaling of SPM99 and SPM2, in the same way as spm_vol_ana.m of SPM2 and nibabel. Uses slope and intercept
 * if there is a slope. Otherwise maps the range of stored values (glmin, glmax) to the range of real values (cal_min,
 * cal_max), if the header contains both ranges.
 */
function analyzeScaling(header: NiftiHeader, slope: number, intercept: number): Scaling | null {
  if (slope !== 0 && Number.isFinite(slope)) {
    return { scale: slope, offset: Number.isFinite(intercept) ? intercept : 0 };
  }
  const stored = header.number('glmax') - header.number('glmin');
  const least = header.number('cal_min');
  const scale = Math.fround(header.number('cal_max') - least) / stored;
  const offset = least - scale * header.number('glmin');
  return stored !== 0 && scale !== 0 && Number.isFinite(scale) && Number.isFinite(offset) ? { scale, offset } : null;
}

/** Returns all fields by their official names and, for NIfTI, the matrices and units that follow from them. */
function attributesOf(header: NiftiHeader, shape: readonly number[]): Readonly<Record<string, unknown>> {
  const attributes: Record<string, unknown> = { version: header.kind.version };
  for (const name of header.names()) attributes[name] = header.value(name);
  if (header.kind.version === 'analyze') return attributes;
  const units = header.number('xyzt_units');
  const qform = qformOf(header);
  const sform = sformOf(header);
  return {
    ...attributes,
    qform,
    sform,
    affine: sform ?? qform ?? baseAffine(header, shape),
    spaceUnit: spaceUnits[units & 7] ?? null,
    timeUnit: timeUnits[units & 56] ?? null,
  };
}
