/**
 * Adds chunk arrays to HDF5 files for tests.
 * @module
 */
import { Block, type Hdf5Builder, none } from './builder.js';

/** Adds a fixed array of `count` chunks. Returns the last part of the layout message. */
export function addFixedArray(file: Hdf5Builder, count: number, addressOf: (i: number) => number): Block {
  const { pageBits } = file;
  const header = file.reserve(28);
  const perPage = 2 ** pageBits;
  const block = new Block('fixed array data block').text('FADB').number(2, 0).field('header', 8, header);
  let data: number;
  if (count <= perPage) {
    for (let i = 0; i < count; i += 1) block.field('chunk', 8, addressOf(i));
    data = file.add(block.sealed());
  } else {
    const pages = Math.ceil(count / perPage);
    block.bytes(new Uint8Array(Math.ceil(pages / 8)).fill(0xff)).sealed();
    data = file.reserve(block.length + pages * (perPage * 8 + 4));
    file.put(data, block);
    for (let page = 0; page < pages; page += 1) {
      const elements = new Block('fixed array page');
      for (let i = page * perPage; i < Math.min(count, (page + 1) * perPage); i += 1)
        elements.field('chunk', 8, addressOf(i));
      file.put(data + block.length + page * (perPage * 8 + 4), elements.sealed());
    }
  }
  file.put(
    header,
    new Block('fixed array header')
      .text('FAHD')
      .number(1, 0)
      .field('client', 1, 0)
      .field('element size', 1, 8)
      .field('page bits', 1, pageBits)
      .field('elements', 8, count)
      .field('data block', 8, data)
      .sealed(),
  );
  return new Block('layout').field('index', 1, 3).number(1, pageBits).field('index address', 8, header);
}

/**
 * Adds an extensible array of `count` chunks. It has 4 elements in the index block, and data blocks of at least 16
 * elements. Returns the last part of the layout message.
 */
export function addExtensibleArray(file: Hdf5Builder, count: number, addressOf: (i: number) => number): Block {
  const { pageBits } = file;
  const [inIndex, least, leastPointers, maxBits] = [4, 16, 4, 32];
  const header = file.reserve(16 + 6 * 8 + 8 + 4);
  const startBytes = maxBits / 8;
  const superBlocks = 1 + maxBits - Math.log2(least);
  const inlineSuperBlocks = 2 * Math.log2(leastPointers);
  const perPage = 2 ** pageBits;
  const at = (i: number): number => (i < count ? addressOf(i) : none);
  const dataBlock = (first: number, size: number, isPaged: boolean): number => {
    if (first >= count) return none;
    const block = new Block('extensible array data block').text('EADB').number(2, 0).field('header', 8, header);
    block.field('offset', startBytes, first - inIndex);
    if (!isPaged) {
      for (let i = first; i < first + size; i += 1) block.field('chunk', 8, at(i));
      return file.add(block.sealed());
    }
    block.sealed();
    const pageBytes = perPage * 8 + 4;
    const address = file.reserve(block.length + (size / perPage) * pageBytes);
    file.put(address, block);
    for (let page = 0; page < size / perPage; page += 1) {
      const elements = new Block('extensible array page');
      for (let i = 0; i < perPage; i += 1) elements.field('chunk', 8, at(first + page * perPage + i));
      file.put(address + block.length + page * pageBytes, elements.sealed());
    }
    return address;
  };
  const index = new Block('extensible array index block').text('EAIB').number(2, 0).field('header', 8, header);
  for (let i = 0; i < inIndex; i += 1) index.field('chunk', 8, at(i));
  let first = inIndex;
  for (let u = 0; u < superBlocks; u += 1) {
    const blocks = 2 ** Math.floor(u / 2);
    const size = least * 2 ** Math.ceil(u / 2);
    if (u < inlineSuperBlocks) {
      for (let b = 0; b < blocks; b += 1) index.field('data block', 8, dataBlock(first + b * size, size, false));
    } else if (first >= count) index.field('super block', 8, none);
    else {
      const isPaged = size > perPage;
      const block = new Block('extensible array super block').text('EASB').number(2, 0).field('header', 8, header);
      block.field('offset', startBytes, first - inIndex);
      if (isPaged) block.bytes(new Uint8Array(blocks * Math.ceil(size / perPage / 8)).fill(0xff));
      for (let b = 0; b < blocks; b += 1) block.field('data block', 8, dataBlock(first + b * size, size, isPaged));
      index.field('super block', 8, file.add(block.sealed()));
    }
    first += blocks * size;
  }
  const block = new Block('extensible array header')
    .text('EAHD')
    .number(1, 0)
    .field('client', 1, 0)
    .field('element size', 1, 8)
    .field('greatest bits', 1, maxBits)
    .field('elements in the index block', 1, inIndex)
    .field('least elements', 1, least)
    .field('least pointers', 1, leastPointers)
    .field('page bits', 1, pageBits);
  for (let i = 0; i < 6; i += 1) block.number(8, 0);
  file.put(header, block.field('index block', 8, file.add(index.sealed())).sealed());
  return new Block('layout').field('index', 1, 4).number(5, 0).field('index address', 8, header);
}
