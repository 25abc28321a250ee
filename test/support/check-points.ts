/**
 * Compares reads of points with the elements of the whole array.
 * @module
 */
import { expect } from 'vitest';
import { dtypeInfo } from '../../lib/core/dtype.js';
import type { AsyncReadOptions, ReadableArray } from '../../lib/index.js';
import { sameBytes } from './byte-writer.js';
import type { Random } from './random.js';

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Returns the elements with the given C-order indices. */
function pick(data: ArrayBufferView, itemBytes: number, indices: readonly number[]): Uint8Array {
  const bytes = bytesOf(data);
  const picked = new Uint8Array(indices.length * itemBytes);
  for (const [i, index] of indices.entries()) {
    picked.set(bytes.subarray(index * itemBytes, (index + 1) * itemBytes), i * itemBytes);
  }
  return picked;
}

/** Returns random points of an array without empty dimensions: index lists, and the C-order index of each point. */
export function randomPoints(random: Random, shape: readonly number[], count: number) {
  const lists = shape.map(() => [] as number[]);
  const indices: number[] = [];
  for (let i = 0; i < count; i++) {
    let index = 0;
    for (const [d, length] of shape.entries()) {
      const position = random.below(length);
      index = index * length + position;
      lists[d]?.push(random.below(3) === 0 ? position - length : position);
    }
    indices.push(index);
  }
  return { lists, indices };
}

/** Reads `count` random points of `array`, and compares them with the whole array. */
export async function checkPoints(
  array: ReadableArray,
  random: Random,
  count: number,
  options: AsyncReadOptions,
  name: string,
): Promise<void> {
  if (array.shape.includes(0)) return;
  const { lists, indices } = randomPoints(random, array.shape, array.shape.length === 0 ? 1 : count);
  const { engine: _, ...alike } = options;
  const whole = await array.read(null, alike);
  const result = await array.readPoints(lists, options);
  const what = `${name} ${JSON.stringify(options)} ${JSON.stringify(lists)}`.slice(0, 2000);
  expect(result.shape, what).toEqual(array.shape.length === 0 ? [] : [count]);
  expect(result.dtype, what).toBe(whole.dtype);
  expect(sameBytes(bytesOf(result.data), pick(whole.data, dtypeInfo(whole.dtype).size, indices)), what).toBe(true);
  expect(result.mask === null, what).toBe(whole.mask === null);
  if (result.mask !== null && whole.mask !== null) {
    expect(sameBytes(result.mask, pick(whole.mask, 1, indices)), `${what}, mask`).toBe(true);
  }
  result.release();
  whole.release();
}
