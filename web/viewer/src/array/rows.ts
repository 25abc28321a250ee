/**
 * Reads elements that are not numbers, as rows of a table.
 * @module
 */
import { type ArrayNode, requestJson } from '../api/client.js';
import type { Routes } from '../api/routes.js';
import type { Slice } from '../plot/slice.js';

/** Rows of a table: one per element along the axis `x` of a slice. */
export interface Rows {
  /** Names of the columns: the fields of records, otherwise one column. */
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** Returns the selection of the elements from `start` to `stop` along the axis `x`. */
export function rowSelection(slice: Slice, start: number, stop: number): string {
  return slice.map((entry) => (typeof entry === 'number' ? String(entry) : `${start}:${stop}`)).join(',');
}

/** Divides the elements of a reply into `count` rows. An element that is an array is shown as a list. */
export function rowsOf(reply: Routes['read']['json'], count: number): Rows {
  const data: readonly unknown[] = reply.data;
  const each = count === 0 ? 0 : data.length / count;
  if (reply.dtype === 'record' && each === 1) {
    return { columns: reply.fields, values: reply.data };
  }
  const values = Array.from({ length: count }, (_, i) => [each === 1 ? data[i] : data.slice(i * each, (i + 1) * each)]);
  return { columns: ['Value'], values };
}

/** Reads the rows from `start` to `stop`. @throws {ApiError} if the server reports an error. */
export async function readRows(
  path: string,
  { field }: ArrayNode,
  slice: Slice,
  start: number,
  stop: number,
  signal: AbortSignal,
): Promise<Rows> {
  const selection = slice.length === 0 ? {} : { selection: rowSelection(slice, start, stop) };
  const query = { path, ...selection, ...(field === null ? {} : { field }), format: 'json' } as const;
  return rowsOf(await requestJson('read', query, signal), stop - start);
}
