/**
 * Describes a Zarr array as one regular grid of its innermost chunks.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { ready } from '../../io/io.js';
import { cfScaling } from '../cf.js';
import type { ArrayDescriptor, ChunkIndex, ChunkLocations, Layer, Scaling, TemplateLocations } from '../format.js';
import { AssumedKeys } from './assumed-keys.js';
import { decodedBytes } from './encoding.js';
import { chunkTemplate } from './keys.js';
import type { ArrayMetadata } from './metadata.js';
import { ShardedIndex } from './shard-locate.js';

/**
 * Describes the array in `directory`.
 * @param path path that the caller opened.
 * @param name name of the array in the store; '' if the array is the root of the store.
 * @param locate creates the chunk index if chunks are not separate files. Its parameter `keys` gives the names of the
 * chunks.
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
  const origin = shape.map(() => 0);
  const template = chunkTemplate(metadata.keys, directory, metadata.shape.length);
  // Without codecs, every stored chunk has the size of its elements.
  const storedBytes = encoding.layout.codecs.length === 0 ? decodedBytes(encoding.chunkShape, element) : null;
  const shards = encoding.shards.length === 0 ? null : new ShardedIndex(template, encoding.shards, storedBytes);
  const { keys } = metadata;
  const isAssumed = keys.isAssumed === true && metadata.shape.length > 1 && locate === undefined;
  const slashes = chunkTemplate({ ...keys, separator: '/' }, directory, metadata.shape.length);
  const assumed = isAssumed ? new AssumedKeys(template, slashes) : null;
  const index = locate?.(template) ?? shards ?? assumed ?? namedFiles(template);
  const layer: Layer = {
    start: origin,
    stop: shape,
    origin,
    chunkShape,
    gridShape: shape,
    layout: encoding.layout,
    index,
  };
  return {
    format: 'zarr',
    path,
    name,
    shape,
    dtype: element.dtype,
    chunkShape,
    fillValue: fill,
    dimensionNames: dimensionNames === null ? null : [...dimensionNames, ...values.map(() => null)],
    attributes: { zarr: summaryOf(metadata), ...metadata.attributes },
    scaling: scalingOf(metadata),
    fillIsMissing: metadata.version === 2,
    guardedFiles: [metadata.document],
    layers: () => ready(() => [layer]),
    forget: (file) => shards?.forget(file),
    ...(assumed === null ? {} : { relocate: (sought: ChunkLocations) => assumed.relocate(sought) }),
  };
}

/** Returns the index of chunks that are separate files, whose names are made of the chunk coordinates. */
function namedFiles(template: TemplateLocations): ChunkIndex {
  return { locate: () => ready(() => template) };
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
  return element.kind !== 'number' || kind === 'b' || kind === 'c' ? null : cfScaling(attributes);
}
