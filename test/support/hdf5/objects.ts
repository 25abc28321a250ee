/**
 * Adds object headers and messages to HDF5 files for tests.
 * @module
 */
import { Block, type Hdf5Builder } from './builder.js';

/** A message of an object header. */
export type Message = readonly [type: number, body: Block];

/** Adds an object header of version 1. Returns its address. */
export function addHeader(file: Hdf5Builder, messages: readonly Message[]): number {
  const body = new Block('object header');
  for (const [type, content] of messages) {
    const padded = Math.ceil(content.length / 8) * 8;
    body.field('type of a message', 2, type).field('size of a message', 2, padded).number(4, 0).block(content);
    body.padTo(Math.ceil(body.length / 8) * 8);
  }
  const head = new Block('object header')
    .number(2, 1)
    .field('messages', 2, messages.length & 0xffff)
    .number(4, 1);
  return file.add(head.field('size', 4, body.length).number(4, 0).block(body));
}

/** Returns a signed integer type of `size` bytes. */
export function integerType(size: number): Block {
  return new Block('datatype')
    .field('class', 4, 0x810)
    .field('size', 4, size)
    .field('bit offset', 2, 0)
    .field('precision', 2, 8 * size);
}

/** Returns the type of variable-length sequences or strings whose elements have the type `base`. */
export function variableType(base: Block, content: 'sequence' | 'text'): Block {
  return new Block('datatype')
    .field('class', 4, content === 'text' ? 0x119 : 0x19)
    .field('size', 4, 16)
    .block(base);
}

/** Returns a string type of `size` bytes. */
export function textType(size: number): Block {
  return new Block('datatype').field('class', 4, 0x13).field('size', 4, size);
}

/** Returns a datatype message of version 3 for an array type. */
export function arrayType(shape: readonly number[], base: Block, baseSize: number): Block {
  const block = new Block('datatype').field('class', 4, 0x3a);
  block.field(
    'size',
    4,
    shape.reduce((bytes, extent) => bytes * extent, baseSize),
  );
  block.field('rank', 1, shape.length);
  for (const extent of shape) block.field('extent', 4, extent);
  return block.block(base);
}

/** Returns a datatype message of version 3 for a compound type with members at the given offsets. */
export function compoundType(
  size: number,
  members: readonly (readonly [name: string, at: number, type: Block])[],
): Block {
  const block = new Block('datatype').field('class', 4, 0x36 | (members.length << 8)).field('size', 4, size);
  for (const [name, at, type] of members) {
    block
      .text(`${name}\0`)
      .field('offset of a member', size > 0xffff ? 3 : size > 0xff ? 2 : 1, at)
      .block(type);
  }
  return block;
}

/** Returns a datatype message of version 3 for an enumeration of int8. The names have the values 0, 1, 2 and so on. */
export function enumType(names: readonly string[]): Block {
  const block = new Block('datatype').field('class', 4, 0x38 | (names.length << 8)).field('size', 4, 1);
  block.block(integerType(1));
  for (const name of names) block.text(`${name}\0`);
  for (const i of names.keys()) block.field('value', 1, i);
  return block;
}

/** Returns a dataspace of `shape`. `maxShape` contains Infinity for unlimited dimensions. */
export function dataspace(shape: readonly number[], maxShape?: readonly number[]): Block {
  const block = new Block('dataspace')
    .number(1, 1)
    .field('rank', 1, shape.length)
    .number(1, maxShape === undefined ? 0 : 1)
    .number(5, 0);
  for (const extent of shape) block.field('extent', 8, extent);
  for (const extent of maxShape ?? []) block.field('greatest extent', 8, Number.isFinite(extent) ? extent : -1);
  return block;
}

/** Returns an attribute message of version 3. It may also be an object in a fractal heap. */
export function attribute(name: string, type: Block, space: Block, value: Block): Block {
  return new Block('attribute')
    .number(1, 3)
    .field('flags', 1, 0)
    .field('length of the name', 2, name.length + 1)
    .field('length of the type', 2, type.length)
    .field('length of the space', 2, space.length)
    .number(1, 0)
    .text(`${name}\0`)
    .block(type)
    .block(space)
    .block(value);
}

/** Returns a hard link. It may be used as a message, or as an object in a fractal heap. */
export function link(name: string, address: number): Block {
  return new Block('link')
    .field('version', 1, 1)
    .field('flags', 1, 0)
    .field('length of the name', 1, name.length)
    .text(name)
    .field('address', 8, address);
}

/** Returns a link info message. */
export function linkInfo(heap: number, tree: number): Message {
  return [0x02, new Block('link info').number(2, 0).field('heap', 8, heap).field('tree', 8, tree)];
}

/** Returns an attribute info message. */
export function attributeInfo(heap: number, tree: number): Message {
  return [0x15, new Block('attribute info').number(2, 0).field('heap', 8, heap).field('tree', 8, tree)];
}

/** Properties of a chunked dataset of int16 elements. */
export interface ChunkedSpec {
  readonly shape: readonly number[];
  readonly maxShape?: readonly number[];
  readonly chunkShape: readonly number[];
  /** Last part of the layout message, which starts with the kind of index. */
  readonly index: Block;
  /** Codes of filters without parameters. */
  readonly filters?: readonly number[];
}

/** Returns the messages of a chunked dataset with a version 4 layout message. */
export function chunkedDataset({ shape, maxShape, chunkShape, index, filters = [] }: ChunkedSpec): Message[] {
  const layout = new Block('layout')
    .number(1, 4)
    .number(1, 2)
    .field('flags', 1, 0)
    .field('rank', 1, shape.length + 1);
  layout.number(1, 4);
  for (const extent of [...chunkShape, 2]) layout.field('chunk extent', 4, extent);
  const messages: Message[] = [
    [0x01, dataspace(shape, maxShape)],
    [0x03, integerType(2)],
    [0x08, layout.block(index)],
  ];
  if (filters.length > 0) {
    const pipeline = new Block('filter pipeline').number(1, 2).field('filters', 1, filters.length);
    for (const id of filters) pipeline.field('filter', 2, id).field('filter flags', 2, 0).field('filter values', 2, 0);
    messages.push([0x0b, pipeline]);
  }
  return messages;
}

/** Returns the messages of a chunked dataset with a version 3 layout message and a version 1 B-tree as chunk index. */
export function oldChunkedDataset(shape: readonly number[], chunkShape: readonly number[], tree: number): Message[] {
  const layout = new Block('layout')
    .number(1, 3)
    .number(1, 2)
    .field('rank', 1, shape.length + 1)
    .field('tree', 8, tree);
  for (const extent of [...chunkShape, 2]) layout.field('chunk extent', 4, extent);
  return [
    [0x01, dataspace(shape)],
    [0x03, integerType(2)],
    [0x08, layout],
  ];
}
