/**
 * Creates hostile Zarr arrays of texts and bytes of variable length.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { ByteWriter } from '../byte-writer.js';
import { arrayV2, arrayV3 } from '../zarr-store.js';
import { growingBytes, growingValue, type HostileCase, type HostileFiles, repeated } from './case.js';
import { hostileJson } from './json.js';

const path = '/s';

/** Version of the store, and codec of its elements. */
type Store = 'v2 vlen-utf8' | 'v2 vlen-bytes' | 'v3 vlen-utf8' | 'v3 vlen-bytes';

/** Returns an array of `count` elements in one chunk, which is compressed if `isCompressed`. */
function array(store: Store, count: number, chunk: Uint8Array, isCompressed = false, fill: unknown = ''): HostileFiles {
  const codec = store.slice(3);
  const stored = isCompressed ? gzipSync(chunk) : chunk;
  if (store.startsWith('v2')) {
    const compressor = isCompressed ? { id: 'gzip', level: 1 } : null;
    const metadata = {
      shape: [count],
      chunks: [count],
      dtype: '|O',
      filters: [{ id: codec }],
      compressor,
      fill_value: fill,
    };
    return { [`${path}/.zarray`]: JSON.stringify(arrayV2(metadata)), [`${path}/0`]: stored };
  }
  const metadata = arrayV3({
    shape: [count],
    data_type: codec === 'vlen-utf8' ? 'string' : 'variable_length_bytes',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [count] } },
    codecs: [{ name: codec }, ...(isCompressed ? [{ name: 'gzip', configuration: { level: 1 } }] : [])],
    fill_value: fill,
  });
  return { [`${path}/zarr.json`]: JSON.stringify(metadata), [`${path}/c/0`]: stored };
}

/** Returns a decoded chunk of `count` elements of `length` bytes. `said` is the number of elements that it states. */
function elements(count: number, length: number, said = count): Uint8Array {
  const writer = new ByteWriter().u32(said);
  for (let i = 0; i < count; i += 1) writer.u32(length).zeros(length);
  return writer.done();
}

const read = (hostile: HostileCase): HostileCase => ({ ...hostile, reads: 'text' });
const grown = (name: string, make: (size: number) => HostileFiles): HostileCase => read(growingBytes(name, path, make));
const stores: readonly Store[] = ['v2 vlen-utf8', 'v2 vlen-bytes', 'v3 vlen-utf8', 'v3 vlen-bytes'];

/** Hostile values of variable length. */
export const valueCases: readonly HostileCase[] = [
  ...stores.map((store) => grown(`elements of ${store}`, (size) => array(store, size >> 4, elements(size >> 4, 12)))),
  grown('empty texts', (size) => array('v3 vlen-utf8', size >> 2, elements(size >> 2, 0))),
  grown('compressed texts', (size) => array('v3 vlen-utf8', size >> 2, elements(size >> 2, 8), true)),
  grown('a long text', (size) => array('v3 vlen-utf8', 1, elements(1, size))),
  grown('a compressed text', (size) => array('v2 vlen-utf8', 1, elements(1, size), true)),
  grown('bytes after the last text', (size) => array('v3 vlen-utf8', 1, elements(size >> 4, 12, 1))),
  grown('too few texts', (size) => array('v3 vlen-utf8', size >> 2, elements(size >> 4, 12, size >> 2))),
  grown('fill value', (size) => {
    const { [`${path}/c/0`]: _, ...rest } = array('v3 vlen-utf8', 8, new Uint8Array(0), false, repeated('f', size));
    return rest;
  }),
  grown('fill value of bytes', (size) => {
    const fill = Buffer.alloc(size, 'f').toString('base64');
    const { [`${path}/c/0`]: _, ...rest } = array('v3 vlen-bytes', 8, new Uint8Array(0), false, fill);
    return rest;
  }),
  ...hostileJson.flatMap(({ name, make }) =>
    (['v3 vlen-utf8', 'v3 vlen-bytes'] as const).map((store) => ({
      ...growingBytes(`fill_value of ${store}: ${name}`, path, (size, random) => ({
        [`${path}/zarr.json`]: String(array(store, 4, new Uint8Array(0), false, '\u0001')[`${path}/zarr.json`]).replace(
          JSON.stringify('\u0001'),
          () => make(size, random),
        ),
      })),
      isVariant: true,
    })),
  ),
  read(growingValue('number of texts', path, (size) => array('v3 vlen-utf8', 4, elements(4, 1, size * 800)))),
  read(
    growingValue('length of a text', path, (size) =>
      array(
        'v3 vlen-utf8',
        1,
        new ByteWriter()
          .u32(1, size * 800)
          .zeros(16)
          .done(),
      ),
    ),
  ),
  read(growingValue('elements of an absent chunk', path, (size) => array('v3 vlen-utf8', size, elements(0, 0)))),
];
