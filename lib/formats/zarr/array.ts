/**
 * The description of a Zarr array: one regular grid of its smallest chunks.
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
 * @param path the path that was opened.
 * @param name the array within the store, '' for the store itself.
 * @param places where chunks lie that are not files of their names; `keys` names them.
 */
export function describeArray(
  metadata: ArrayMetadata,
  directory: string,
  path: string,
  name: string,
  places?: (keys: TemplateLocations) => ChunkIndex,
): ArrayDescriptor {
  const { element, encoding, fill, dimensionNames } = metadata;
  const values = element.width === null ? [] : [element.width];
  const shape = [...metadata.shape, ...values];
  const chunkShape = [...encoding.chunkShape, ...values];
  const origin = shape.map(() => 0);
  const template = chunkTemplate(metadata.keys, directory, metadata.shape.length);
  // The stored bytes of a chunk without codecs are its elements, so that its length is known.
  const storedBytes = encoding.layout.codecs.length === 0 ? decodedBytes(encoding.chunkShape, element) : null;
  const shards = encoding.shards.length === 0 ? null : new ShardedIndex(template, encoding.shards, storedBytes);
  const { keys } = metadata;
  const isAssumed = keys.isAssumed === true && metadata.shape.length > 1 && places === undefined;
  const slashes = chunkTemplate({ ...keys, separator: '/' }, directory, metadata.shape.length);
  const assumed = isAssumed ? new AssumedKeys(template, slashes) : null;
  const index = places?.(template) ?? shards ?? assumed ?? namedFiles(template);
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

/** Chunks that are files: their names follow from the coordinates. */
function namedFiles(template: TemplateLocations): ChunkIndex {
  return { locate: () => ready(() => template) };
}

/** What Zarr says of the array and a description has no other place for. */
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

/** Only numbers are scaled. */
function scalingOf({ attributes, element }: ArrayMetadata): Scaling | null {
  const { kind } = dtypeInfo(element.dtype);
  return element.kind !== 'number' || kind === 'b' || kind === 'c' ? null : cfScaling(attributes);
}
