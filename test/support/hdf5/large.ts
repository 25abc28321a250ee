/**
 * Builds valid HDF5 files in memory, with indexes of any length, for each structure that the parser walks.
 * @module
 */
import { addExtensibleArray, addFixedArray } from './arrays.js';
import { Block, type BuiltFile, Hdf5Builder } from './builder.js';
import { addCollection, addFractalHeap, addSymbolTable } from './heaps.js';
import {
  addHeader,
  attribute,
  attributeInfo,
  chunkedDataset,
  dataspace,
  integerType,
  link,
  linkInfo,
  type Message,
  oldChunkedDataset,
  variableType,
} from './objects.js';
import { addChunkTree, addTreeV2 } from './trees.js';

/** Kind of query whose cost grows with the number of entries. */
export type Question = 'chunks' | 'children' | 'open';

/** Generator of files with an index of any number of entries. */
export interface LargeIndex {
  readonly name: string;
  readonly question: Question;
  make(count: number, scale: 'small' | 'large'): BuiltFile;
}

const unlimited = Number.POSITIVE_INFINITY;
/** Data of every chunk. */
const data = new Uint8Array(64);

/** Finishes a file whose root has a dataset `a`. */
export function withDataset(file: Hdf5Builder, messages: readonly Message[]): BuiltFile {
  const dataset = addHeader(file, messages);
  return file.done(addHeader(file, [[0x06, link('a', dataset)]]));
}

/** Returns 0, 1, … below `count`. */
function counted(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Returns the size of a direct block that holds `bytes` bytes. */
function blockBytes(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes + 64));
}

/** Adds a fractal heap of `objects` and the B-tree of their IDs. */
export function denseObjects(
  file: Hdf5Builder,
  objects: readonly Block[],
  bits: 32 | 40,
  record: { readonly type: number; readonly bytes: number; write(i: number, block: Block, id: () => void): void },
): { heap: number; tree: number } {
  const size = file.isOneBlock ? blockBytes(objects.reduce((sum, { length }) => sum + length, 0)) : 512;
  const heap = addFractalHeap(file, objects, { bits, startBytes: size, maxBytes: file.isOneBlock ? size : 65_536 });
  const tree = addTreeV2(file, {
    type: record.type,
    bytes: record.bytes,
    count: objects.length,
    write: (i, block) => record.write(i, block, () => heap.writeId(i, block)),
  });
  return { heap: heap.address, tree };
}

/** HDF5 structures whose size grows with the number of entries. */
export const largeIndexes: readonly LargeIndex[] = [
  {
    name: 'a chunk B-tree of version 1',
    question: 'chunks',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const chunk = file.addBytes(data);
      return withDataset(
        file,
        oldChunkedDataset(
          [count],
          [1],
          addChunkTree(file, count, 1, () => chunk),
        ),
      );
    },
  },
  {
    name: 'a chunk B-tree of version 2',
    question: 'chunks',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const chunk = file.addBytes(data);
      const tree = addTreeV2(file, {
        type: 10,
        count,
        bytes: 16,
        write: (i, block) => block.number(8, chunk).number(8, i),
      });
      const index = new Block('layout').number(1, 5).number(6, 0).number(8, tree);
      return withDataset(file, chunkedDataset({ shape: [count], maxShape: [unlimited], chunkShape: [1], index }));
    },
  },
  {
    name: 'an implicit index',
    question: 'chunks',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const index = new Block('layout').number(1, 2).number(8, file.addBytes(new Uint8Array(2 * count)));
      return withDataset(file, chunkedDataset({ shape: [count], chunkShape: [1], index }));
    },
  },
  {
    name: 'a fixed array',
    question: 'chunks',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const chunk = file.addBytes(data);
      const index = addFixedArray(file, count, () => chunk);
      return withDataset(file, chunkedDataset({ shape: [count], chunkShape: [1], index }));
    },
  },
  {
    name: 'an extensible array',
    question: 'chunks',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const chunk = file.addBytes(data);
      const index = addExtensibleArray(file, count, () => chunk);
      return withDataset(file, chunkedDataset({ shape: [count], maxShape: [unlimited], chunkShape: [1], index }));
    },
  },
  {
    name: 'links in a symbol table',
    question: 'children',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const target = addHeader(file, []);
      return file.done(addHeader(file, [[0x11, addSymbolTable(file, count, target)]]));
    },
  },
  {
    name: 'links in an object header',
    question: 'children',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const target = addHeader(file, []);
      return file.done(
        addHeader(
          file,
          counted(count).map((i) => [0x06, link(`l${i}`, target)]),
        ),
      );
    },
  },
  {
    name: 'links in a fractal heap',
    question: 'children',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const target = addHeader(file, []);
      const { heap, tree } = denseObjects(
        file,
        counted(count).map((i) => link(`l${i}`, target)),
        32,
        {
          type: 5,
          bytes: 11,
          write: (i, block, id) => {
            block.number(4, i);
            id();
          },
        },
      );
      return file.done(addHeader(file, [linkInfo(heap, tree)]));
    },
  },
  {
    name: 'attributes in a fractal heap',
    question: 'open',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const objects = counted(count).map((i) =>
        attribute(`a${i}`, integerType(4), dataspace([]), new Block('value').number(4, i)),
      );
      const { heap, tree } = denseObjects(file, objects, 40, {
        type: 8,
        bytes: 17,
        write: (i, block, id) => {
          id();
          block.number(1, 0).number(4, i).number(4, i);
        },
      });
      return file.done(addHeader(file, [linkInfo(-1, -1), attributeInfo(heap, tree)]));
    },
  },
  {
    name: 'texts in global heaps',
    question: 'open',
    make: (count, scale) => {
      const file = new Hdf5Builder(scale);
      const perCollection = 1000;
      const collections = counted(Math.ceil(count / perCollection)).map(() =>
        addCollection(file, new Array<Uint8Array>(perCollection).fill(Uint8Array.of(65, 66))),
      );
      const objects = collections.map((collection, c) => {
        const texts = Math.min(perCollection, count - c * perCollection);
        const value = new Block('value');
        for (let i = 1; i <= texts; i += 1) value.number(4, 2).number(8, collection).number(4, i);
        return attribute(`t${c}`, variableType(integerType(1), 'text'), dataspace([texts]), value);
      });
      const { heap, tree } = denseObjects(file, objects, 40, {
        type: 8,
        bytes: 17,
        write: (_, block, id) => {
          id();
          block.number(1, 0).number(8, 0);
        },
      });
      return file.done(addHeader(file, [linkInfo(-1, -1), attributeInfo(heap, tree)]));
    },
  },
];
