/**
 * Loads the elements of a slice for a plot: a coarse preview first if the slice is large and takes long. After a step
 * to a neighbouring slice, loads the next one in advance.
 * @module
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ArrayNode } from '../api/client.js';
import type { ElementsWanted } from './element-types.js';
import type { ElementsRead } from './elements.js';
import { cachedElements, loadElements } from './elements-cache.js';
import type { Slice } from './slice.js';
import { nextSlice, selectionText, sliceSize } from './slice.js';
import { type AxisRange, stepFor } from './zoom.js';

/** Maximum number of elements of a plot. Graphics cards refuse larger textures, and screens have fewer pixels. */
const maxPixels = 1 << 22;
/** Maximum length of a side of a picture: the size of a texture that every graphics card supports. */
const maxSide = 8192;
/** Maximum number of elements of a plot that plays. */
const maxPixelsPlaying = 1 << 20;
/** Maximum number of elements of a preview. Slices with more than `previewAbove` elements have a preview. */
const previewPixels = 1 << 16;
const previewAbove = 1 << 19;
/** Time in milliseconds after which a preview is requested, if the elements have not arrived. */
const previewDelayMs = 80;

/** Elements of a slice, and the state of their load. */
export interface ShownElements {
  /** The elements that were loaded last. Null before the first ones. */
  readonly read: ElementsRead | null;
  /** The slice to which `read` belongs. */
  readonly slice: Slice;
  /** True if elements are being loaded, also if a preview of them is shown. */
  readonly isLoading: boolean;
  /** Fraction of the elements that has arrived, from 0 to 1; null if it is not known. */
  readonly progress: number | null;
  readonly error: Error | null;
  /** True if the load was cancelled, so that no elements or only a preview are shown. */
  readonly isCancelled: boolean;
}

/** Elements of a slice, and a function that ends their load. */
export interface LoadedElements extends ShownElements {
  readonly cancel: () => void;
}

/** Returns the maximum number of elements of a plot, so that both sides of a picture fit into a texture. */
function limitFor(sides: readonly number[], pixels: number): number {
  if (sides.length < 2) return pixels;
  const step = Math.max(1, Math.ceil(Math.max(...sides) / maxSide));
  return Math.min(
    pixels,
    sides.reduce((product, side) => product * Math.ceil(side / step), 1),
  );
}

/** Describes the read of a slice. */
export function wantedFor(
  path: string,
  { field, dtype, shape }: ArrayNode,
  slice: Slice,
  decodesCf: boolean,
  pixels: number,
): ElementsWanted {
  const selection = selectionText(slice);
  const limit = limitFor(
    slice.flatMap((entry, d) => (typeof entry === 'number' ? [] : [shape[d] ?? 1])),
    pixels,
  );
  return { path, field, dtype, selection, decodesCf, maxPixels: sliceSize(shape, slice) > limit ? limit : null };
}

/**
 * Describes the read of a part of a slice. `step` is the distance between the elements that the server will send.
 * @param box one range per axis, the horizontal axis first.
 */
export function wantedPart(
  path: string,
  { field, dtype }: ArrayNode,
  slice: Slice,
  decodesCf: boolean,
  box: readonly AxisRange[],
): ElementsWanted & { readonly step: number } {
  const [x, y] = box;
  const rangeText = (range: AxisRange | undefined): string => (range === undefined ? ':' : range.join(':'));
  const selection = slice
    .map((entry) => (typeof entry === 'number' ? String(entry) : rangeText(entry === 'x' ? x : y)))
    .join(',');
  const sides = box.map(([start, stop]) => stop - start);
  const limit = limitFor(sides, maxPixels);
  const step = stepFor(sides, limit);
  return { path, field, dtype, selection, decodesCf, maxPixels: step > 1 ? limit : null, step };
}

/** Loads elements before a playing plot shows them. An error is reported only when the plot needs the elements. */
export function prefetch(path: string, node: ArrayNode, slice: Slice, decodesCf: boolean, signal: AbortSignal): void {
  loadElements(wantedFor(path, node, slice, decodesCf, maxPixelsPlaying), signal).catch(() => {});
}

/** Calls `load` with a signal after `previewDelayMs`. Returns a function that prevents this, or aborts the load. */
function delayed(load: (signal: AbortSignal) => Promise<void>): () => void {
  const controller = new AbortController();
  // The preview is a help only. An error is reported by the load of all elements.
  const timer = setTimeout(() => load(controller.signal).catch(() => {}), previewDelayMs);
  return () => {
    clearTimeout(timer);
    controller.abort();
  };
}

/** Loads the elements of `slice`. The former elements stay until the new ones are there. */
export function useElements(
  path: string,
  node: ArrayNode,
  slice: Slice,
  decodesCf: boolean,
  isPlaying: boolean,
  attempt: number,
): LoadedElements {
  const [state, setState] = useState<ShownElements>({
    read: null,
    slice,
    isLoading: true,
    progress: null,
    error: null,
    isCancelled: false,
  });
  const text = selectionText(slice);
  const key = `${path}\n${slice.join()}\n${decodesCf}\n${isPlaying}\n${attempt}`;
  const last = useRef<Slice | null>(null);
  const ahead = useRef<AbortController | null>(null);
  const running = useRef<AbortController | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` names all that the effect uses.
  useEffect(() => {
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    const full = wantedFor(path, node, slice, decodesCf, isPlaying ? maxPixelsPlaying : maxPixels);
    const next = last.current === null || isPlaying ? null : nextSlice(node.shape, last.current, slice);
    last.current = slice;
    const show = (read: ElementsRead, isLoading: boolean): void => {
      if (!signal.aborted) setState({ read, slice, isLoading, progress: null, error: null, isCancelled: false });
    };
    const loadNext = (): void => {
      if (signal.aborted || next === null) return;
      const wanted = wantedFor(path, node, next, decodesCf, maxPixels);
      if (wanted.maxPixels !== null) return;
      // Not aborted by the next change of the slice, which probably needs these elements.
      ahead.current?.abort();
      ahead.current = new AbortController();
      loadElements(wanted, ahead.current.signal).catch(() => {});
    };
    const load = async (): Promise<void> => {
      const known = cachedElements(full);
      if (known !== undefined) return show(known, false);
      setState((before) => ({ ...before, isLoading: true, progress: null, error: null, isCancelled: false }));
      const onProgress = (progress: number): void => {
        if (!signal.aborted) setState((before) => ({ ...before, progress }));
      };
      const hasPreview = !isPlaying && sliceSize(node.shape, slice) > previewAbove;
      const endPreview = !hasPreview
        ? () => {}
        : delayed(async (preview) => {
            const read = await loadElements(wantedFor(path, node, slice, decodesCf, previewPixels), preview);
            if (!preview.aborted) show(read, true);
          });
      signal.addEventListener('abort', endPreview, { once: true });
      try {
        show(await loadElements(full, signal, onProgress), false);
      } finally {
        endPreview();
      }
    };
    load().then(loadNext, (error: unknown) => {
      if (signal.aborted) return;
      const shown = error instanceof Error ? error : new Error(String(error));
      setState((before) => ({ ...before, read: null, slice, isLoading: false, error: shown }));
    });
    return () => controller.abort();
  }, [key, text]);
  useEffect(() => () => ahead.current?.abort(), []);
  const cancel = useCallback((): void => {
    running.current?.abort();
    setState((before) => ({ ...before, isLoading: false, progress: null, isCancelled: true }));
  }, []);
  return { ...state, cancel };
}
