/**
 * Controls of the appearance: colours, scale, range and decoding.
 * @module
 */
import { updateState } from '../shell/use-view-state.js';
import { colorMaps, type ViewState } from '../shell/view-state.js';

const scales = { linear: 'Linear', log: 'Logarithmic', symlog: 'Symmetric log' } as const;

function RangeField({ state, end, label }: { readonly state: ViewState; readonly end: 0 | 1; readonly label: string }) {
  return (
    <label>
      {label}{' '}
      <input
        type="number"
        step="any"
        placeholder="auto"
        value={state.range[end] ?? ''}
        onChange={({ target: { valueAsNumber } }) => {
          const value = Number.isFinite(valueAsNumber) ? valueAsNumber : null;
          updateState({ range: end === 0 ? [value, state.range[1]] : [state.range[0], value] });
        }}
      />
    </label>
  );
}

function Switch({
  label,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <label className="switch">
      <input type="checkbox" checked={isOn} onChange={({ target }) => onChange(target.checked)} /> {label}
    </label>
  );
}

/** The controls of an image or a line. */
export function ColorControls({ state, isImage }: { readonly state: ViewState; readonly isImage: boolean }) {
  return (
    <div className="colors">
      {isImage && (
        <label>
          Colours{' '}
          <select value={state.colorMap} onChange={({ target }) => updateState({ colorMap: target.value })}>
            {colorMaps.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <label>
        Scale{' '}
        <select
          value={state.scale}
          onChange={({ target }) => updateState({ scale: target.value as ViewState['scale'] })}
        >
          {Object.entries(scales).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <RangeField state={state} end={0} label="From" />
      <RangeField state={state} end={1} label="to" />
      <Switch
        label="CF decoding"
        isOn={state.decodesCf}
        onChange={(decodesCf) => updateState({ decodesCf, range: [null, null] })}
      />
      {isImage && (
        <Switch label="Chunks" isOn={state.showsChunks} onChange={(showsChunks) => updateState({ showsChunks })} />
      )}
      <Switch
        label="Histogram"
        isOn={state.showsHistogram}
        onChange={(showsHistogram) => updateState({ showsHistogram })}
      />
    </div>
  );
}
