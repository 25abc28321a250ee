/**
 * Looks up the files of chunks that are separate files.
 * @module
 */
import { stepsPerCheckpoint } from '../core/checkpoint.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { type Io, readSlices } from '../io/io.js';
import { type ChunkRegion, coordinatesOf } from '../plan/chunk-numbers.js';
import {
  type ChunkBox,
  type ChunkLocations,
  chunkPath,
  type FileStamp,
  type TemplateLocations,
} from '../plan/locations.js';

/** Maximum number of files that one request looks up. */
const filesPerRequest = Math.min(4096, stepsPerCheckpoint);

/**
 * Returns the locations of chunks that are separate files. A read by a location table needs to know which files
 * exist, because it reports a missing file as an error.
 * @param chunks row-major indices of the chunks in `region`.
 * @param locate asks the chunk index for the locations of a box.
 */
export function* lookUpChunkFiles(
  array: ArrayDescriptor,
  template: TemplateLocations,
  chunks: Float64Array,
  region: ChunkRegion,
  locate: (box: ChunkBox) => Io<ChunkLocations>,
): Io<ChunkLocations> {
  const files: string[] = [];
  const stamps: FileStamp[] = [];
  const fileIndex = new Uint32Array(chunks.length);
  const offsets = new Float64Array(chunks.length);
  const lengths = new Float64Array(chunks.length);
  for (let begin = 0; begin < chunks.length; begin += filesPerRequest) {
    const some = chunks.subarray(begin, begin + filesPerRequest);
    const paths = Array.from(some, (chunk) => chunkPath(template, coordinatesOf(region, chunk)));
    const found = yield* readSlices(paths.map((path) => ({ path, offset: 0, length: 0 })));
    for (const [i, path] of paths.entries()) {
      const info = found[i]?.info;
      if (info === undefined) {
        offsets[begin + i] = -1;
        continue;
      }
      fileIndex[begin + i] = files.push(path) - 1;
      stamps.push({ size: info.size, mtimeMs: info.mtimeMs, ino: info.ino });
      offsets[begin + i] = template.offset;
      lengths[begin + i] = Math.max(0, info.size - template.offset);
    }
  }
  if (files.length > 0) return { kind: 'table', files, stamps, fileIndex, offsets, lengths, filterMasks: null };
  // The names may follow from a wrong assumption about the metadata.
  if (array.relocate === undefined || !(yield* array.relocate(template))) return { kind: 'absent' };
  const other = yield* locate(region.lows.map((low) => [low]));
  if (other.kind !== 'template' || other === template) return { kind: 'absent' };
  return yield* lookUpChunkFiles(array, other, chunks, region, locate);
}
