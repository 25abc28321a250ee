/**
 * Creates the `Probe` that a format gets for a path, for tests that run a parser without opening the path.
 * @module
 */
import { PathPolicy } from '../../lib/core/external-files.js';
import type { Probe } from '../../lib/formats/format.js';

/** Creates the probe of a directory at `path`. The directory need not exist. */
export function directoryProbe(path: string): Probe {
  return {
    path,
    kind: 'directory',
    head: new Uint8Array(0),
    size: 0,
    policy: PathPolicy.of('same-directory', path, 'directory'),
  };
}
