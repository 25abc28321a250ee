/**
 * Plays a dimension: shows its indices one after the other.
 * @module
 */
import { useEffect, useRef } from 'react';
import type { ArrayNode } from '../api/client.js';
import type { Slice } from './slice.js';
import type { ShownElements } from './use-elements.js';
import { prefetch } from './use-elements.js';

/** Number of slices that are loaded in advance. */
const ahead = 4;

/** Settings of {@link usePlay}. */
export interface PlaySettings {
  readonly path: string;
  readonly node: ArrayNode;
  readonly slice: Slice;
  readonly decodesCf: boolean;
  /** The dimension to play through; null if nothing plays. */
  readonly dimension: number | null;
  readonly framesPerSecond: number;
  readonly shown: ShownElements;
  readonly onSlice: (slice: Slice) => void;
}

function at(slice: Slice, dimension: number, size: number, distance: number): Slice {
  const index = slice[dimension];
  return slice.map((entry, d) => (d === dimension && typeof index === 'number' ? (index + distance) % size : entry));
}

/** Shows the next index of a dimension as soon as the current index was shown for `1 / framesPerSecond` seconds. */
export function usePlay({
  path,
  node,
  slice,
  decodesCf,
  dimension,
  framesPerSecond,
  shown,
  onSlice,
}: PlaySettings): void {
  const isShown = !shown.isLoading && shown.error === null && shown.slice.join() === slice.join();
  const size = dimension === null ? 0 : (node.shape[dimension] ?? 0);
  const lastMs = useRef(0);
  const loads = useRef<AbortController | null>(null);
  useEffect(() => {
    if (dimension === null) return;
    loads.current = new AbortController();
    return () => loads.current?.abort();
  }, [dimension]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a frame begins when its slice is shown.
  useEffect(() => {
    if (dimension === null || !isShown || size < 2) return;
    const signal = loads.current?.signal ?? new AbortController().signal;
    for (let distance = 1; distance <= Math.min(ahead, size - 1); distance++) {
      prefetch(path, node, at(slice, dimension, size, distance), decodesCf, signal);
    }
    const waitMs = Math.max(0, lastMs.current + 1000 / framesPerSecond - performance.now());
    const timer = setTimeout(() => {
      lastMs.current = performance.now();
      onSlice(at(slice, dimension, size, 1));
    }, waitMs);
    return () => clearTimeout(timer);
  }, [dimension, isShown, slice.join(), framesPerSecond]);
}
