/**
 * Searches all files, groups and arrays below the root.
 * @module
 */
import type { KeyboardEvent } from 'react';
import { requestJson } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { formatCount } from '../plot/format-number.js';
import { Problem } from '../shell/Problem.js';
import { useDebounced } from '../shell/use-debounced.js';
import { updateState } from '../shell/use-view-state.js';

/** Maximum number of results. */
const limit = 100;

/** Time in milliseconds without typing after which a search begins. */
const delayMs = 250;

/** Moves the focus between the search field and the results with the arrow keys. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input[type=search], .results .entry')];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const next = stops[at + step];
  if (step === 0 || at < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** Returns the number of results in words. */
function summaryOf(count: number, hasMore: boolean): string {
  if (hasMore && count < limit) return `Found ${formatCount(count)} so far. The search took too long.`;
  if (hasMore) return `Shows the first ${limit} matches. Type more of the name.`;
  return count === 0 ? 'No match' : `${formatCount(count)} ${count === 1 ? 'match' : 'matches'}`;
}

interface Props {
  /** Part of a name; with a slash, part of a path. */
  readonly text: string;
  readonly selected: string;
}

/** The paths that contain a text. */
export function SearchResults({ text, selected }: Props) {
  const wanted = useDebounced(text, delayMs);
  const { value, error, isLoading } = useLoaded(wanted, async (signal) => ({
    wanted,
    ...(await requestJson('paths', { path: '', contains: wanted, limit }, signal)),
  }));
  if (error !== null) return <Problem error={error} />;
  const isCurrent = value?.wanted === text && !isLoading;
  return (
    <div className="results">
      <p className="hint" role="status">
        {isCurrent ? summaryOf(value.paths.length, value.hasMore) : 'Searching…'}
      </p>
      <ul aria-label="Search results">
        {value?.paths.map((path) => (
          <li key={path}>
            <button
              type="button"
              className="entry"
              aria-current={path === selected ? 'page' : undefined}
              onClick={() => updateState({ path })}
            >
              <span className="name">{path}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
