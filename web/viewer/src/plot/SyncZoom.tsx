/**
 * Keeps the camera of a plot and the zoom in the state of the page equal.
 * @module
 */
import { useCameraState, useVisCanvasContext } from '@h5web/lib';
import { useThree } from '@react-three/fiber';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { type Camera, Vector3 } from 'three';
import { updateState } from '../shell/use-view-state.js';
import { formatZoom, isSameZoom, parseZoom, type Zoom } from './zoom.js';

/** Time in milliseconds for which the camera must not move before the zoom is stored. */
const settleMs = 150;

interface Props {
  /** Sizes of the dimensions of the axes: one for a line, two for a picture. */
  readonly sizes: readonly number[];
  /** The zoom to show; null shows the complete plot. */
  readonly zoom: Zoom | null;
}

/** A child of a plot of h5web. Moves the camera if the zoom changes, and stores the zoom if the camera moves. */
export function SyncZoom({ sizes, zoom }: Props) {
  const { canvasSize, visSize, dataToWorld, getVisibleDomains } = useVisCanvasContext();
  const camera = useThree((state) => state.camera);
  const invalidate = useThree((state) => state.invalidate);
  const isPicture = sizes.length > 1;
  const wanted = zoom === null ? '' : formatZoom(zoom);
  /** The zoom that the camera and the state had in common last. */
  const common = useRef('');

  /** Returns the visible part as text; an empty text if everything is visible. */
  const visible = (from: Camera): string => {
    if (from.scale.x >= 1 && (!isPicture || from.scale.y >= 1)) return '';
    const { xVisibleDomain, yVisibleDomain } = getVisibleDomains(from);
    return formatZoom({ ranges: isPicture ? [xVisibleDomain, yVisibleDomain] : [xVisibleDomain], sizes });
  };
  const shown = useCameraState(visible, [getVisibleDomains, sizes.join()]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the canvas keeps what is visible.
  useLayoutEffect(() => {
    if (wanted === common.current) return;
    common.current = wanted;
    const [[x0, x1] = [0, 1], [y0, y1] = [0, 1]] = zoom?.ranges ?? [];
    const [low, high] = [dataToWorld(new Vector3(x0, y0)), dataToWorld(new Vector3(x1, y1))];
    const scaleOf = (length: number, canvas: number): number =>
      zoom === null ? 1 : Math.min(1, Math.max(length, 1e-6) / canvas);
    const scaleX = scaleOf(high.x - low.x, canvasSize.width);
    const scale = isPicture ? Math.max(scaleX, scaleOf(high.y - low.y, canvasSize.height)) : scaleX;
    camera.scale.set(scale, isPicture ? scale : 1, 1);
    // The camera stays over the plot, as after a zoom with the mouse.
    const centred = (from: number, to: number, visLength: number, canvas: number, factor: number): number => {
      const limit = Math.max(0, (visLength - canvas * factor) / 2);
      return Math.max(-limit, Math.min((from + to) / 2, limit));
    };
    camera.position.x = centred(low.x, high.x, visSize.width, canvasSize.width, scale);
    camera.position.y = isPicture ? centred(low.y, high.y, visSize.height, canvasSize.height, scale) : 0;
    camera.updateMatrixWorld();
    invalidate();
  }, [wanted]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` says that the camera moved.
  useEffect(() => {
    const timer = setTimeout(() => {
      // The camera may have moved since the last frame.
      const now = visible(camera);
      if (isSameZoom(now, common.current)) return;
      common.current = now;
      updateState({ zoom: parseZoom(now) });
    }, settleMs);
    return () => clearTimeout(timer);
  }, [shown]);
  return null;
}
