/**
 * Adds B-trees to HDF5 files for tests.
 * @module
 */
import { Block, type Hdf5Builder, none } from './builder.js';

/** Records of a version 2 B-tree. */
export interface Records {
  readonly type: number;
  readonly count: number;
  /** Size of a record in bytes. */
  readonly bytes: number;
  /** Appends record `i` to a block. */
  write(i: number, block: Block): void;
}

const bytesToHold = (value: number): number => (value < 256 ? 1 : 1 + bytesToHold(Math.floor(value / 256)));

interface Level {
  readonly maxRecords: number;
  readonly total: number;
  readonly totalWidth: number;
}

/** Adds a version 2 B-tree of minimal depth. Returns the address of its header. */
export function addTreeV2(file: Hdf5Builder, records: Records): number {
  const { nodeBytes } = file;
  const room = nodeBytes - 10;
  const leaf = Math.floor(room / records.bytes);
  const countWidth = bytesToHold(leaf);
  const levels: Level[] = [{ maxRecords: leaf, total: leaf, totalWidth: 0 }];
  for (let last = levels[0]; last !== undefined && last.total < records.count; last = levels.at(-1)) {
    const pointer = 8 + countWidth + last.totalWidth;
    const maxRecords = Math.floor((room - pointer) / (records.bytes + pointer));
    const total = (maxRecords + 1) * last.total + maxRecords;
    levels.push({ maxRecords, total, totalWidth: bytesToHold(total) });
  }
  const addNode = (depth: number, from: number, to: number): { address: number; count: number; total: number } => {
    const total = to - from;
    const below = levels[depth - 1];
    if (below === undefined) {
      const node = new Block('B-tree leaf').text('BTLF').number(1, 0).field('type', 1, records.type);
      for (let i = from; i < to; i += 1) records.write(i, node);
      return { address: file.add(node.sealed().padTo(nodeBytes)), count: total, total };
    }
    const count = Math.max(1, Math.ceil((total - below.total) / (below.total + 1)));
    const node = new Block('B-tree node').text('BTIN').number(1, 0).field('type', 1, records.type);
    const children = [];
    let at = from;
    for (let c = 0; c <= count; c += 1) {
      const end = from + Math.floor(((total - count) * (c + 1)) / (count + 1)) + c;
      children.push(addNode(depth - 1, at, end));
      if (c < count) records.write(end, node);
      at = end + 1;
    }
    for (const child of children) {
      node.field('child', 8, child.address).field('records of a child', countWidth, child.count);
      if (below.totalWidth > 0) node.field('records below a child', below.totalWidth, child.total);
    }
    return { address: file.add(node.sealed().padTo(nodeBytes)), count, total };
  };
  const depth = levels.length - 1;
  const root = records.count === 0 ? { address: none, count: 0 } : addNode(depth, 0, records.count);
  return file.add(
    new Block('B-tree header')
      .text('BTHD')
      .number(1, 0)
      .field('type', 1, records.type)
      .field('node size', 4, nodeBytes)
      .field('record size', 2, records.bytes)
      .field('depth', 2, depth)
      .number(2, 0x2864)
      .field('root', 8, root.address)
      .field('records of the root', 2, root.count)
      .field('records', 8, records.count)
      .sealed(),
  );
}

/**
 * Adds a version 1 B-tree of `count` chunks in one dimension. Each chunk has `extent` elements of 2 bytes; chunk `i` is
 * at `addressOf(i)`.
 */
export function addChunkTree(
  file: Hdf5Builder,
  count: number,
  extent: number,
  addressOf: (i: number) => number,
): number {
  const perNode = 2 * file.chunkK;
  const nodeBytes = 24 + perNode * 32 + 24;
  const key = (block: Block, chunk: number, elementOffset: number): Block =>
    block
      .field('stored size', 4, 2 * extent)
      .number(4, 0)
      .field('key', 8, chunk * extent)
      .field('element offset of a key', 8, elementOffset);
  let nodes = Array.from({ length: count }, (_, i) => ({ first: i, address: addressOf(i) }));
  for (let level = 0; ; level += 1) {
    const above: { first: number; address: number }[] = [];
    for (let start = 0; start < nodes.length || start === 0; start += perNode) {
      const children = nodes.slice(start, start + perNode);
      const block = new Block('chunk B-tree node')
        .text('TREE')
        .field('type', 1, 1)
        .field('level', 1, level)
        .field('entries', 2, children.length)
        .number(8, none)
        .number(8, none);
      for (const child of children) key(block, child.first, 0).field('child', 8, child.address);
      const next = nodes[start + perNode];
      key(block, next?.first ?? count, next === undefined ? 2 : 0);
      above.push({ first: children[0]?.first ?? 0, address: file.add(block.padTo(nodeBytes)) });
    }
    nodes = above;
    if (nodes.length === 1) return nodes[0]?.address ?? none;
  }
}
