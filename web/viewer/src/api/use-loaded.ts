/**
 * Loads values for components.
 * @module
 */
import { useEffect, useState } from 'react';

/**
 * State of a load. `value` is the value that was loaded last. It stays while the next value is loaded, and is null
 * after an error.
 */
export interface Loaded<T> {
  readonly value: T | null;
  readonly error: Error | null;
  readonly isLoading: boolean;
}

/**
 * Loads a value whenever `key` changes, and aborts the load of the former key.
 * @param key identifies the value; null loads nothing.
 */
export function useLoaded<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { readonly key: string | null }>({
    key: null,
    value: null,
    error: null,
    isLoading: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` identifies what `load` loads.
  useEffect(() => {
    if (key === null) {
      setState({ key, value: null, error: null, isLoading: false });
      return;
    }
    const controller = new AbortController();
    setState((before) => ({ ...before, error: null, isLoading: true }));
    load(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setState({ key, value, error: null, isLoading: false });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const shown = error instanceof Error ? error : new Error(String(error));
        setState({ key, value: null, error: shown, isLoading: false });
      },
    );
    return () => controller.abort();
  }, [key]);
  return state;
}
