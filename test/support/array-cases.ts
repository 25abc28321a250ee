/**
 * Compares arrays that reference libraries wrote with their expected elements.
 * @module
 */
import * as fs from 'node:fs';
import { expect } from 'vitest';
import { dtypeInfo } from '../../lib/core/dtype.js';
import { type ArrayHandle, type DType, type OpenOptions, openArray } from '../../lib/index.js';
import { sameBytes } from './byte-writer.js';
import { engines } from './engines.js';
import { pickBytes, type Random, randomSelection } from './random.js';
import type { TemporaryDirectory } from './temporary.js';

/** An array in a file, as a script describes it in `cases.json`. */
export interface ArrayCase {
  readonly name: string;
  readonly path: string;
  readonly array: string | null;
  /** Further options of opening. */
  readonly options?: OpenOptions;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Location of the elements in `expected.bin`, in C order and in the byte order of the machine. */
  readonly expected: { readonly offset: number; readonly length: number };
  /** Name of the cases that are tested together. */
  readonly group?: string;
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The cases in a folder. */
export class ArrayCases {
  readonly list: readonly ArrayCase[];
  readonly #directory: TemporaryDirectory;
  readonly #blob: Uint8Array;

  constructor(directory: TemporaryDirectory) {
    this.#directory = directory;
    this.list = JSON.parse(fs.readFileSync(directory.at('cases.json'), 'utf8'));
    this.#blob = fs.readFileSync(directory.at('expected.bin'));
  }

  /** Checks the shape, the type and all elements of an array, which is read asynchronously and synchronously. */
  async checkWhole(one: ArrayCase): Promise<void> {
    await using array = await this.#open(one);
    expect(array.shape, one.name).toEqual(one.shape);
    expect(array.dtype, one.name).toBe(one.dtype);
    const expected = this.#expected(one);
    expect(sameBytes(bytesOf((await array.read()).data), expected), one.name).toBe(true);
    expect(sameBytes(bytesOf(array.readSync().data), expected), `${one.name}, synchronously`).toBe(true);
  }

  /** Checks `count` random selections, which are read one by one and together. Does nothing if the array is empty. */
  async checkSelections(one: ArrayCase, random: Random, count: number): Promise<void> {
    if (one.shape.includes(0)) return;
    await using array = await this.#open(one);
    const itemBytes = dtypeInfo(one.dtype).size;
    const selections = Array.from({ length: count }, () => randomSelection(random, one.shape));
    const batch = await array.readMany(selections.map(({ entries }) => entries));
    for (const [i, { entries, indices, shape }] of selections.entries()) {
      const said = `${one.name} ${JSON.stringify(entries)}`;
      const result = await array.read(entries, { engine: random.pick(engines) });
      expect(result.shape, said).toEqual(shape);
      const expected = pickBytes(this.#expected(one), one.shape, itemBytes, indices);
      expect(sameBytes(bytesOf(result.data), expected), said).toBe(true);
      const together = batch.results[i];
      expect(sameBytes(bytesOf(together?.data ?? new Uint8Array(0)), expected), `${said}, together`).toBe(true);
    }
  }

  #open({ path, array, options = {} }: ArrayCase): Promise<ArrayHandle> {
    return openArray(this.#directory.at(path), array === null ? options : { ...options, array });
  }

  #expected({ expected: { offset, length } }: ArrayCase): Uint8Array {
    return this.#blob.subarray(offset, offset + length);
  }
}
