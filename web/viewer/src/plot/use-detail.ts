/**
 * Loads the visible part of a plot at a finer resolution than the complete plot, if the complete plot shows only a part
 * of the elements.
 * @module
 */
import type { ArrayNode } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import type { ElementsRead } from './elements.js';
import { loadElements } from './elements-cache.js';
import type { Slice } from './slice.js';

import { wantedPart } from './use-elements.js';
import { type AxisRange, boxOf, type Zoom } from './zoom.js';

/** Elements of a part of a plot. */
export interface Detail {
  readonly read: ElementsRead;
  /** The part, with one range per axis, the horizontal axis first. */
  readonly box: readonly AxisRange[];
}

/** A detail, and the state of its load. */
export interface LoadedDetail {
  /** Null if the complete plot is as fine, or if no detail has arrived. */
  readonly detail: Detail | null;
  readonly isLoading: boolean;
  readonly error: Error | null;
}

/**
 * Loads the visible part. The last detail of the same slice stays until the next one is there.
 * @param base the elements of the complete plot; null if they are not known, or if no detail is wanted.
 */
export function useDetail(
  path: string,
  node: ArrayNode,
  slice: Slice,
  decodesCf: boolean,
  base: ElementsRead | null,
  zoom: Zoom | null,
): LoadedDetail {
  const plot = `${path}\n${node.field}\n${slice.join()}\n${decodesCf}`;
  const box = base === null || zoom === null ? null : boxOf(zoom);
  const wanted = box === null ? null : wantedPart(path, node, slice, decodesCf, box);
  const { step = 1 } = wanted ?? {};
  const isFiner = base?.steps.some((baseStep) => baseStep > step) ?? false;
  const key = isFiner && wanted !== null ? `${plot}\n${wanted.selection}` : null;
  const { value, error, isLoading } = useLoaded(key, async (signal) => {
    if (wanted === null || box === null) return null;
    return { plot, box, read: await loadElements(wanted, signal) };
  });
  return { detail: key !== null && value?.plot === plot ? value : null, isLoading, error };
}
