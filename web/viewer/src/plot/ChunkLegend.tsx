/**
 * Says in words what the borders and marks of the chunks over a picture mean.
 * @module
 */
import type { ArrayNode } from '../api/client.js';
import { type ChunkFacts, chunkGridOf } from './chunk-facts.js';
import { formatCount } from './format-number.js';
import type { Slice } from './slice.js';

interface Props {
  readonly node: ArrayNode;
  readonly slice: Slice;
  /** Null if the facts are not known yet. */
  readonly facts: ChunkFacts | null;
}

/** The legend. */
export function ChunkLegend({ node, slice, facts }: Props) {
  const { columns, rows, isTooFine } = chunkGridOf(node, slice);
  return (
    <ul className="legend chunk-legend">
      {isTooFine && (
        <li>
          {formatCount(columns)} × {formatCount(rows)} chunks: too many to draw their borders
        </li>
      )}
      {facts?.hasMore && <li>More than {formatCount(facts.touched)} chunks are read</li>}
      {facts !== null && !facts.hasMore && (
        <li>
          {formatCount(facts.touched)} {facts.touched === 1 ? 'chunk is' : 'chunks are'} read
        </li>
      )}
      {facts !== null && facts.absent.length > 0 && (
        <li>
          <span className="key chunk-absent-key" aria-hidden="true" /> {formatCount(facts.absent.length)} of them
          absent, shown as the fill value
        </li>
      )}
      {facts !== null && facts.untouched.length > 0 && (
        <li>
          <span className="key chunk-untouched-key" aria-hidden="true" /> {formatCount(facts.untouched.length)} not
          read, because only a part of the elements is shown
        </li>
      )}
    </ul>
  );
}
