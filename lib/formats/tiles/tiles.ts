/**
 * Reads tile directories: `tiles.json` and one raw data file per tile. docs/formats/tiles.md is the specification.
 * @module
 */
import type { DType } from '../../core/dtype.js';
import { ChoiceError, FormatError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { maxPlainChunkBytes } from '../../core/limits.js';
import { withoutTrailing } from '../../core/text.js';
import { Fields, isRecord, type UnknownRecord } from '../../core/validate.js';
import { type Io, readWhole, ready, statPath } from '../../io/io.js';
import type { ArrayDescriptor, ChunkLayout, ChunkLocations, Format, Layer, OpenRequest, Probe } from '../format.js';
import { axisOrderOf, checkedByteSize } from '../whole-file.js';
import { parseJsonFill } from './json-fill.js';
import { type PathTemplate, parseTemplate } from './path-template.js';

const manifestName = 'tiles.json';
const maxManifestBytes = 16 * 1024 * 1024;
/** Maximum offset, so that the sum of offset and tile size stays below 2^53. */
const maxOffset = 2 ** 52 - 1;
const keys = [
  'version',
  'shape',
  'tileShape',
  'dtype',
  'order',
  'byteOrder',
  'fillValue',
  'path',
  'edgeTiles',
  'offset',
  'attributes',
  'dimensionNames',
];

/** The tile directory format. */
export const tiles: Format = {
  name: 'tiles',

  *recognize(probe: Probe): Io<boolean> {
    const { manifest } = placesOf(probe);
    return probe.path === manifest || (yield* statPath(manifest))?.kind === 'file';
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    Fields.ofOptions(request.options).onlyKnown([], 'the format tiles');
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    const { manifest, directory } = placesOf(probe);
    const fields = Fields.ofFile(yield* readManifest(manifest), manifest);
    fields.onlyKnown(keys, manifestName);
    if (fields.integer('version', 1) !== 1) throw fields.error('version 1', 'version');
    const shape = fields.shape('shape', 0);
    const rank = shape.length;
    const tileShape = fields.shape('tileShape', 1, rank);
    const dtype = fields.dtype('dtype');
    checkedByteSize(shape, dtype, { path: manifest });
    const tileBytes = checkedByteSize(tileShape, dtype, { path: manifest });
    if (tileBytes > maxPlainChunkBytes) throw fields.error(`tiles of at most ${maxPlainChunkBytes} bytes`, 'tileShape');
    const edge = fields.oneOf('edgeTiles', ['full', 'clipped'], 'full');
    const layout: ChunkLayout = {
      dtype,
      byteOrder: fields.byteOrder('byteOrder', 'little'),
      axisOrder: axisOrderOf(fields.oneOf('order', ['C', 'F'], 'C'), rank),
      edge,
      codecs: [],
    };
    const template = templateOf(fields, shape, tileShape);
    const locations: ChunkLocations = { kind: 'template', directory, offset: offsetOf(fields), ...template };
    return {
      format: 'tiles',
      path,
      name: '',
      shape,
      dtype,
      chunkShape: tileShape,
      fillValue: fillOf(fields, dtype),
      dimensionNames: fields.dimensionNames('dimensionNames', rank),
      attributes: fields.record('attributes'),
      scaling: null,
      guardedFiles: [manifest],
      layers: () => layersOf(shape, tileShape, layout, locations),
    };
  },
};

/** Returns the tile directory and the path of its manifest. `probe` may be either of them. */
function placesOf(probe: Probe): { readonly directory: string; readonly manifest: string } {
  const { path, kind } = probe;
  if (kind === 'directory') {
    const directory = path.length > 1 && path.endsWith('/') ? withoutTrailing(path, '/') || '/' : path;
    return { directory, manifest: directory === '/' ? `/${manifestName}` : `${directory}/${manifestName}` };
  }
  const slash = path.lastIndexOf('/');
  const directory = slash < 0 ? '.' : path.slice(0, slash) || '/';
  const name = path.slice(slash + 1);
  return { directory, manifest: name === manifestName ? path : `${path}/${manifestName}` };
}

function* readManifest(manifest: string): Io<UnknownRecord> {
  const bytes = yield* readWhole(manifest, maxManifestBytes);
  if (bytes === null) throw new FormatError(`Expected ${manifestName}, found no such file`, { path: manifest });
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FormatError('Expected JSON', { path: manifest }, { cause });
  }
  if (!isRecord(content)) throw new FormatError('Expected a JSON object', { path: manifest });
  return content;
}

function templateOf(fields: Fields, shape: readonly number[], tileShape: readonly number[]): PathTemplate {
  const template = parseTemplate(fields.string('path'), shape.length);
  if (typeof template === 'string') throw fields.error(`a path template (${template})`, 'path');
  for (const [d, extent] of shape.entries()) {
    const several = extent > (tileShape[d] ?? 1);
    if (several && !template.fields.some(({ dimension }) => dimension === d)) {
      throw fields.error(`a path template with a field for dimension ${d}, which has several tiles,`, 'path');
    }
  }
  for (const [i, { dimension, width }] of template.fields.entries()) {
    const last = Math.max(0, Math.ceil((shape[dimension] ?? 0) / (tileShape[dimension] ?? 1)) - 1);
    const fixed = String(last).length <= Math.max(1, width);
    const ends = i === template.fields.length - 1 || /^[^0-9]/.test(template.literals[i + 1] ?? '');
    if (!fixed && !ends) {
      throw fields.error(
        `a path template in which the field for dimension ${dimension} ends (two tiles share a name)`,
        'path',
      );
    }
  }
  return template;
}

function offsetOf(fields: Fields): number {
  const offset = fields.integer('offset', 0, 0);
  if (offset > maxOffset) throw fields.error(`an offset of at most ${maxOffset}`, 'offset');
  return offset;
}

function fillOf(fields: Fields, dtype: DType): FillValue {
  const fill = parseJsonFill(fields.raw('fillValue'), dtype);
  if (fill === undefined)
    throw fields.error(`a ${dtype} (64-bit integers also as text, complex as [re, im])`, 'fillValue');
  return fill;
}

function* layersOf(
  shape: readonly number[],
  chunkShape: readonly number[],
  layout: ChunkLayout,
  locations: ChunkLocations,
): Io<readonly Layer[]> {
  if (shape.includes(0)) return [];
  const origin = shape.map(() => 0);
  const index = { locate: () => ready(() => locations) };
  return [{ start: origin, stop: shape, origin, chunkShape, gridShape: shape, layout, index }];
}
