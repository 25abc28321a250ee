/**
 * Adds heaps and old-style groups to HDF5 files for tests.
 * @module
 */
import { Block, type Hdf5Builder, none } from './builder.js';

/** Properties of a fractal heap. All of its object IDs are of the same kind. */
export interface FractalHeapSpec {
  /** Number of bits of the heap's address space: 32 for links (IDs of 7 bytes), 40 for attributes (8 bytes). */
  readonly bits: 32 | 40;
  /** Size in bytes of the smallest blocks. */
  readonly startBytes: number;
  /** Size in bytes of the largest direct blocks. If it equals `startBytes`, the root is one direct block. */
  readonly maxBytes: number;
}

const width = 4;

/** Adds a fractal heap of `objects`. Returns its address and `writeId`, which writes the ID of an object. */
export function addFractalHeap(
  file: Hdf5Builder,
  objects: readonly Block[],
  { bits, startBytes, maxBytes }: FractalHeapSpec,
): { readonly address: number; writeId(i: number, block: Block): void } {
  const address = file.reserve(26 + 3 * 8 + 12 * 8);
  const offsetBytes = bits / 8;
  const headBytes = 13 + offsetBytes + 4;
  const isDirect = startBytes === maxBytes;
  const blockBytes = (number: number): number => {
    const row = Math.floor(number / width);
    return row < 2 ? startBytes : startBytes * 2 ** (row - 1);
  };
  const offsets: number[] = [];
  const children: number[] = [];
  let block: Block | null = null;
  let start = 0;
  const close = (): void => {
    if (block === null) return;
    const size = blockBytes(children.length);
    children.push(file.add(block.padTo(size)));
    start += size;
    block = null;
  };
  const open = (): Block =>
    new Block('heap block')
      .text('FHDB')
      .number(1, 0)
      .field('heap', 8, address)
      .field('offset', offsetBytes, start)
      .sealedWhole();
  for (const object of objects) {
    if (block !== null && block.length + object.length > blockBytes(children.length)) close();
    block ??= open();
    offsets.push(start + block.length);
    block.block(object);
  }
  block ??= open();
  close();
  let root = children[0] ?? none;
  const rows = isDirect ? 0 : Math.ceil(children.length / width);
  if (!isDirect) {
    const indirect = new Block('heap indirect block').text('FHIB').number(1, 0).field('heap', 8, address);
    indirect.field('offset', offsetBytes, 0);
    for (let i = 0; i < rows * width; i += 1) indirect.field('child', 8, children[i] ?? none);
    root = file.add(indirect.sealed());
  }
  const header = new Block('heap header')
    .text('FRHP')
    .number(1, 0)
    .field('length of ids', 2, bits === 32 ? 7 : 8)
    .field('filter bytes', 2, 0)
    .field('flags', 1, 2)
    .field('greatest object', 4, 4096);
  header.number(8, 0).field('tree of huge objects', 8, none).number(8, 0).number(8, none);
  for (let i = 0; i < 8; i += 1) header.number(8, 0);
  header.field('width', 2, width).field('start block', 8, startBytes).field('greatest direct block', 8, maxBytes);
  header.field('bits', 2, bits).number(2, 1).field('root', 8, root).field('rows', 2, rows);
  file.put(address, header.sealed());
  if (headBytes > startBytes) throw new Error('The blocks are too small');
  return {
    address,
    writeId: (i, to) => {
      to.field('heap id: kind', 1, 0)
        .field('heap id: offset', offsetBytes, offsets[i] ?? 0)
        .field('heap id: length', 2, objects[i]?.length ?? 0);
    },
  };
}

/** Adds a collection of a global heap. Its objects are numbered from 1. */
export function addCollection(file: Hdf5Builder, objects: readonly Uint8Array[]): number {
  const bytes = objects.reduce((sum, { length }) => sum + 16 + Math.ceil(length / 8) * 8, 32);
  const block = new Block('global heap').text('GCOL').field('version', 1, 1).number(3, 0).field('size', 8, bytes);
  for (const [i, object] of objects.entries()) {
    block
      .field('object', 2, i + 1)
      .number(2, 1)
      .number(4, 0)
      .field('object size', 8, object.length)
      .bytes(object)
      .align(8);
  }
  return file.add(block.field('free space', 2, 0).padTo(bytes));
}

/** Adds an old-style group of links to `target`, named by numbers. Returns the body of its symbol table message. */
export function addSymbolTable(file: Hdf5Builder, count: number, target: number): Block {
  const perNode = 2 * file.groupK;
  const names = Array.from({ length: count }, (_, i) => `l${String(i).padStart(8, '0')}`);
  const nameAt = (i: number): number => 8 + 16 * i;
  const data = new Block('names').padTo(8);
  for (const [i, name] of names.entries()) data.text(name).padTo(nameAt(i + 1));
  const dataAt = file.add(data);
  const heap = new Block('local heap').text('HEAP').number(4, 0).field('size', 8, data.length).number(8, none);
  const heapAt = file.add(heap.field('data', 8, dataAt));
  // The right key of a node is its last name. The left key of the first node is the empty name.
  let nodes: { last: number; address: number }[] = [];
  for (let start = 0; start < count; start += perNode) {
    const end = Math.min(count, start + perNode);
    const node = new Block('symbol table node')
      .text('SNOD')
      .number(2, 1)
      .field('symbols', 2, end - start);
    for (let i = start; i < end; i += 1) {
      node
        .field('name', 8, nameAt(i))
        .field('object', 8, target)
        .field('kind', 4, 0)
        .number(4, 0)
        .number(8, 0)
        .number(8, 0);
    }
    nodes.push({ last: end - 1, address: file.add(node.padTo(8 + perNode * 40)) });
  }
  for (let level = 0; ; level += 1) {
    const above: { last: number; address: number }[] = [];
    let left = 0;
    for (let start = 0; start < nodes.length || start === 0; start += perNode) {
      const children = nodes.slice(start, start + perNode);
      const block = new Block('group B-tree node').text('TREE').field('type', 1, 0).field('level', 1, level);
      block.field('entries', 2, children.length).number(8, none).number(8, none).field('key', 8, left);
      for (const child of children) {
        left = nameAt(child.last);
        block.field('child', 8, child.address).field('key', 8, left);
      }
      above.push({ last: children.at(-1)?.last ?? 0, address: file.add(block.padTo(24 + (2 * perNode + 1) * 8)) });
    }
    nodes = above;
    if (nodes.length === 1)
      return new Block('symbol table').field('tree', 8, nodes[0]?.address ?? none).field('heap', 8, heapAt);
  }
}
