/**
 * The state of the page, which components and the URL share.
 * @module
 */
import { useSyncExternalStore } from 'react';
import { formatState, parseState, type ViewState } from './view-state.js';

let current = parseState(new URLSearchParams(location.search));
const listeners = new Set<() => void>();

function show(state: ViewState): void {
  current = state;
  for (const listener of listeners) listener();
}

window.addEventListener('popstate', () => show(parseState(new URLSearchParams(location.search))));

/** Time in milliseconds after which the URL follows the state. Browsers refuse to change it many times per second. */
const urlDelayMs = 300;
let urlTimer: ReturnType<typeof setTimeout> | undefined;

function urlOf(state: ViewState): string {
  const query = String(formatState(state));
  return query === '' ? location.pathname : `?${query}`;
}

/**
 * Changes parts of the state. A new path becomes an entry of the history of the browser, and resets the field of
 * records.
 */
export function updateState(change: Partial<ViewState>): void {
  const isMoved = change.path !== undefined && change.path !== current.path;
  const next = { ...current, ...(isMoved ? { field: null } : {}), ...change };
  clearTimeout(urlTimer);
  if (!isMoved) urlTimer = setTimeout(() => history.replaceState(null, '', urlOf(next)), urlDelayMs);
  else history.pushState(null, '', urlOf(next));
  show(next);
}

/** Returns the state, and renders the component again if the state changes. */
export function useViewState(): ViewState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
