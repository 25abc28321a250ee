/**
 * Results of calls of the library, and their comparison.
 * @module
 */
import type { ReadResult } from '../../lib/index.js';
import type { Case } from './campaign.js';

/** Returns the bytes of a result. */
export function resultBytes({ data }: Pick<ReadResult, 'data'>): Uint8Array {
  const view: ArrayBufferView = data;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Returns the product of the sizes. */
export function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}

/** A result, or the error of the call. */
export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** Calls `body` and reports its outcome. */
export async function attempt<T>({ report }: Case, what: string, body: () => Promise<T>): Promise<Attempt<T>> {
  try {
    const value = await body();
    report.read();
    return { ok: true, value };
  } catch (error) {
    report.failed(error, what);
    return { ok: false, error };
  }
}

/** Returns the selected items of a list in C order. */
export function pickItems(
  items: readonly string[],
  shape: readonly number[],
  indices: readonly (readonly number[])[],
): readonly string[] {
  let positions = [0];
  for (const [d, axis] of indices.entries()) {
    positions = positions.flatMap((at) => axis.map((index) => at * (shape[d] ?? 1) + index));
  }
  return positions.map((at) => items[at] ?? '');
}
