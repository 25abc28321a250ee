/**
 * Lists the files that a read needs.
 * @module
 */
import type { Layer } from '../formats/format.js';
import { type Io, stateText, statPath } from '../io/io.js';
import { chunkFilesOf } from '../plan/extents.js';
import type { LayerPlan } from '../plan/read-plan.js';
import type { AnySelection } from './named-selection.js';
import type { OpenedArray } from './reading.js';
import { parseRequest } from './request.js';
import { resolvePlan } from './resolve.js';
import { openSettings } from './settings.js';

/** Files that a read needs. */
export interface PlannedFiles {
  /**
   * Paths, devices, inodes, sizes and times of the files that exist, as text. Null if the read needs more than
   * {@link maxFiles} files.
   */
  readonly state: string | null;
  /** True if no chunk of the selection exists; false also if `state` is null, because it is not known then. */
  readonly isAbsent: boolean;
}

/** Maximum number of files whose state is looked up. */
const maxFiles = 64;

/**
 * Plans the read of a selection, and looks up the state of its files.
 * @throws {SelectionError} @throws {FormatError} if metadata is damaged.
 */
export function* planFiles({ descriptor }: OpenedArray, selection: AnySelection): Io<PlannedFiles> {
  const { slab, conversion, defaults } = parseRequest(descriptor, openSettings().defaults, selection, undefined);
  const plan = yield* resolvePlan(descriptor, { slab, conversion, coalescing: defaults.coalescing });
  const files = new Set(descriptor.guardedFiles);
  let hasChunk = false;
  for (const layer of plan.layers) {
    hasChunk ||= hasStoredChunk(layer);
    for (const file of filesOf(layer)) {
      files.add(file);
      if (files.size > maxFiles) return { state: null, isAbsent: false };
    }
  }
  const states: string[] = [];
  for (const file of files) {
    const info = yield* statPath(file);
    if (info === null) continue;
    hasChunk ||= !descriptor.guardedFiles.includes(file);
    states.push(`${file} ${stateText(info)}`);
  }
  return { state: states.join('\n'), isAbsent: !hasChunk };
}

/** True if the location table of a layer lists a chunk. A name template does not show which of its files exist. */
function hasStoredChunk({ locations }: LayerPlan<Layer>): boolean {
  return locations.kind === 'table' && locations.offsets.some((offset) => offset >= 0);
}

function filesOf(layer: LayerPlan<Layer>): Iterable<string> {
  const { locations } = layer;
  if (locations.kind === 'table') return locations.files;
  return locations.kind === 'template' ? chunkFilesOf(layer) : [];
}
