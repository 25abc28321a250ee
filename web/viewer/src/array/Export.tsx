/**
 * Buttons and links that save the slice that is shown.
 * @module
 */
import { useState } from 'react';
import { addressOf, type QueryOf, request } from '../api/client.js';
import type { ElementsWanted } from '../plot/element-types.js';
import { exactQueryOf } from '../plot/element-types.js';
import type { ElementsRead } from '../plot/elements.js';
import { formatCount } from '../plot/format-number.js';
import { pngOf } from '../plot/picture.js';
import { planeOf } from '../plot/plane.js';
import type { Slice } from '../plot/slice.js';
import { useColorDomain } from '../plot/use-color-domain.js';
import { Problem } from '../shell/Problem.js';
import type { ViewState } from '../shell/view-state.js';
import { csvOf } from './csv.js';

/** Maximum number of elements of a CSV file, because the browser holds the file in memory. */
const maxCsvElements = 1 << 24;

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Reads all elements of a slice, and returns them as a CSV file. */
async function readCsv(query: QueryOf<'read'>): Promise<Blob> {
  const response = await request('read', { ...query, format: 'bin' });
  const { headers } = response;
  const shape = (headers.get('x-shape') ?? '').split(',').filter(Boolean).map(Number);
  const pieces = csvOf(await response.arrayBuffer(), headers.get('x-dtype') ?? '', shape);
  return new Blob([...pieces], { type: 'text/csv' });
}

interface SaveProps {
  readonly label: string;
  readonly file: string;
  readonly isDisabled?: boolean;
  readonly make: () => Promise<Blob>;
  readonly onError: (error: Error | null) => void;
}

/** A button that makes a file and saves it. */
function SaveButton({ label, file, isDisabled = false, make, onError }: SaveProps) {
  const [isBusy, setBusy] = useState(false);
  const save = (): void => {
    setBusy(true);
    onError(null);
    make()
      .then((blob) => saveBlob(blob, file))
      .catch((error: unknown) => onError(error instanceof Error ? error : new Error(String(error))))
      .finally(() => setBusy(false));
  };
  return (
    <button type="button" className="link" disabled={isDisabled || isBusy} onClick={save}>
      {label}
    </button>
  );
}

/** The picture on the screen. */
interface Picture {
  readonly read: ElementsRead;
  /** Elements of the visible part, at a finer resolution; null if `read` contains all elements that are visible. */
  readonly detail: ElementsRead | null;
  readonly slice: Slice;
}

interface PictureProps extends Picture, Pick<SaveProps, 'onError'> {
  readonly state: ViewState;
  readonly name: string;
}

/** A button that saves the picture with the colours, the scale and the range of the screen. */
function PictureButton({ read, detail, slice, state, name, onError }: PictureProps) {
  const domain = useColorDomain(read.data, state);
  const make = async (): Promise<Blob> => {
    const { array } = planeOf(detail ?? read, slice);
    return await pngOf(array.data, array.shape, state.colorMap, state.scale, domain);
  };
  const label = detail === null ? 'PNG' : 'PNG of the visible part';
  return <SaveButton label={label} file={`${name}.png`} make={make} onError={onError} />;
}

interface Props {
  readonly wanted: ElementsWanted;
  /** Number of elements of the slice. */
  readonly size: number;
  /** The picture that is shown; null if there is none, or if the view is not an image. */
  readonly picture: Picture | null;
  readonly state: ViewState;
}

/**
 * The buttons and links. The PNG file has one pixel per element that is shown. If the visible part of a zoomed picture
 * is shown at a finer resolution, the file contains this part. The npy and CSV files contain all elements of the slice.
 */
export function Export({ wanted, size, picture, state }: Props) {
  const [error, setError] = useState<Error | null>(null);
  const field = wanted.field === null ? '' : `-${wanted.field}`;
  const name = `${wanted.path.replaceAll('/', '-') || 'array'}${field}`;
  const query = exactQueryOf(wanted);
  const isLong = size > maxCsvElements;
  return (
    <>
      <div className="export">
        Save as {picture !== null && <PictureButton {...picture} state={state} name={name} onError={setError} />}
        <a href={addressOf('read', { ...query, format: 'npy' })} download={`${name}.npy`}>
          npy
        </a>{' '}
        <SaveButton
          label="CSV"
          file={`${name}.csv`}
          isDisabled={isLong}
          make={() => readCsv(query)}
          onError={setError}
        />
        {isLong && <span className="hint">CSV has at most {formatCount(maxCsvElements)} elements. Use npy.</span>}
      </div>
      {error !== null && <Problem error={error} />}
    </>
  );
}
