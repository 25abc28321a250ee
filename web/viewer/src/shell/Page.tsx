/**
 * The page: the tree, and what is selected in it.
 * @module
 */
import { lazy, Suspense, useEffect, useState } from 'react';
import { fetchNode, type TreeNode } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { ArrayView } from '../array/ArrayView.js';
import { Attributes } from '../array/Attributes.js';
import { FileTree } from '../tree/FileTree.js';
import { Problem } from './Problem.js';
import { ThemeButton } from './theme.js';
import { updateState, useViewState } from './use-view-state.js';
import type { ViewState } from './view-state.js';

const H5webView = lazy(() => import('../h5web/H5webView.js'));

/** The steps of the path, as links. */
function Path({ path }: { readonly path: string }) {
  const steps = path === '' ? [] : path.split('/');
  return (
    <nav aria-label="Path" className="path">
      <button type="button" className="link" onClick={() => updateState({ path: '' })}>
        root
      </button>
      {steps.map((step, i) => {
        const target = steps.slice(0, i + 1).join('/');
        return (
          <span key={target}>
            <span aria-hidden="true"> / </span>
            <button
              type="button"
              className="link"
              aria-current={i === steps.length - 1 ? 'page' : undefined}
              onClick={() => updateState({ path: target })}
            >
              {step}
            </button>
          </span>
        );
      })}
    </nav>
  );
}

/** A button that shows a group in h5web, or hides h5web. */
function AllViewsButton({ isOn }: { readonly isOn: boolean }) {
  return (
    <button type="button" aria-pressed={isOn} onClick={() => updateState({ view: isOn ? 'image' : 'all' })}>
      All views
    </button>
  );
}

/** Says why a member of a group cannot be shown. */
function OtherMember({ node: { name, link } }: { readonly node: Extract<TreeNode, { readonly kind: 'other' }> }) {
  if (link === null) {
    return <p className="hint">'{name}' is neither an array nor a group. It is a named datatype, or it is damaged.</p>;
  }
  const file = link.file === null ? '' : ` in the file ${link.file}`;
  return (
    <p className="hint">
      '{name}' is a link to {link.path}
      {file}, which does not exist or may not be opened.
    </p>
  );
}

/** Shows the selected array, or facts about the selected group or directory. */
function Selected({ state }: { readonly state: ViewState }) {
  const { path } = state;
  const [attempt, setAttempt] = useState(0);
  const { value, error, isLoading } = useLoaded(`${path}\n${attempt}`, async (signal) => ({
    path,
    node: await fetchNode(path, signal),
  }));
  if (error !== null) return <Problem error={error} onRetry={() => setAttempt(attempt + 1)} />;
  if (value === null) return isLoading ? <p className="hint">Loading…</p> : null;
  const { node } = value;
  if (node.kind === 'array') return <ArrayView path={value.path} node={node} state={state} />;
  if (node.kind === 'other') return <OtherMember node={node} />;
  const count = node.children.length;
  return (
    <article className="group">
      <p className="facts">
        {node.kind === 'group' ? `group · ${node.format}` : 'directory'} · {count} {count === 1 ? 'member' : 'members'}
      </p>
      <p className="hint">Choose an array in the list of files.</p>
      {node.kind === 'group' && <AllViewsButton isOn={state.view === 'all'} />}
      {node.kind === 'group' && <Attributes attributes={node.attributes} />}
      {node.kind === 'group' && state.view === 'all' && (
        <Suspense fallback={<p className="hint">Loading…</p>}>
          <H5webView key={value.path} path={value.path} shape={null} decodesCf={state.decodesCf} />
        </Suspense>
      )}
    </article>
  );
}

/** The page. */
export function Page() {
  const state = useViewState();
  const { path } = state;
  // On narrow screens, the tree covers the array. It closes when an array is chosen.
  const [isTreeOpen, setTreeOpen] = useState(path === '');
  useEffect(() => {
    document.title = path === '' ? 'posix-par' : `${path} · posix-par`;
  }, [path]);
  return (
    <div className="page" data-tree={isTreeOpen ? 'open' : 'closed'}>
      <header className="bar-top">
        <button
          type="button"
          className="plain tree-button"
          aria-expanded={isTreeOpen}
          onClick={() => setTreeOpen(!isTreeOpen)}
        >
          Files
        </button>
        <h1>posix-par</h1>
        <ThemeButton />
      </header>
      <FileTree selected={path} />
      <main>
        <Path path={path} />
        <Selected state={state} />
      </main>
    </div>
  );
}
