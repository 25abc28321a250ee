/**
 * Reads Zarr v2 and v3 stores on a file system.
 * @see https://zarr-specs.readthedocs.io/
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, statPath } from '../../io/io.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { openArrayAt, openGroupAt } from './groups.js';
import { directoryOf, type NodePath, resolveNode } from './nodes.js';
import { documentsV2 } from './v2.js';
import { documentV3 } from './v3.js';

/** The Zarr format. Takes no options; `array` names an array or group below the path, such as `a/b`. */
export const zarr: Format = {
  name: 'zarr',

  *recognize(probe: Probe): Io<boolean> {
    if (probe.kind === 'file') return isZippedStore(probe);
    const directory = directoryOf(rootOf(probe));
    for (const name of [documentV3, documentsV2.array, documentsV2.group]) {
      if ((yield* statPath(`${directory}/${name}`))?.kind === 'file') return true;
    }
    return false;
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    Fields.ofOptions(request.options).onlyKnown([], 'the format zarr');
    refuseFiles(probe);
    return yield* openArrayAt(resolveNode(rootOf(probe), request.array ?? ''));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    Fields.ofOptions(request.options).onlyKnown([], 'the format zarr');
    refuseFiles(probe);
    return yield* openGroupAt(resolveNode(rootOf(probe), request.array ?? ''));
  },
};

function rootOf(probe: Probe): NodePath {
  return { root: probe.path, steps: [] };
}

function refuseFiles(probe: Probe): void {
  if (probe.kind === 'directory') return;
  if (isZip(probe)) throw new UnsupportedError('a Zarr store in a zip file', probe.path, 'Extract it into a folder');
  throw new FormatError('Expected the folder of a Zarr store, found a file', { path: probe.path });
}

/** True for a zip file named `*.zip`, which is how zarr-python names zip stores. (An `.npz` file is another format.) */
function isZippedStore(probe: Probe): boolean {
  return isZip(probe) && probe.path.toLowerCase().endsWith('.zip');
}

function isZip({ head }: Probe): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}
