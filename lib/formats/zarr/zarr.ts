/**
 * Reads Zarr v2 and v3 stores on a file system, in folders or in zip archives.
 * @see https://zarr-specs.readthedocs.io/
 * @module
 */
import { ChoiceError, FormatError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, statPath } from '../../io/io.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { numberForms } from '../small-numbers.js';
import { openArrayAt, openGroupAt } from './groups.js';
import { directoryOf, type NodePath, resolveNode } from './nodes.js';
import { documentsV2 } from './v2.js';
import { documentV3 } from './v3.js';
import { createZarr } from './write/create-zarr.js';
import { openZippedArray, openZippedGroup } from './zip/store.js';

/**
 * The Zarr format. `array` names an array or group below the path, such as `a/b`. The option `level` opens a resolution
 * level of an OME-Zarr image. The option `numbers` chooses between the values and the bits of numbers of few bits.
 */
export const zarr: Format = {
  name: 'zarr',
  extension: '.zarr',
  targetKind: 'store',
  create: createZarr,

  *recognize(probe: Probe): Io<boolean> {
    if (probe.kind === 'file') return isZippedStore(probe);
    const directory = directoryOf(rootOf(probe));
    for (const name of [documentV3, documentsV2.array, documentsV2.group]) {
      if ((yield* statPath(`${directory}/${name}`))?.kind === 'file') return true;
    }
    return false;
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const options = Fields.ofOptions(request.options);
    options.onlyKnown(['level', 'numbers'], 'the format zarr');
    const numbers = options.oneOf('numbers', numberForms, 'values');
    const level = options.has('level') ? options.integer('level', 0) : null;
    if (isFile(probe)) return yield* openZippedArray(probe, request.array ?? '', level, numbers);
    return yield* openArrayAt(resolveNode(rootOf(probe), request.array ?? ''), level, numbers);
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const options = Fields.ofOptions(request.options);
    options.onlyKnown(['level', 'numbers'], 'the format zarr');
    const numbers = options.oneOf('numbers', numberForms, 'values');
    if (options.has('level')) {
      const message =
        'Expected no `options.level` for a group. A level of an image is an array: open it with openArray';
      throw new ChoiceError('level', message, probe.path);
    }
    if (isFile(probe)) return yield* openZippedGroup(probe, request.array ?? '', numbers);
    return yield* openGroupAt(resolveNode(rootOf(probe), request.array ?? ''), null, numbers);
  },
};

function rootOf(probe: Probe): NodePath {
  return { root: probe.path, steps: [] };
}

/** True if the path is a zip archive, false if it is a folder. @throws {FormatError} for any other file. */
function isFile(probe: Probe): boolean {
  if (probe.kind === 'file' && !isZip(probe)) {
    throw new FormatError('Expected the folder or the zip archive of a Zarr store, found another file', {
      path: probe.path,
    });
  }
  return probe.kind === 'file';
}

/**
 * True for a zip file named `*.zip` or `*.ozx`. zarr-python uses the first name, OME-Zarr the second. (An `.npz` file
 * is another format.)
 */
function isZippedStore(probe: Probe): boolean {
  const name = probe.path.toLowerCase();
  return isZip(probe) && (name.endsWith('.zip') || name.endsWith('.ozx'));
}

function isZip({ head }: Probe): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}
