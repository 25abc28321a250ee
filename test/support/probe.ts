/**
 * Creates the view of a path that a format receives, for parsers that run without opening a path.
 * @module
 */
import { PathPolicy } from '../../lib/core/external-files.js';
import type { Probe } from '../../lib/formats/format.js';

/** Creates the probe of a directory at `path`, which need not exist. */
export function directoryProbe(path: string): Probe {
  return {
    path,
    kind: 'directory',
    head: new Uint8Array(0),
    size: 0,
    policy: PathPolicy.of('same-directory', path, 'directory'),
  };
}
