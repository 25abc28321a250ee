/**
 * Keeps elements that were read, so that a slice that was shown before appears at once.
 * @module
 */
import { addressOf } from '../api/client.js';
import { type ElementsWanted, queryOf } from './element-types.js';
import { type ElementsRead, readElements } from './elements.js';

/** Maximum number of bytes that are kept. */
const maxBytes = 256 << 20;

const entries = new Map<string, ElementsRead>();
const pending = new Map<string, Promise<ElementsRead>>();
let bytes = 0;

const keyOf = (wanted: ElementsWanted): string => addressOf('read', queryOf(wanted));

/** Returns elements that are in memory; undefined if they are not. */
export function cachedElements(wanted: ElementsWanted): ElementsRead | undefined {
  return entries.get(keyOf(wanted));
}

function keep(key: string, read: ElementsRead): void {
  entries.set(key, read);
  bytes += read.data.byteLength;
  for (const [oldest, { data }] of entries) {
    if (bytes <= maxBytes || oldest === key) break;
    entries.delete(oldest);
    bytes -= data.byteLength;
  }
}

/** Returns elements that are in memory. If they are not, reads them, or waits for a read of them that is in flight. */
export function loadElements(
  wanted: ElementsWanted,
  signal: AbortSignal,
  onProgress?: (part: number) => void,
): Promise<ElementsRead> {
  const key = keyOf(wanted);
  const known = entries.get(key);
  if (known !== undefined) {
    entries.delete(key); // Moves the entry to the end: the first entry is the least recently used one.
    entries.set(key, known);
    return Promise.resolve(known);
  }
  const running = pending.get(key);
  if (running !== undefined) return running;
  const started = readElements(wanted, signal, onProgress).then((read) => {
    if (!entries.has(key)) keep(key, read);
    return read;
  });
  pending.set(key, started);
  const end = (): void => {
    pending.delete(key);
  };
  started.then(end, end);
  // A load that was aborted must not be shared with later callers.
  signal.addEventListener('abort', end, { once: true });
  return started;
}
