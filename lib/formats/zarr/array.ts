/**
 * Creates the descriptors of Zarr arrays. An array has one layer, which is the regular grid of its innermost chunks.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { ready } from '../../io/io.js';
import { cfScaling } from '../cf.js';
import type { ArrayDescriptor, ChunkIndex, ChunkLocations, Scaling, TemplateLocations } from '../format.js';
import { wholeLayer } from '../whole-layer.js';
import { AssumedKeys } from './assumed-keys.js';
import { decodedBytes } from './encoding.js';
import { chunkTemplate } from './keys.js';
import type { ArrayMetadata } from './metadata.js';
import { ShardedIndex } from './shard-locate.js';
import { isVariable, parseVariable } from './variable-text.js';
import { resizedDocuments } from './write/resize-zarr.js';

/**
 * Returns the descriptor of the array in `directory`.
 * @param path path that the caller opened.
 * @param name name of the array in the store; '' if the array is the root of the store.
 * @param locate creates the chunk index of an array whose chunks are not separate files (kerchunk). It receives the
 * template of the chunk names.
 */
export function describeArray(
  metadata: ArrayMetadata,
  directory: string,
  path: string,
  name: string,
  locate?: (keys: TemplateLocations) => ChunkIndex,
): ArrayDescriptor {
  const { element, encoding, fill, dimensionNames } = metadata;
  const values = element.width === null ? [] : [element.width];
  const shape = [...metadata.shape, ...values];
  const chunkShape = [...encoding.chunkShape, ...values];
  const template = chunkTemplate(metadata.keys, directory, metadata.shape.length);
  // Without codecs, every stored chunk has the size of its elements.
  const isPlain = encoding.layout.codecs.length === 0 && !isVariable(element);
  const storedBytes = isPlain ? decodedBytes(encoding.chunkShape, element) : null;
  const shards = encoding.shards.length === 0 ? null : new ShardedIndex(template, encoding.shards, storedBytes);
  const { keys } = metadata;
  const isAssumed = keys.isAssumed === true && metadata.shape.length > 1 && locate === undefined;
  const slashes = chunkTemplate({ ...keys, separator: '/' }, directory, metadata.shape.length);
  const assumed = isAssumed ? new AssumedKeys(template, slashes) : null;
  const index = locate?.(template) ?? shards ?? assumed ?? namedFiles(template);
  const layer = wholeLayer(shape, chunkShape, encoding.layout, index);
  const root = path.endsWith('/') && path.length > 1 ? path.slice(0, -1) : path;
  return {
    format: 'zarr',
    path,
    name,
    ...(locate === undefined
      ? {
          *resize(newShape: readonly number[]) {
            const own = newShape.slice(0, metadata.shape.length);
            const { version, document } = metadata;
            const descriptor = describeArray({ ...metadata, shape: own }, directory, path, name);
            const documents = yield* resizedDocuments({ version, document, root, name }, own);
            return { descriptor, oldBytes: null, newBytes: null, header: null, documents };
          },
        }
      : {}),
    shape,
    dtype: element.dtype,
    chunkShape,
    fillValue: fill,
    dimensionNames: dimensionNames === null ? null : [...dimensionNames, ...values.map(() => null)],
    attributes: { zarr: summaryOf(metadata), ...metadata.attributes },
    scaling: scalingOf(metadata),
    ...elementsOf(metadata),
    fillIsMissing: metadata.version === 2,
    guardedFiles: [metadata.document],
    layers: () => ready(() => [layer]),
    forget: (file) => shards?.forget(file),
    ...(element.storedAs === undefined ? {} : { storedAs: element.storedAs }),
    ...(element.bitsOf === undefined ? {} : { bitsOf: element.bitsOf }),
    ...(element.small === undefined && element.bitsOf === undefined ? {} : { notWritable: 'numbers of few bits' }),
    ...(metadata.isFillMixed === true ? { notWritable: 'elements whose parts have different fill values' } : {}),
    ...(encoding.shards.length > 1 ? { notWritable: 'writing into nested shards' } : {}),
    ...(assumed === null ? {} : { relocate: (sought: ChunkLocations) => assumed.relocate(sought) }),
  };
}

/** Returns the parts of a description that are about records and text. */
function elementsOf(metadata: ArrayMetadata): Pick<ArrayDescriptor, 'records' | 'text' | 'chunkText' | 'notWritable'> {
  const { element, recordFill, variableFill } = metadata;
  if (variableFill !== undefined) {
    return { chunkText: { fill: variableFill, parse: parseVariable }, notWritable: 'elements of variable length' };
  }
  if (element.record !== undefined) return { records: { type: element.record, fill: recordFill ?? null } };
  return element.text === undefined ? {} : { text: { type: element.text, hasAxis: true } };
}

/** Returns the index of chunks that are separate files, whose names are made of the chunk coordinates. */
function namedFiles(template: TemplateLocations): ChunkIndex {
  return { locate: () => ready(() => template), fixed: template };
}

/** Returns the Zarr metadata that has no field of its own in {@link ArrayDescriptor}. */
function summaryOf({ version, element, encoding, keys }: ArrayMetadata): Readonly<Record<string, unknown>> {
  return {
    formatVersion: version,
    elementKind: element.kind,
    unit: element.unit,
    chunkKeys: { style: keys.style, separator: keys.separator },
    codecs: encoding.layout.codecs.map(({ codec }) => codec),
    shardShapes: encoding.shards.map(({ shardShape }) => shardShape),
  };
}

/** Returns the CF scaling of numeric arrays; null for other element kinds, booleans and complex numbers. */
function scalingOf({ attributes, element }: ArrayMetadata): Scaling | null {
  const { kind } = dtypeInfo(element.dtype);
  const hasNone = element.kind !== 'number' || kind === 'b' || kind === 'c' || element.bitsOf !== undefined;
  return hasNone ? null : cfScaling(attributes);
}
