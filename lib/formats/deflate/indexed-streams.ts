/**
 * Reads the option `savedIndex`, and describes streams whose restart points can be saved, for the formats with
 * compressed arrays.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { pieceWords } from '../../core/generated/inflate.js';
import type { Fields } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import type { IndexedStream, IndexedStreams, SerializedStream } from '../indexed.js';
import { savedIndexPath } from '../indexed.js';
import type { DeflatedDescriptor } from './deflated-array.js';
import { compressedFileState, SavedStreams, streamKey } from './saved-streams.js';

/**
 * Returns the saved indexes that the option `savedIndex` chooses: those in the file next to `path` (`auto`, the
 * default), or in the file that the option names. Null for `none`.
 */
export function savedStreamsOf(path: string, options: Fields): SavedStreams | null {
  const saved = options.has('savedIndex') ? options.string('savedIndex') : 'auto';
  return saved === 'none' ? null : new SavedStreams(path, saved === 'auto' ? savedIndexPath(path) : saved);
}

/** Returns the compressed arrays of a file as streams whose restart points can be saved. */
export function* describeStreams(
  path: string,
  arrays: readonly { readonly key: string; readonly descriptor: DeflatedDescriptor }[],
): Io<IndexedStreams> {
  const state = yield* compressedFileState(path);
  if (state === null) throw new FormatError('The file vanished', { path });
  const streams = arrays.map(({ key, descriptor }): IndexedStream => {
    return { name: descriptor.name, key, serialize: () => serialize(descriptor) };
  });
  return { kind: 'streams', path, state, streams };
}

function* serialize(descriptor: DeflatedDescriptor): Io<SerializedStream | null> {
  const found = yield* descriptor.index();
  if (found === null) return null;
  const { stream, index } = found;
  return { stream: streamKey(stream), pieces: index.pieces.length / pieceWords, bytes: index.save() };
}
