/**
 * The tree of directories, files, groups and arrays.
 * @module
 */
import { useId, useState } from 'react';
import { type Child, fetchNode, joinPath } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { Problem } from '../shell/Problem.js';
import { updateState } from '../shell/use-view-state.js';
import { moveFocus, SearchResults } from './SearchResults.js';

/** Maximum number of members that are shown at first, because browsers are slow with very long lists. */
const shownAtFirst = 500;

interface BranchProps {
  readonly path: string;
  readonly selected: string;
}

/** True if `path` is `selected`, or leads to it. */
function leadsTo(path: string, selected: string): boolean {
  return selected === path || selected.startsWith(`${path}/`);
}

/** The members of a group or directory. */
function Branch({ path, selected }: BranchProps) {
  const { value, error, isLoading } = useLoaded(`tree ${path}`, (signal) => fetchNode(path, signal));
  const [limit, setLimit] = useState(shownAtFirst);
  if (error !== null) return <Problem error={error} />;
  if (value === null) return isLoading ? <p className="hint">Loading…</p> : null;
  if (value.kind === 'array' || value.kind === 'other') return null;
  const { children } = value;
  if (children.length === 0) return <p className="hint">empty</p>;
  return (
    <ul>
      {children.slice(0, limit).map((child) => (
        <Entry key={child.name} child={child} path={joinPath(path, child.name)} selected={selected} />
      ))}
      {children.length > limit && (
        <li>
          <button type="button" className="plain" onClick={() => setLimit(limit + shownAtFirst)}>
            Show more ({children.length - limit})
          </button>
        </li>
      )}
    </ul>
  );
}

interface EntryProps extends BranchProps {
  readonly child: Child;
}

/** Symbols of the kinds of members. */
const symbols: Readonly<Record<string, string>> = { directory: '▤', store: '◫', group: '▣', array: '▦' };

function Entry({ child, path, selected }: EntryProps) {
  const { name, kind } = child;
  const isBranch = kind !== 'array';
  const [isOpen, setOpen] = useState(leadsTo(path, selected));
  const isSelected = path === selected;
  // Opens the branches that lead to the selected entry.
  const [known, setKnown] = useState(selected);
  if (known !== selected) {
    setKnown(selected);
    if (selected.startsWith(`${path}/`)) setOpen(true);
  }
  return (
    <li>
      <button
        type="button"
        className="entry"
        title={name}
        aria-current={isSelected ? 'page' : undefined}
        aria-expanded={isBranch ? isOpen : undefined}
        onClick={() => {
          if (isBranch) setOpen(isSelected ? !isOpen : true);
          updateState({ path });
        }}
      >
        <span className="symbol" data-kind={kind} aria-hidden="true">
          {symbols[kind] ?? '·'}
        </span>
        <span className="name">{name}</span>
      </button>
      {isBranch && isOpen && <Branch path={path} selected={selected} />}
    </li>
  );
}

/** The tree, or the results of a search in it. */
export function FileTree({ selected }: { readonly selected: string }) {
  const [text, setText] = useState('');
  const id = useId();
  const wanted = text.trim();
  return (
    <nav className="tree" aria-label="Files and arrays" onKeyDown={moveFocus}>
      <label htmlFor={id} className="hidden-label">
        Search all files
      </label>
      <input
        id={id}
        type="search"
        placeholder="Search all files"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {wanted === '' ? <Branch path="" selected={selected} /> : <SearchResults text={wanted} selected={selected} />}
    </nav>
  );
}
