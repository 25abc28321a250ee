/**
 * Controls that choose the slice: the dimensions of the axes, and an index for each other dimension.
 * @module
 */
import { useId } from 'react';
import type { ArrayNode } from '../api/client.js';
import type { Coordinates } from '../plot/coordinates.js';
import { formatCoordinate } from '../plot/format-coordinate.js';
import type { Slice } from '../plot/slice.js';
import { type Axes, dimensionName, moveAxis } from '../plot/slice.js';

interface Props {
  readonly node: ArrayNode;
  readonly axes: Axes;
  /** Names of the axes. Default: horizontal and vertical. */
  readonly labels?: Readonly<Partial<Record<'x' | 'y', string>>>;
  readonly slice: Slice;
  readonly coordinates: readonly (Coordinates | null)[];
  /** The dimension that plays; null if none does. */
  readonly playing: number | null;
  readonly onSlice: (slice: Slice) => void;
  /** Called with the dimension to play; null if the view cannot play. */
  readonly onPlay: ((dimension: number | null) => void) | null;
}

const axisLabels = { x: 'Horizontal', y: 'Vertical' } as const;

interface AxisProps extends Pick<Props, 'node' | 'slice' | 'onSlice'> {
  readonly axis: 'x' | 'y';
  readonly label: string;
}

function AxisSelect({ axis, label, node, slice, onSlice }: AxisProps) {
  return (
    <label>
      {label}{' '}
      <select
        value={slice.indexOf(axis)}
        onChange={({ target }) => onSlice(moveAxis(slice, axis, Number(target.value)))}
      >
        {node.shape.map((size, d) => {
          const name = dimensionName(node.dimensionNames, d);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: dimensions have no identity but their position.
            <option key={d} value={d}>
              {name} ({size})
            </option>
          );
        })}
      </select>
    </label>
  );
}

interface IndexProps {
  readonly name: string;
  readonly size: number;
  readonly index: number;
  readonly coordinates: Coordinates | null;
  readonly isPlaying: boolean;
  readonly onIndex: (index: number) => void;
  readonly onPlay: (() => void) | null;
}

function IndexControl({ name, size, index, coordinates, isPlaying, onIndex, onPlay }: IndexProps) {
  const id = useId();
  const value = coordinates?.values[index];
  const text = value === undefined ? '' : formatCoordinate(value, coordinates?.units ?? null);
  const set = (next: number): void => {
    if (Number.isSafeInteger(next)) onIndex(Math.max(0, Math.min(next, size - 1)));
  };
  return (
    <div className="index">
      <label htmlFor={id}>{name}</label>
      {onPlay === null ? (
        <span />
      ) : (
        <button type="button" disabled={size < 2} aria-pressed={isPlaying} onClick={onPlay}>
          <span aria-hidden="true">{isPlaying ? '❚❚' : '▶'}</span>
          <span className="hidden-label">
            {isPlaying ? 'Pause' : 'Play'} {name}
          </span>
        </button>
      )}
      <input
        id={id}
        type="range"
        min={0}
        max={size - 1}
        value={index}
        aria-valuetext={text === '' ? `${index} of ${size}` : `${index} of ${size}: ${text}`}
        onChange={({ target }) => set(Number(target.value))}
      />
      <input
        type="number"
        min={0}
        max={size - 1}
        value={index}
        aria-label={`Index of ${name}`}
        onChange={({ target }) => set(target.valueAsNumber)}
      />
      <output className="coordinate">{text}</output>
    </div>
  );
}

/** All controls of the slice. */
export function SliceControls({
  node,
  axes,
  labels = axisLabels,
  slice,
  coordinates,
  playing,
  onSlice,
  onPlay,
}: Props) {
  return (
    <div className="slice">
      {node.shape.length > 1 && (
        <div className="axes">
          {axes.map((axis) => (
            <AxisSelect
              key={axis}
              axis={axis}
              label={labels[axis] ?? axisLabels[axis]}
              node={node}
              slice={slice}
              onSlice={onSlice}
            />
          ))}
        </div>
      )}
      {slice.map((entry, d) => {
        if (typeof entry !== 'number') return null;
        const name = dimensionName(node.dimensionNames, d);
        return (
          <IndexControl
            // biome-ignore lint/suspicious/noArrayIndexKey: dimensions have no identity but their position.
            key={d}
            name={name}
            size={node.shape[d] ?? 1}
            index={entry}
            coordinates={coordinates[d] ?? null}
            isPlaying={playing === d}
            onIndex={(index) => onSlice(slice.map((other, i) => (i === d ? index : other)))}
            onPlay={onPlay === null ? null : () => onPlay(playing === d ? null : d)}
          />
        );
      })}
    </div>
  );
}
