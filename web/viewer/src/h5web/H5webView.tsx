/**
 * The application h5web, with all of its visualizations. Loaded only if it is shown.
 * @module
 */
import { App, DataProvider, useDataContext, type ValuesStoreParams } from '@h5web/app';
import { useEffect, useMemo, useState } from 'react';
import { findFile } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { Problem } from '../shell/Problem.js';
import { ArrayProvider } from './provider.js';
import { stepsFor } from './reduced.js';

interface Props {
  readonly path: string;
  /** Shape of the array at `path`; null for a group. */
  readonly shape: readonly number[] | null;
  readonly decodesCf: boolean;
}

interface RefinedProps {
  readonly provider: ArrayProvider;
  /** Path of the object that is shown first. */
  readonly shown: string;
  /** True if the object is a group, so that its members are listed. */
  readonly isGroup: boolean;
  /** Distance between the elements that are shown, in each of the last two dimensions. */
  readonly step: number;
}

/** Shows the application, which part of the elements it shows, and the progress of the others. */
function Refined({ provider, shown, isGroup, step }: RefinedProps) {
  const { valuesStore } = useDataContext();
  const [progress, setProgress] = useState<number | null>(null);
  const [isCancelled, setCancelled] = useState(false);
  useEffect(() => {
    const end = (): void => setProgress(null);
    provider.connect({
      onProgress(part) {
        setProgress(part);
        setCancelled(false);
      },
      onValue(params: ValuesStoreParams, value: unknown) {
        // Replaces the coarse elements. The change of the state below draws the application again.
        if (valuesStore.has(params)) {
          valuesStore.evict(params);
          valuesStore.preset(params, value);
        }
        end();
      },
      onEnd: end,
    });
    return () => provider.connect(null);
  }, [provider, valuesStore]);
  return (
    <>
      <p className="status" role="status">
        {progress !== null && (
          <>
            <progress max={1} value={progress} aria-label="Elements received" /> Preview{' '}
            <button
              type="button"
              className="link"
              onClick={() => {
                provider.cancel();
                setCancelled(true);
              }}
            >
              Cancel
            </button>
          </>
        )}
        {isCancelled && 'Cancelled. Shows a preview. '}
        {step > 1 && `Shows 1 of ${step} elements in each of the last two dimensions. `}
      </p>
      <div className="h5web plot-colors">
        <App initialPath={shown} sidebarOpen={isGroup} disableDarkMode />
      </div>
    </>
  );
}

/** Shows the array or group at `path`. */
export default function H5webView({ path, shape, decodesCf }: Props) {
  const { value, error } = useLoaded(path, (signal) => findFile(path, signal));
  const file = value?.file ?? null;
  const inner = value?.inner ?? '/';
  const isOnlyArray = inner === '/' && shape !== null;
  const provider = useMemo(
    () => (file === null ? null : new ArrayProvider(file, isOnlyArray, decodesCf)),
    [file, isOnlyArray, decodesCf],
  );
  if (error !== null) return <Problem error={error} />;
  if (provider === null) return null;
  const step = stepsFor(shape ?? []).at(-1) ?? 1;
  return (
    <DataProvider key={path} api={provider}>
      <Refined provider={provider} shown={isOnlyArray ? '/data' : inner} isGroup={shape === null} step={step} />
    </DataProvider>
  );
}
