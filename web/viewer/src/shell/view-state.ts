/**
 * State of the page, and its form in the query of a URL, so that a URL restores the view.
 * @module
 */
import type { Slice } from '../plot/slice.js';
import { formatZoom, parseZoom, type Zoom } from '../plot/zoom.js';

/** Ways to show an array. `all` is the application h5web, with all of its visualizations. */
export const viewNames = ['image', 'line', 'table', 'all'] as const;
export type ViewName = (typeof viewNames)[number];

/** State of the page. */
export interface ViewState {
  /** Path of an array, group or directory on the server. */
  readonly path: string;
  /** Path of a field of records, such as `x` or `p.w`; null for complete records. */
  readonly field: string | null;
  readonly view: ViewName;
  /** Null for the first plane. */
  readonly slice: Slice | null;
  /** The visible part of a plot; null for the complete plot. Applies to plots with the sizes that it names. */
  readonly zoom: Zoom | null;
  readonly colorMap: string;
  readonly scale: 'linear' | 'log' | 'symlog';
  /** Values of the first and the last colour; null for the lowest and the highest value. */
  readonly range: readonly [number | null, number | null];
  /** True if scale, offset and missing values of the CF conventions are applied. */
  readonly decodesCf: boolean;
  /** True if the borders of chunks are drawn. */
  readonly showsChunks: boolean;
  /** True if the histogram of the elements is shown. */
  readonly showsHistogram: boolean;
  /** True if the panel with facts about the storage is open. */
  readonly showsStorage: boolean;
}

/** Names of the colour maps that the page offers. */
export const colorMaps = ['Viridis', 'Magma', 'Inferno', 'Plasma', 'Cividis', 'Turbo', 'RdBu', 'Greys'] as const;

const initial: ViewState = {
  path: '',
  field: null,
  view: 'image',
  slice: null,
  zoom: null,
  colorMap: 'Viridis',
  scale: 'linear',
  range: [null, null],
  decodesCf: true,
  showsChunks: false,
  showsHistogram: false,
  showsStorage: true,
};

function parseSlice(text: string | null): Slice | null {
  if (text === null || text === '') return null;
  const entries = text.split(',').map((part) => (part === 'x' || part === 'y' ? part : Number(part)));
  return entries.every((entry) => typeof entry === 'string' || Number.isSafeInteger(entry)) ? entries : null;
}

function parseRange(text: string | null): ViewState['range'] {
  const [low = null, high = null] = (text ?? ',').split(',').map((part) => {
    const value = part === '' ? Number.NaN : Number(part);
    return Number.isFinite(value) ? value : null;
  });
  return [low, high];
}

/** Returns the state that the query of a URL describes. Ignores parameters that it does not understand. */
export function parseState(query: URLSearchParams): ViewState {
  const choose = <T extends string>(name: string, values: readonly T[], absent: T): T =>
    values.find((value) => value === query.get(name)) ?? absent;
  return {
    path: (query.get('path') ?? '').replace(/^\/+|\/+$/g, ''),
    field: query.get('field'),
    view: choose('view', viewNames, initial.view),
    slice: parseSlice(query.get('slice')),
    zoom: parseZoom(query.get('zoom')),
    colorMap: choose<string>('colors', colorMaps, initial.colorMap),
    scale: choose('scale', ['linear', 'log', 'symlog'], initial.scale),
    range: parseRange(query.get('range')),
    decodesCf: query.get('cf') !== '0',
    showsChunks: query.get('chunks') === '1',
    showsHistogram: query.get('histogram') === '1',
    showsStorage: query.get('storage') !== '0',
  };
}

/** Returns the query that describes `state`. Leaves out what has its initial value. */
export function formatState(state: ViewState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.path !== '') query.set('path', state.path);
  if (state.field !== null) query.set('field', state.field);
  if (state.view !== initial.view) query.set('view', state.view);
  if (state.slice !== null) query.set('slice', state.slice.join(','));
  if (state.zoom !== null) query.set('zoom', formatZoom(state.zoom));
  if (state.colorMap !== initial.colorMap) query.set('colors', state.colorMap);
  if (state.scale !== initial.scale) query.set('scale', state.scale);
  if (state.range.some((value) => value !== null)) {
    query.set('range', state.range.map((value) => value ?? '').join(','));
  }
  if (!state.decodesCf) query.set('cf', '0');
  if (state.showsChunks) query.set('chunks', '1');
  if (state.showsHistogram) query.set('histogram', '1');
  if (!state.showsStorage) query.set('storage', '0');
  return query;
}
