/**
 * `/api/v1/residency`: the parts of a file that are in the page cache. For a store of many files, the numbers are those
 * of the files that a selection needs. Without a selection, they are null and the map is empty.
 * @module
 */
import { openedParts } from '../../api/opened-parts.js';
import { planChunks } from '../../api/planned-chunks.js';
import type { CacheBucket } from '../../storage/residency.js';
import { selectionParameter } from './elements.js';
import {
  type ApiSource,
  defineEndpoint,
  fieldParameter,
  findElements,
  jsonReply,
  pathParameter,
  splitPath,
} from './endpoint.js';
import { schemas } from './schemas.js';

/** Number of parts of the map of a file. */
const buckets = 128;

/** Maximum number of files of a store, because the kernel is asked about each of them. */
const maxFiles = 256;

/** Maximum number of chunks whose files are looked up. */
const maxChunks = 4096;

interface FileList {
  readonly files: readonly string[];
  readonly hasMore: boolean;
}

/** Returns the first files that a selection needs. */
async function filesOf(
  source: ApiSource,
  path: string,
  selection: string,
  field: string | null,
  signal: AbortSignal,
): Promise<FileList> {
  const { array } = await findElements(source, path, field, signal);
  const { descriptor } = openedParts(array);
  const { chunks, hasMore } = await source.catalog.run(planChunks(descriptor, selection, maxChunks), signal);
  const files = [...new Set(chunks.flatMap(({ file }) => (file === null ? [] : [file])))];
  return { files: files.slice(0, maxFiles), hasMore: hasMore || files.length > maxFiles };
}

const sum = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** Reports on several files together. The map has the parts of one file after those of another. */
async function reportFiles(
  { catalog }: ApiSource,
  { files, hasMore }: FileList,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const each = Math.max(1, Math.floor(buckets / Math.max(1, files.length)));
  const bytes: number[] = [];
  const cached: (number | null)[] = [];
  const dirty: (number | null)[] = [];
  const map: CacheBucket[] = [];
  for (const file of files) {
    const found = await catalog.residency(file, each, signal);
    bytes.push(found.bytes);
    cached.push(found.cachedBytes);
    dirty.push(found.dirtyBytes);
    map.push(...found.map);
  }
  return { bytes: sum(bytes), cachedBytes: sum(cached), dirtyBytes: sum(dirty), files: files.length, hasMore, map };
}

export const residency = defineEndpoint({
  name: 'residency',
  summary: 'Report which parts of a file, or of the files of a selection, are in the page cache',
  parameters: { path: pathParameter, selection: selectionParameter, field: fieldParameter },
  replies: {
    'application/json': {
      description:
        `An object. For a store of many files, it reports on the first ${maxFiles} files that the selection needs; ` +
        'hasMore is true if there are more. Without a selection, its numbers are null',
      ...schemas.residency,
    },
  },
  async handle(source, { path, selection, field }, signal) {
    const file = await source.catalog.fileOf(splitPath(path), signal);
    if (file === null) {
      const nothing = { bytes: null, cachedBytes: null, dirtyBytes: null, files: null, hasMore: true, map: [] };
      if (selection === null) return jsonReply(nothing);
      return jsonReply(await reportFiles(source, await filesOf(source, path, selection, field, signal), signal));
    }
    const { bytes, cachedBytes, dirtyBytes, witness, pageBytes, map } = await source.catalog.residency(
      file,
      buckets,
      signal,
    );
    return jsonReply({ bytes, cachedBytes, dirtyBytes, files: 1, hasMore: false, witness, pageBytes, map });
  },
});
