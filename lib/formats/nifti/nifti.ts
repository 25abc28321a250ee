/**
 * Reads NIfTI-1 and NIfTI-2 (`.nii`, `.hdr` with `.img`) and Analyze 7.5 pairs. See docs/formats/nifti.md.
 * @module
 */
import type { DType } from '../../core/dtype.js';
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, readUpTo, statPath } from '../../io/io.js';
import { columnMajor } from '../../plan/layout.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe, Scaling } from '../format.js';
import { describeWholeFile } from '../whole-file.js';
import { baseAffine, qformOf, sformOf } from './affine.js';
import { maxHeaderBytes, NiftiHeader, recognizeHeader } from './nifti-header.js';

/**
 * Meaning of a datatype code. `channels` is the length of an additional last axis for colours, which varies fastest.
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
const refusedTypes: Readonly<Record<number, string>> = {
  1: 'DT_BINARY (one bit per voxel)',
  1536: 'float128',
  2048: 'complex256',
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
    Fields.ofOptions(request.options).onlyKnown([], 'the format nifti');
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    if (isCompressed(probe)) {
      throw new UnsupportedError(
        'a NIfTI file compressed with gzip',
        path,
        'It has no random access: decompress it once, with `gunzip -k`, and open the result',
      );
    }
    const headerPath = sibling(path, 'img', 'hdr') ?? path;
    const bytes = yield* readHead(headerPath);
    const kind = recognizeHeader(bytes);
    if (kind === null) {
      throw new FormatError('Expected a NIfTI header: 348 or 540 in the first four bytes, and the magic', {
        path: headerPath,
        offset: 0,
      });
    }
    return yield* describe(probe, new NiftiHeader(bytes, kind, headerPath));
  },
};

function* describe(probe: Probe, header: NiftiHeader): Io<ArrayDescriptor> {
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
  return describeWholeFile({
    format: 'nifti',
    path,
    dataPath,
    dataFileSize: info.size,
    offset: dataOffsetOf(header),
    shape: channels === undefined ? volume : [...volume, channels],
    dtype,
    byteOrder: kind.byteOrder,
    axisOrder: channels === undefined ? spatialOrder : [...spatialOrder, volume.length],
    attributes: attributesOf(header, volume),
    scaling: channels === undefined ? scalingOf(header) : null,
    alsoGuarded: dataPath === headerPath ? [] : [headerPath],
  });
}

function isCompressed({ path, head }: Probe): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && /\.(nii|hdr|img)\.gz$/i.test(path);
}

/** Replaces the extension `from` of `path` by `to`, in the same case. Returns null for other extensions. */
function sibling(path: string, from: string, to: string): string | null {
  const extension = path.slice(-4);
  if (extension.toLowerCase() !== `.${from}`) return null;
  return path.slice(0, -3) + (extension === extension.toUpperCase() ? to.toUpperCase() : to);
}

/** Reads as many bytes as the largest header has. Returns none if the file does not exist. */
function* readHead(path: string): Io<Uint8Array> {
  const info = yield* statPath(path);
  return info?.kind === 'file' ? yield* readUpTo(path, 0, maxHeaderBytes) : new Uint8Array(0);
}

function voxelTypeOf(header: NiftiHeader): VoxelType {
  const code = header.number('datatype');
  const refused = refusedTypes[code];
  if (refused !== undefined) throw new UnsupportedError(`NIfTI voxels of type ${refused}`, header.path);
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

/** Returns all fields by their official names, and the values derived from them. */
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
