/**
 * Creates the manifest of tile directories. docs/formats/tiles.md is the specification.
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { toJsonValue } from '../../core/json-value.js';
import { maxPlainChunkBytes } from '../../core/limits.js';
import { jsonText } from '../json-text.js';
import type { NewArray, NewStore } from '../new-array.js';
import { checkedFillValue, checkedNewBytes, chooseChunkShape } from '../new-array-checks.js';
import { manifestName, namesManifest, parseTilePath } from './path-template.js';

const optionKeys = [
  'attributes',
  'byteOrder',
  'chunkShape',
  'dimensionNames',
  'edgeTiles',
  'fillValue',
  'order',
  'tilePath',
];

/** Returns the manifest of a new tile directory. @throws {TypeError} naming an option that is invalid. */
export function createTiles({ shape, dtype, options }: NewArray): NewStore {
  options.onlyKnown(optionKeys, 'a new array of the format tiles');
  checkedNewBytes(shape, dtype);
  const isChosen = options.has('chunkShape');
  const tileShape = isChosen
    ? options.shape('chunkShape', 1, shape.length)
    : chooseChunkShape(shape, dtype, 'any size');
  if (tileShape.reduce((bytes, length) => bytes * length, dtypeInfo(dtype).size) > maxPlainChunkBytes) {
    throw options.error(`tiles of at most ${maxPlainChunkBytes} bytes`, 'chunkShape');
  }
  const path = options.has('tilePath') ? options.string('tilePath') : defaultPath(shape.length);
  const template = parseTilePath(path, shape, tileShape);
  if (typeof template === 'string') throw options.error(template, 'tilePath');
  if (namesManifest(template)) throw options.error(`another path than ${manifestName}`, 'tilePath');
  const dimensionNames = options.dimensionNames('dimensionNames', shape.length);
  const attributes = options.record('attributes');
  const manifest = {
    version: 1,
    shape,
    tileShape,
    dtype,
    path,
    order: options.oneOf('order', ['C', 'F'], 'C'),
    byteOrder: options.byteOrder('byteOrder', 'little'),
    edgeTiles: options.oneOf('edgeTiles', ['full', 'clipped'], 'full'),
    // Integers of 64 bits are strings, because JSON parsers may round them.
    fillValue: toJsonValue(checkedFillValue(options, dtype)),
    ...(dimensionNames === null ? {} : { dimensionNames }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
  const bytes = new TextEncoder().encode(jsonText(manifest));
  return { kind: 'store', documents: new Map([[manifestName, bytes]]), markers: [manifestName], array: '' };
}

/** Returns the default template of the paths of tiles, such as `{0}/{1}.bin`. */
function defaultPath(rank: number): string {
  const fields = Array.from({ length: rank }, (_, dimension) => `{${dimension}}`);
  return rank === 0 ? 'tile.bin' : `${fields.join('/')}.bin`;
}
