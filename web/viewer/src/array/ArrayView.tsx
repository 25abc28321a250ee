/**
 * Shows an array: a picture, a line, a table, or the application h5web.
 * @module
 */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { type ArrayNode, fetchField } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { ChunkLegend } from '../plot/ChunkLegend.js';
import { useChunkFacts } from '../plot/chunk-facts.js';
import { useCoordinates } from '../plot/coordinates.js';
import { isDrawable } from '../plot/element-types.js';
import { formatShape } from '../plot/format-number.js';
import { HistogramPlot } from '../plot/HistogramPlot.js';
import { ImagePlot } from '../plot/ImagePlot.js';
import { LinePlot } from '../plot/LinePlot.js';
import { MissingLegend } from '../plot/MissingLegend.js';
import { axesOf, axisSizes, fitSlice, selectionText, sliceSize } from '../plot/slice.js';
import { type LoadedDetail, useDetail } from '../plot/use-detail.js';
import { useElements, wantedFor } from '../plot/use-elements.js';
import { usePlay } from '../plot/use-play.js';
import { fitZoom } from '../plot/zoom.js';
import { Problem, ProblemBoundary } from '../shell/Problem.js';
import { updateState } from '../shell/use-view-state.js';
import type { ViewName, ViewState } from '../shell/view-state.js';
import { StoragePanel } from '../storage/StoragePanel.js';
import { Attributes } from './Attributes.js';
import { ColorControls } from './ColorControls.js';
import { Export } from './Export.js';
import { FieldSelect, fieldOf } from './FieldSelect.js';
import { SliceControls } from './SliceControls.js';
import { TableView } from './TableView.js';

const H5webView = lazy(() => import('../h5web/H5webView.js'));

const framesPerSecond = 20;

interface Props {
  readonly path: string;
  readonly node: ArrayNode;
  readonly state: ViewState;
}

/** Types of elements that the table shows. */
const listedTypes: ReadonlySet<string> = new Set(['text', 'record', 'sequence']);

/** The views that can show an array. */
export function viewsFor({ shape, dtype }: ArrayNode): readonly ViewName[] {
  if (listedTypes.has(dtype)) return ['table', 'all'];
  if (!isDrawable(dtype) || shape.includes(0) || shape.length === 0) return ['all'];
  return shape.length > 1 ? ['image', 'line', 'all'] : ['line', 'all'];
}

const viewLabels: Readonly<Record<ViewName, string>> = {
  image: 'Image',
  line: 'Line',
  table: 'Table',
  all: 'All views',
};

function ViewTabs({ views, view }: { readonly views: readonly ViewName[]; readonly view: ViewName }) {
  return (
    <fieldset className="tabs">
      <legend className="hidden-label">View</legend>
      {views.map((name) => (
        <label key={name}>
          <input type="radio" name="view" checked={name === view} onChange={() => updateState({ view: name })} />
          <span>{viewLabels[name]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Says which of the elements are shown. */
function DetailStatus({
  steps,
  finer: { detail, isLoading, error },
  isZoomed,
}: {
  readonly steps: readonly number[];
  readonly finer: LoadedDetail;
  readonly isZoomed: boolean;
}) {
  const shown = (list: readonly number[]): string =>
    list.every((step) => step === 1) ? 'all elements' : `1 of ${list.join(' × ')} elements`;
  return (
    <>
      Shows {shown(steps)}
      {detail !== null && `, and ${shown(detail.read.steps)} of the visible part`}.
      {!isZoomed && ' Zoom in to see more.'}
      {isLoading && ' Loading the visible part…'}
      {error !== null && ` The visible part cannot be loaded: ${error.message}`}
    </>
  );
}

/** A picture or a line, with its controls and the storage panel. */
function Plot({ path, node, state, view }: Props & { readonly view: 'image' | 'line' }) {
  const axes = axesOf[view];
  const slice = fitSlice(node.shape, axes, state.slice);
  const [playing, setPlaying] = useState<number | null>(null);
  const [attempt, setAttempt] = useState(0);
  const played = playing !== null && typeof slice[playing] === 'number' ? playing : null;
  const { decodesCf } = state;
  const shown = useElements(path, node, slice, decodesCf, played !== null, attempt);
  const coordinates = useCoordinates(path, node);
  const onSlice = (next: ViewState['slice']): void => updateState({ slice: next });
  usePlay({ path, node, slice, decodesCf, dimension: played, framesPerSecond, shown, onSlice });
  const { read, error, isLoading, isCancelled, progress } = shown;
  const retry = (): void => setAttempt(attempt + 1);
  const isDecimated = read?.steps.some((step) => step > 1) ?? false;
  const fits = read !== null && read.shape.length === axes.length;
  const zoom = fitZoom(state.zoom, axisSizes(node.shape, axes, shown.slice));
  const isComplete = fits && !isLoading && !isCancelled && error === null;
  const finer = useDetail(path, node, shown.slice, decodesCf, isComplete && played === null ? read : null, zoom);
  const { detail } = finer;
  const showsChunks = view === 'image' && state.showsChunks && fits;
  const chunks = useChunkFacts(path, node, read, shown.slice, showsChunks && !isLoading && played === null);
  const title = `${node.name === '' ? path : node.name} [${selectionText(shown.slice)}]`;
  return (
    <>
      <SliceControls
        node={node}
        axes={axes}
        slice={slice}
        coordinates={coordinates}
        playing={played}
        onSlice={onSlice}
        onPlay={setPlaying}
      />
      <ColorControls state={state} isImage={view === 'image'} />
      <div
        className="picture plot-colors"
        data-state={isLoading ? 'loading' : 'ready'}
        data-slice={selectionText(shown.slice)}
        data-detail={detail?.box.map((range) => range.join(':')).join()}
      >
        {error !== null && <Problem error={error} onRetry={retry} />}
        {error === null && fits && (
          <ProblemBoundary resetKey={`${path} ${view}`}>
            {view === 'image' ? (
              <ImagePlot
                node={node}
                read={read}
                detail={detail}
                slice={shown.slice}
                state={state}
                title={title}
                chunks={chunks}
                coordinates={coordinates}
              />
            ) : (
              <LinePlot node={node} read={read} detail={detail} slice={shown.slice} state={state} title={title} />
            )}
          </ProblemBoundary>
        )}
      </div>
      <p className="status" role="status">
        {isLoading && progress !== null && <progress max={1} value={progress} aria-label="Elements received" />}
        {isLoading && played === null && (
          <>
            Loading…{' '}
            <button type="button" className="link" onClick={shown.cancel}>
              Cancel
            </button>
          </>
        )}
        {isCancelled && (
          <>
            {read === null ? 'Cancelled.' : 'Cancelled. Shows the elements that arrived before.'}{' '}
            <button type="button" className="link" onClick={retry}>
              Load
            </button>
          </>
        )}
        {isDecimated && !isLoading && !isCancelled && (
          <DetailStatus steps={read?.steps ?? []} finer={finer} isZoomed={zoom !== null} />
        )}
      </p>
      {error === null && showsChunks && <ChunkLegend node={node} slice={shown.slice} facts={chunks} />}
      {error === null && fits && <MissingLegend data={read.data} state={state} isImage={view === 'image'} />}
      {state.showsHistogram && error === null && fits && <HistogramPlot data={read.data} />}
      <Export
        wanted={wantedFor(path, node, slice, decodesCf, Number.POSITIVE_INFINITY)}
        size={sliceSize(node.shape, slice)}
        picture={
          view === 'image' && error === null && fits ? { read, detail: detail?.read ?? null, slice: shown.slice } : null
        }
        state={state}
      />
      <StoragePanel
        path={path}
        node={node}
        slice={slice}
        readId={isLoading || read === null ? null : read.id}
        isPaused={played !== null}
        isOpen={state.showsStorage}
      />
    </>
  );
}

function Content({ path, node, state, view }: Props & { readonly view: ViewName }): ReactNode {
  const key = `${path}\n${node.field}`;
  if (view === 'table') return <TableView key={key} path={path} node={node} state={state} />;
  if (view !== 'all') return <Plot key={key} path={path} node={node} state={state} view={view} />;
  return (
    <Suspense fallback={<p className="hint">Loading…</p>}>
      <H5webView key={path} path={path} shape={node.shape} decodesCf={state.decodesCf} />
    </Suspense>
  );
}

/** An array, or one field of its records, with the choice of the view. */
function Views({ path, node, state, choice }: Props & { readonly choice: ReactNode }) {
  const views = viewsFor(node);
  const view = views.includes(state.view) ? state.view : (views[0] ?? 'all');
  return (
    <>
      <header>
        <p className="facts">
          {node.dtype} · {formatShape(node.shape)} · {node.format}
        </p>
        {choice}
        <ViewTabs views={views} view={view} />
      </header>
      <ProblemBoundary resetKey={`${path} ${node.field} ${view}`}>
        <Content path={path} node={node} state={state} view={view} />
      </ProblemBoundary>
    </>
  );
}

/** An array, with the choice of a field if its elements are records. */
export function ArrayView({ path, node, state }: Props) {
  const field = fieldOf(node, state.field);
  const { value, error } = useLoaded(field === null ? null : `${path}\n${field}`, async (signal) =>
    field === null ? null : await fetchField(path, field, signal),
  );
  const choice = <FieldSelect node={node} field={field} />;
  const shown = field === null ? node : value?.field === field ? value : null;
  return (
    <article className="array">
      {error !== null && (
        <>
          {choice}
          <Problem error={error} />
        </>
      )}
      {shown !== null && <Views path={path} node={shown} state={state} choice={choice} />}
      <Attributes attributes={node.attributes} />
    </article>
  );
}
