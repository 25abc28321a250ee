/**
 * Reads tile directories: `tiles.json` and one raw data file per tile. docs/formats/tiles.md is the specification.
 * @module
 */
import type { DType } from '../../core/dtype.js';
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { maxPlainChunkBytes } from '../../core/limits.js';
import { withoutTrailing } from '../../core/text.js';
import { Fields, isRecord, type UnknownRecord } from '../../core/validate.js';
import { type Io, readWhole, ready, statPath } from '../../io/io.js';
import type { ArrayDescriptor, ChunkLayout, ChunkLocations, Format, Layer, OpenRequest, Probe } from '../format.js';
import { replaceJsonValue } from '../json-edit.js';
import { axisOrderOf, checkedByteSize } from '../whole-file.js';
import { wholeLayer } from '../whole-layer.js';
import { parseJsonFill } from './json-fill.js';
import { manifestName, namesManifest, type PathTemplate, parseTilePath } from './path-template.js';
import { createTiles } from './write-tiles.js';

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
  targetKind: 'store',
  create: createTiles,

  *recognize(probe: Probe): Io<boolean> {
    const { manifest } = placesOf(probe);
    return probe.path === manifest || (yield* statPath(manifest))?.kind === 'file';
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    Fields.ofOptions(request.options).onlyKnown([], 'the format tiles');
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    const places = placesOf(probe);
    return describeTiles(path, places, parseManifest(yield* readManifest(places.manifest), places.manifest));
  },
};

/** Paths of a tile directory and of its manifest. */
interface Places {
  readonly directory: string;
  readonly manifest: string;
}

/**
 * Returns the descriptor of a tile directory. @param content parsed manifest. @throws {FormatError} if it is invalid.
 */
function describeTiles(path: string, places: Places, content: UnknownRecord): ArrayDescriptor {
  const { directory, manifest } = places;
  const fields = Fields.ofFile(content, manifest);
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
  const offset = offsetOf(fields);
  const locations: ChunkLocations = { kind: 'template', directory, offset, ...template };
  const notWritable =
    offset > 0
      ? `writing tiles with ${offset} bytes before the elements`
      : namesManifest(template)
        ? `writing a tile into ${manifestName}`
        : null;
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
    ...(notWritable === null ? {} : { notWritable }),
    *resize(newShape: readonly number[]) {
      checkEdges(path, { shape, tileShape, edge }, newShape);
      const text = yield* readManifest(manifest);
      const changed = replaceJsonValue(text, ['shape'], `[${newShape.join(', ')}]`, manifest);
      if (changed === null) throw new FormatError("Expected a member 'shape'", { path: manifest });
      const newTemplate = parseTilePath(fields.string('path'), newShape, tileShape);
      if (typeof newTemplate === 'string') {
        throw new UnsupportedError(`tiles of the shape [${newShape.join(', ')}]`, path, `Expected ${newTemplate}`);
      }
      const descriptor = describeTiles(path, places, { ...content, shape: newShape });
      const documents = [{ path: manifest, bytes: new TextEncoder().encode(changed) }];
      return { descriptor, oldBytes: null, newBytes: null, header: null, documents };
    },
  };
}

/**
 * Checks that no stored tile needs a different size after the array has grown.
 * @throws {UnsupportedError} if a clipped tile would have to grow. Rewriting the tile and changing the shape would be
 *   two steps, and a reader between them would see a tile of a wrong size.
 */
function checkEdges(
  path: string,
  array: {
    readonly shape: readonly number[];
    readonly tileShape: readonly number[];
    readonly edge: ChunkLayout['edge'];
  },
  newShape: readonly number[],
): void {
  const { shape, tileShape, edge } = array;
  if (edge === 'full' || shape.includes(0)) return;
  const axis = shape.findIndex((length, d) => length !== newShape[d] && length % (tileShape[d] ?? 1) !== 0);
  if (axis < 0) return;
  const why = `Its length ${shape[axis]} is not a multiple of the tile's length ${tileShape[axis]}`;
  throw new UnsupportedError(`growth of dimension ${axis}, whose last tiles are clipped`, path, why);
}

/** Returns the tile directory and the path of its manifest. `probe` may be either of them. */
function placesOf(probe: Probe): Places {
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

function* readManifest(manifest: string): Io<string> {
  const bytes = yield* readWhole(manifest, maxManifestBytes);
  if (bytes === null) throw new FormatError(`Expected ${manifestName}, found no such file`, { path: manifest });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError('Expected JSON', { path: manifest }, { cause });
  }
}

function parseManifest(text: string, manifest: string): UnknownRecord {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('Expected JSON', { path: manifest }, { cause });
  }
  if (!isRecord(content)) throw new FormatError('Expected a JSON object', { path: manifest });
  return content;
}

function templateOf(fields: Fields, shape: readonly number[], tileShape: readonly number[]): PathTemplate {
  const template = parseTilePath(fields.string('path'), shape, tileShape);
  if (typeof template === 'string') throw fields.error(template, 'path');
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
  const index = { locate: () => ready(() => locations) };
  return [wholeLayer(shape, chunkShape, layout, index)];
}
