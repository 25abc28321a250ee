/**
 * The application h5web, with all of its visualizations. Loaded only if it is shown.
 * @module
 */
import { App, H5GroveProvider } from '@h5web/app';
import { findFile } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { Problem } from '../shell/Problem.js';

interface Props {
  readonly path: string;
  readonly isArray: boolean;
}

/** Shows the array or group at `path`. */
export default function H5webView({ path, isArray }: Props) {
  const { value, error } = useLoaded(path, (signal) => findFile(path, signal));
  if (error !== null) return <Problem error={error} />;
  if (value === null) return null;
  const { file, inner } = value;
  // A file with one array is shown as a group with the array `data`.
  const shown = inner === '/' && isArray ? '/data' : inner;
  return (
    <div className="h5web plot-colors">
      <H5GroveProvider key={path} url={`${location.origin}/h5grove`} filepath={file}>
        <App initialPath={shown} sidebarOpen={false} disableDarkMode />
      </H5GroveProvider>
    </div>
  );
}
