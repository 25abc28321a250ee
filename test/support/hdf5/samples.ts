/**
 * Creates small valid HDF5 and NetCDF-4 files with indexes, heaps and attributes of many kinds, and records the
 * positions of their fields and checksums.
 * @module
 */
import { Block, type BuiltFile, Hdf5Builder } from './builder.js';
import { addCollection } from './heaps.js';
import { denseObjects, largeIndexes, withDataset } from './large.js';
import {
  addHeader,
  arrayType,
  attribute,
  attributeInfo,
  chunkedDataset,
  compoundType,
  dataspace,
  enumType,
  integerType,
  link,
  type Message,
  textType,
  variableType,
} from './objects.js';
import { addTreeV2 } from './trees.js';

/** A file and its arrays. */
export interface Hdf5Sample extends BuiltFile {
  readonly name: string;
  /** Path to open. */
  readonly path: string;
  readonly arrays: readonly (string | null)[];
}

const unlimited = Number.POSITIVE_INFINITY;
const numbers = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => 1 + i);

/** Creates a dataset with filtered chunks, whose index records contain lengths and masks. */
function filtered(): BuiltFile {
  const file = new Hdf5Builder('small');
  const chunk = file.addBytes(numbers(8));
  const tree = addTreeV2(file, {
    type: 11,
    count: 60,
    bytes: 8 + 4 + 4 + 16,
    write: (i, block) =>
      block
        .field('chunk', 8, chunk)
        .field('length', 4, 4)
        .field('mask', 4, 0)
        .field('row', 8, Math.floor(i / 6))
        .field('column', 8, i % 6),
  });
  const index = new Block('layout').field('index', 1, 5).number(6, 0).field('index address', 8, tree);
  const shape = [10, 12];
  const maxShape = [unlimited, unlimited];
  return withDataset(file, chunkedDataset({ shape, maxShape, chunkShape: [1, 2], index, filters: [2] }));
}

function single(): BuiltFile {
  const file = new Hdf5Builder('small');
  const index = new Block('layout').field('index', 1, 1).field('index address', 8, file.addBytes(numbers(40)));
  return withDataset(file, chunkedDataset({ shape: [4, 5], chunkShape: [4, 5], index }));
}

function contiguous(file: Hdf5Builder, shape: readonly number[], type: Block, size: number): Message[] {
  const bytes = shape.reduce((product, extent) => product * extent, size);
  const layout = new Block('layout')
    .number(1, 3)
    .field('class', 1, 1)
    .field('data', 8, file.addBytes(numbers(bytes)));
  return [
    [0x01, dataspace(shape)],
    [0x03, type],
    [0x08, layout.field('size', 8, bytes)],
  ];
}

/** Creates attributes of seven datatype classes, in the object header and in a heap. */
function types(): BuiltFile {
  const file = new Hdf5Builder('small');
  const texts = addCollection(file, [numbers(5), numbers(16), numbers(3)]);
  const inner = addCollection(file, [new Block('').number(4, 2).number(8, texts).number(4, 1).done()]);
  const reference = (collection: number, object: number, length: number): Block =>
    new Block('reference')
      .field('length of a value', 4, length)
      .field('collection', 8, collection)
      .field('object of a collection', 4, object);
  const bytes = (count: number): Block => new Block('value').bytes(numbers(count));
  const text = variableType(integerType(1), 'text');
  const pair = compoundType(12, [
    ['a', 0, integerType(4)],
    ['b', 4, arrayType([2, 2], integerType(2), 2)],
  ]);
  const attributes = [
    attribute('integer', integerType(8), dataspace([]), bytes(8)),
    attribute('wide', integerType(16), dataspace([2]), bytes(32)),
    attribute('pairs', pair, dataspace([2, 2]), bytes(48)),
    attribute('array', arrayType([2, 3], integerType(2), 2), dataspace([2]), bytes(24)),
    attribute('enum', enumType(['FALSE', 'TRUE']), dataspace([3]), bytes(3)),
    attribute('text', textType(6), dataspace([2]), bytes(12)),
    attribute('texts', text, dataspace([2]), reference(texts, 1, 5).block(reference(texts, 3, 3))),
    attribute('lists', variableType(integerType(2), 'sequence'), dataspace([1]), reference(texts, 2, 8)),
    attribute('nested', variableType(text, 'sequence'), dataspace([1]), reference(inner, 1, 1)),
  ];
  const { heap, tree } = denseObjects(file, attributes, 40, {
    type: 8,
    bytes: 17,
    write: (i, block, id) => {
      id();
      block.field('flags of a record', 1, 0).number(4, i).field('hash', 4, i);
    },
  });
  const messages = contiguous(file, [3, 4], arrayType([2], integerType(4), 4), 8);
  const plain = addHeader(file, [...contiguous(file, [3, 4], integerType(4), 4), attributeInfo(heap, tree)]);
  const odd = addHeader(file, [...messages, ...attributes.map((body): Message => [0x0c, body])]);
  return file.done(
    addHeader(file, [
      [0x06, link('a', plain)],
      [0x06, link('b', odd)],
    ]),
  );
}

/**
 * Creates a NetCDF-4 file with two dimensions, a variable along both of them, and a two-dimensional coordinate that is
 * shorter than its dimension.
 */
function netcdf(): BuiltFile {
  const file = new Hdf5Builder('small');
  const text = (name: string, value: string): Message => [
    0x0c,
    attribute(name, textType(value.length), dataspace([]), new Block('value').text(value)),
  ];
  const number = (name: string, value: number): Message => [
    0x0c,
    attribute(name, integerType(4), dataspace([]), new Block('value').field(name, 4, value)),
  ];
  const reference = new Block('datatype').field('class', 4, 0x17).field('size', 4, 8);
  const use = compoundType(12, [
    ['dataset', 0, reference],
    ['dimension', 8, integerType(4)],
  ]);
  const nameless = 'This is a netCDF dimension but not a netCDF variable.         4';
  const variable = file.reserve(2048);
  const coordinate = file.reserve(2048);
  const uses = (d: number): Message => [
    0x0c,
    attribute(
      'REFERENCE_LIST',
      use,
      dataspace([2]),
      new Block('uses')
        .field('user', 8, variable)
        .field('dimension of a user', 4, d)
        .field('user', 8, coordinate)
        .field('dimension of a user', 4, d),
    ),
  ];
  const scales = [4, 3].map((extent, d) =>
    addHeader(file, [
      ...contiguous(file, [extent], integerType(2), 2),
      text('CLASS', 'DIMENSION_SCALE'),
      text('NAME', d === 0 ? nameless : 'x'),
      number('_Netcdf4Dimid', d),
      uses(d),
    ]),
  );
  const lists = addCollection(
    file,
    scales.map((scale) => new Block('').number(8, scale).done()),
  );
  const value = new Block('dimension list');
  for (const i of scales.keys()) {
    value
      .field('scales', 4, 1)
      .field('collection', 8, lists)
      .field('object of a collection', 4, i + 1);
  }
  const coordinates = new Block('ids').field('id', 4, 0).field('id', 4, 1);
  const put = (address: number, messages: readonly Message[]): void => {
    const own = new Hdf5Builder('small');
    const at = addHeader(own, messages);
    const { bytes, fields } = own.done(at);
    const block = new Block('object header').bytes(bytes.subarray(at));
    for (const field of fields) if (field.at >= at) block.fields.push({ ...field, at: field.at - at });
    if (block.length > 2048) throw new Error('The place is too small');
    file.put(address, block);
  };
  const fill = new Block('fill value').number(1, 2).number(1, 1).field('fill time', 1, 2).field('defined', 1, 1);
  put(variable, [
    ...contiguous(file, [4, 3], integerType(2), 2),
    [0x05, fill.field('fill size', 4, 2).field('fill value', 2, 7)],
    [0x0c, attribute('DIMENSION_LIST', variableType(reference, 'sequence'), dataspace([2]), value)],
    [0x0c, attribute('_FillValue', integerType(2), dataspace([1]), new Block('value').field('_FillValue', 2, 7))],
  ]);
  put(coordinate, [
    ...contiguous(file, [2, 3], integerType(2), 2),
    text('CLASS', 'DIMENSION_SCALE'),
    text('NAME', 'y'),
    number('_Netcdf4Dimid', 0),
    [0x0c, attribute('_Netcdf4Coordinates', integerType(4), dataspace([2]), coordinates)],
  ]);
  const links = [...scales, variable, coordinate].map((address, i): Message => [0x06, link('txvy'[i] ?? '', address)]);
  return file.done(addHeader(file, [...links, text('_NCProperties', 'version=2')]));
}

/** One file of each kind. */
export const hdf5Samples: readonly Hdf5Sample[] = [
  ...largeIndexes.flatMap(({ name, question, make }) =>
    [11, 150].map((count) => ({
      name: `${name} of ${count}`,
      arrays: question === 'chunks' ? ['a', null] : [null],
      ...make(count, 'small'),
    })),
  ),
  { name: 'filtered chunks', arrays: ['a'], ...filtered() },
  { name: 'a single chunk', arrays: ['a'], ...single() },
  { name: 'datatypes', arrays: ['a', 'b', null], ...types() },
  { name: 'NetCDF conventions', arrays: ['v', 'y', 'x', null], ...netcdf() },
].map((sample) => ({ ...sample, path: sample.name.startsWith('NetCDF') ? '/a.nc' : '/a.h5' }));
