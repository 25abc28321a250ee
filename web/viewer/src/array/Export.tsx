/**
 * Links that save the slice that is shown.
 * @module
 */
import { addressOf, type QueryOf } from '../api/client.js';
import { type ElementsWanted, queryOf } from '../plot/element-types.js';
import type { ElementsRead } from '../plot/elements.js';
import type { ViewState } from '../shell/view-state.js';
import { csvOf } from './csv.js';

interface Props {
  readonly wanted: ElementsWanted;
  readonly read: ElementsRead | null;
  readonly state: ViewState;
}

type ServerColors = NonNullable<QueryOf<'read'>['colormap']>;

/** Colour maps of the server whose names differ from those of the page. */
const serverColors: Readonly<Record<string, ServerColors>> = { Greys: 'gray' };

function saveCsv(read: ElementsRead, name: string): void {
  const url = URL.createObjectURL(new Blob([csvOf(read)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}

/**
 * The links. The CSV file contains the elements that are shown, and the npy file all elements of the slice. The PNG
 * shows the slice; if the slice is large, each pixel is the mean of several elements.
 */
export function Export({ wanted, read, state }: Props) {
  const name = wanted.path.replaceAll('/', '-') || 'array';
  const query = queryOf({ ...wanted, maxPixels: null });
  const range = state.range.every((value) => value !== null) ? { range: state.range.join(',') } : {};
  const colormap = serverColors[state.colorMap] ?? (state.colorMap.toLowerCase() as ServerColors);
  return (
    <div className="export">
      Save as{' '}
      <a href={addressOf('read', { ...query, format: 'png', colormap, ...range })} download={`${name}.png`}>
        PNG
      </a>{' '}
      <a href={addressOf('read', { ...query, format: 'npy' })} download={`${name}.npy`}>
        npy
      </a>{' '}
      <button type="button" className="link" disabled={read === null} onClick={() => read && saveCsv(read, name)}>
        CSV
      </button>
    </div>
  );
}
