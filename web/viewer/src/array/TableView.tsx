/**
 * Shows elements that are not numbers as a table: texts, records and sequences along one dimension.
 * @module
 */
import { useState } from 'react';
import type { ArrayNode } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { useCoordinates } from '../plot/coordinates.js';
import { formatCount } from '../plot/format-number.js';
import { axesOf, dimensionName, fitSlice, type Slice } from '../plot/slice.js';
import { Problem } from '../shell/Problem.js';
import { updateState } from '../shell/use-view-state.js';
import type { ViewState } from '../shell/view-state.js';
import { formatValue } from './format-value.js';
import { type Rows, readRows } from './rows.js';
import { SliceControls } from './SliceControls.js';

/** Number of rows of a page of the table. */
const pageRows = 100;

interface PagerProps {
  readonly start: number;
  readonly stop: number;
  readonly count: number;
  readonly onStart: (start: number) => void;
}

/** Says which rows are shown, and shows others. */
function Pager({ start, stop, count, onStart }: PagerProps) {
  const last = Math.max(0, count - pageRows);
  const show = (next: number): void => onStart(Math.max(0, Math.min(next, last)));
  return (
    <div className="pager">
      <span role="status">
        Rows {formatCount(start)} to {formatCount(stop - 1)} of {formatCount(count)}
      </span>
      {count > pageRows && (
        <>
          <button type="button" disabled={start === 0} onClick={() => show(start - pageRows)}>
            Previous rows
          </button>
          <button type="button" disabled={stop === count} onClick={() => show(stop)}>
            Next rows
          </button>
          <label>
            First row{' '}
            <input
              type="number"
              min={0}
              max={last}
              value={start}
              onChange={({ target: { valueAsNumber } }) => {
                if (Number.isSafeInteger(valueAsNumber)) show(valueAsNumber);
              }}
            />
          </label>
        </>
      )}
    </div>
  );
}

interface TableProps {
  readonly rows: Rows;
  readonly start: number;
  /** Name of the dimension of the rows; null if there is one element only. */
  readonly dimension: string | null;
}

function Table({ rows, start, dimension }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach a region that scrolls.
    <section className="values" aria-label="Values" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {dimension !== null && <th scope="col">{dimension}</th>}
            {rows.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.values.map((cells, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their position.
            <tr key={i}>
              {dimension !== null && <th scope="row">{start + i}</th>}
              {cells.map((value, column) => (
                <td key={rows.columns[column] ?? column}>{formatValue(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The table, with the choice of its dimension and its rows. */
export function TableView({
  path,
  node,
  state,
}: {
  readonly path: string;
  readonly node: ArrayNode;
  readonly state: ViewState;
}) {
  const { shape } = node;
  const axes = axesOf.table;
  const slice = fitSlice(shape, axes, state.slice);
  const axis = slice.indexOf('x');
  const count = axis < 0 ? 1 : (shape[axis] ?? 0);
  const [first, setFirst] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const start = Math.min(first, Math.max(0, count - 1));
  const stop = Math.min(start + pageRows, count);
  const coordinates = useCoordinates(path, node);
  const isEmpty = shape.includes(0);
  const key = isEmpty ? null : `${path}\n${node.field}\n${slice.join()}\n${start}\n${attempt}`;
  const { value, error, isLoading } = useLoaded(key, async (signal) => ({
    rows: await readRows(path, node, slice, start, stop, signal),
    start,
  }));
  const onSlice = (next: Slice): void => updateState({ slice: next });
  if (isEmpty) return <p className="hint">The array has no elements.</p>;
  return (
    <>
      <SliceControls
        node={node}
        axes={axes}
        labels={{ x: 'Rows' }}
        slice={slice}
        coordinates={coordinates}
        playing={null}
        onSlice={onSlice}
        onPlay={null}
      />
      {axis >= 0 && <Pager start={start} stop={stop} count={count} onStart={setFirst} />}
      {error !== null && <Problem error={error} onRetry={() => setAttempt(attempt + 1)} />}
      {value === null
        ? isLoading && <p className="hint">Loading…</p>
        : value.rows.values.length > 0 && (
            <Table
              rows={value.rows}
              start={value.start}
              dimension={axis < 0 ? null : dimensionName(node.dimensionNames, axis)}
            />
          )}
    </>
  );
}
