/**
 * Computes statistics as h5grove does.
 * @module
 */
import type { ReadableArray } from '../../api/readable-array.js';
import { isComplex } from '../../core/dtype.js';
import type { ApiSource } from '../api/endpoint.js';
import { partsOf } from '../api/parts.js';
import { HttpError } from '../http/problem.js';
import { toPlainJson } from './types.js';

/** Computes statistics of the finite values. */
export async function statistics(source: ApiSource, view: ReadableArray, signal: AbortSignal): Promise<unknown> {
  if (isComplex(view.dtype)) throw new HttpError(422, 'UnsupportedError', 'Statistics of complex numbers');
  const found = { strict: Infinity, positive: Infinity, min: Infinity, max: -Infinity, count: 0, mean: 0, squares: 0 };
  const { partBytes } = source.admission;
  const hold = await source.admission.begin(Math.min(partBytes, view.size * 8), signal);
  try {
    for (const part of view.size === 0 ? [] : partsOf(view, Math.floor(partBytes / 8))) {
      const { data } = await view.read(part, { signal, as: 'float64', overflow: 'clamp' });
      for (const value of data) {
        if (!Number.isFinite(value)) continue;
        found.count += 1;
        const distance = value - found.mean;
        found.mean += distance / found.count;
        found.squares += distance * (value - found.mean);
        if (value < found.min) found.min = value;
        if (value > found.max) found.max = value;
        if (value >= 0 && value < found.positive) found.positive = value;
        if (value > 0 && value < found.strict) found.strict = value;
      }
    }
  } finally {
    hold.end();
  }
  const isEmpty = found.count === 0;
  return toPlainJson({
    strict_positive_min: found.strict,
    positive_min: found.positive,
    min: found.min,
    max: found.max,
    mean: isEmpty ? null : found.mean,
    std: isEmpty ? null : Math.sqrt(found.squares / found.count),
  });
}
