/**
 * Facts about the storage of an array, and about the last read.
 * @module
 */
import type { ReactNode } from 'react';
import { type ArrayNode, requestJson } from '../api/client.js';
import type { Routes } from '../api/routes.js';
import { useLoaded } from '../api/use-loaded.js';
import { formatBytes, formatCount, formatNumber, formatShape } from '../plot/format-number.js';
import type { Slice } from '../plot/slice.js';
import { selectionText } from '../plot/slice.js';
import { updateState } from '../shell/use-view-state.js';
import { CacheBar } from './CacheBar.js';
import { TimeBar } from './TimeBar.js';

type StorageFacts = Routes['storage']['json'];
type Explanation = Routes['explain']['json'];
type ReadFacts = Routes['reads']['json'];

interface Props {
  readonly path: string;
  readonly node: ArrayNode;
  readonly slice: Slice;
  /** Identifies the last read on the server; null if there is none. */
  readonly readId: string | null;
  /** True if the facts must not be loaded now, because a plot plays. */
  readonly isPaused: boolean;
  readonly isOpen: boolean;
}

/** A name and a value. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function StoredFacts({ facts }: { readonly facts: StorageFacts }) {
  const codecs = facts.layers[0]?.codecs ?? [];
  const absent = facts.chunksAbsent > 0 ? `, ${formatCount(facts.chunksAbsent)} absent` : '';
  return (
    <dl>
      <Fact name="Format">{facts.format}</Fact>
      <Fact name="Stored">
        {formatBytes(facts.storedBytes)} in {formatCount(facts.files)} {facts.files === 1 ? 'file' : 'files'}
      </Fact>
      <Fact name="Chunks">
        {formatCount(facts.chunks)} of {formatShape(facts.chunkShape)}
        {absent}
      </Fact>
      <Fact name="Codecs">{codecs.length === 0 ? 'none' : codecs.join(', ')}</Fact>
      <Fact name="File system">{facts.filesystem.type}</Fact>
    </dl>
  );
}

function SliceFacts({ facts }: { readonly facts: Explanation }) {
  return (
    <dl>
      <Fact name="Slice">{formatBytes(facts.bytesRequested)}</Fact>
      <Fact name="To read">
        {formatBytes(facts.bytesToRead)}, {formatNumber(Number(facts.amplification.toPrecision(3)))} per byte
      </Fact>
      <Fact name="Chunks touched">
        {formatCount(facts.chunks)}
        {facts.chunksAbsent > 0 && `, ${formatCount(facts.chunksAbsent)} absent`}
      </Fact>
      <Fact name="Runs of bytes">{formatCount(facts.extents)}</Fact>
    </dl>
  );
}

function LastRead({ facts }: { readonly facts: ReadFacts }) {
  return (
    <>
      <dl>
        <Fact name="Read">
          {formatBytes(facts.bytesRead)}, {formatBytes(facts.bytesCached)} of them cached
        </Fact>
        <Fact name="Engine">
          <span title={facts.engineReason}>{facts.engine}</span>, {facts.threads}{' '}
          {facts.threads === 1 ? 'thread' : 'threads'}
        </Fact>
        <Fact name="Time">{formatNumber(Number(facts.elapsedMs.toPrecision(3)))} ms</Fact>
      </dl>
      <TimeBar facts={facts} />
    </>
  );
}

function Facts({ path, node, slice, readId, isPaused }: Omit<Props, 'isOpen'>) {
  const { field } = node;
  const selection = selectionText(slice);
  const pick = (key: string): string | null => (isPaused ? null : key);
  const stored = useLoaded(path, (signal) => requestJson('storage', { path }, signal));
  const explained = useLoaded(pick(`${path} ${field} ${selection}`), (signal) =>
    requestJson('explain', { path, selection, ...(field === null ? {} : { field }) }, signal),
  );
  const last = useLoaded(readId === null ? null : pick(readId), (signal) =>
    requestJson('reads', { id: readId ?? '' }, signal),
  );
  const cache = useLoaded(pick(`${path} ${field} ${selection} ${readId}`), (signal) =>
    requestJson('residency', { path, selection, ...(field === null ? {} : { field }) }, signal),
  );
  return (
    <div className="columns">
      <section>
        <h2>Array</h2>
        {stored.value !== null && <StoredFacts facts={stored.value} />}
        {stored.error !== null && <p className="hint">{stored.error.message}</p>}
        {cache.value !== null && <CacheBar facts={cache.value} />}
      </section>
      <section>
        <h2>This slice</h2>
        {explained.value !== null && <SliceFacts facts={explained.value} />}
        {explained.error !== null && <p className="hint">{explained.error.message}</p>}
      </section>
      <section>
        <h2>Last read</h2>
        {last.value === null ? <p className="hint">The browser had the elements.</p> : <LastRead facts={last.value} />}
      </section>
    </div>
  );
}

/** The panel. It loads its facts only while it is open. */
export function StoragePanel({ isOpen, ...rest }: Props) {
  return (
    <details
      className="storage"
      open={isOpen}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== isOpen) updateState({ showsStorage: currentTarget.open });
      }}
    >
      <summary>Storage</summary>
      {isOpen && <Facts {...rest} />}
    </details>
  );
}
