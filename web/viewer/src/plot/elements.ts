/**
 * Reads elements of arrays from the server.
 * @module
 */
import { ApiError, request } from '../api/client.js';
import { decodeElements, type Elements, type ElementsWanted, queryOf } from './element-types.js';

/** Elements, and the distance in elements between neighbours in each dimension, which is 1 without decimation. */
export interface ElementsRead {
  readonly data: Elements;
  readonly shape: readonly number[];
  readonly steps: readonly number[];
  /** Identifies the read on the server. */
  readonly id: string;
}

const numbersOf = (text: string | null): number[] =>
  text === null || text === '' ? [] : text.split(',').map((part) => Number(part));

/** Reads a body. If it is larger than 1 MiB, calls `onProgress` with the fraction that has arrived (0 to 1). */
export async function readBody(response: Response, onProgress: (part: number) => void): Promise<ArrayBuffer> {
  const total = Number(response.headers.get('content-length'));
  if (response.body === null || !(total > 1 << 20)) return await response.arrayBuffer();
  const bytes = new Uint8Array(total);
  let at = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes.set(part.value, at);
    at += part.value.length;
    onProgress(at / total);
  }
  if (at !== total) throw new ApiError(0, 'Incomplete', 'The connection ended before all elements arrived');
  return bytes.buffer;
}

/** Returns a random name. `crypto.randomUUID` exists only on pages that use HTTPS or come from this machine. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('');
}

/** Reads a selection. @throws {ApiError} if the server reports an error. */
export async function readElements(
  wanted: ElementsWanted,
  signal: AbortSignal,
  onProgress: (part: number) => void = () => {},
): Promise<ElementsRead> {
  const id = randomId();
  const response = await request('read', { ...queryOf(wanted), id }, signal);
  const shape = numbersOf(response.headers.get('x-shape'));
  const steps = numbersOf(response.headers.get('x-steps'));
  const data = decodeElements(await readBody(response, onProgress), response.headers.get('x-dtype') ?? '');
  return { data, shape, steps: shape.map((_, d) => steps[d] ?? 1), id };
}
