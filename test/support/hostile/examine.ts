/**
 * Uses an untrusted file as a program would: opens it, lists it, and looks for chunks. Works in memory; the addon only
 * scans deflate streams.
 * @module
 */
import { isPosixParError } from '../../../lib/core/errors.js';
import { fieldNames } from '../../../lib/core/stored-type.js';
import { chooseElements } from '../../../lib/formats/field.js';
import type { ArrayDescriptor } from '../../../lib/formats/format.js';
import { openDescriptor, openGroupDescriptor } from '../../../lib/formats/registry.js';
import { newCounters } from '../../../lib/io/backend.js';
import { runSync } from '../../../lib/io/driver.js';
import { guardMessage } from '../../../lib/io/guard.js';
import { type Io, ready } from '../../../lib/io/io.js';
import { MemoryBackend } from '../memory-backend.js';
import type { HostileCase, HostileFiles } from './case.js';

/** Cost and errors of an examination. */
export interface Examination {
  /** Sum of the steps of all parsers. */
  readonly steps: number;
  /** Errors of this library, one per parser that failed. */
  readonly refusals: readonly string[];
  /** Other errors, such as a TypeError. Each of them is a bug of a parser. */
  readonly surprises: readonly string[];
}

/** Maximum number of chunks per dimension to look for. */
const boxSize = 64;
/** Maximum number of children of a group that are opened. */
const maxChildren = 3;
/** Maximum number of fields of records whose references are resolved. */
const maxFields = 3;

/** Parts of a hostile case that say what to open. */
type ExaminedCase = Pick<HostileCase, 'path' | 'array' | 'options'>;

/** Opens the array and the group at `path`, and looks for chunks. Never throws. */
export function examine(files: HostileFiles, { path, array, options = {} }: ExaminedCase): Examination {
  const backend = new MemoryBackend(files);
  const counters = newCounters();
  const refusals: string[] = [];
  const surprises: string[] = [];
  const attempt = <T>(io: () => Io<T>): T | null => {
    try {
      return runSync(io(), backend, counters);
    } catch (error) {
      const text = String(error).slice(0, 500);
      const isForeseen = isPosixParError(error) && !error.message.includes(guardMessage);
      (isForeseen ? refusals : surprises).push(text);
      return null;
    }
  };
  const request = { format: null, options: {} };
  const descriptor = attempt(() => openDescriptor(path, { ...request, options: { ...options }, array }));
  if (descriptor !== null) {
    attempt(() => locateSome(descriptor));
    const fields = descriptor.records === undefined ? [null] : fieldNames(descriptor.records.type).slice(0, maxFields);
    for (const field of fields) {
      const chosen = attempt(() => ready(() => chooseElements(descriptor, field))) ?? descriptor;
      const refers = chosen.heapText ?? chosen.sequences;
      if (refers !== undefined) attempt<unknown>(() => refers.resolve(references(chosen.shape.at(-1) ?? 1)));
    }
  }
  const group = attempt(() => openGroupDescriptor(path, { ...request, array: null }));
  if (group !== null) {
    for (const { name, kind } of (attempt(() => group.children()) ?? []).slice(0, maxChildren)) {
      const child = kind === 'array' ? attempt(() => group.openArray(name)) : null;
      if (child !== null) attempt(() => locateSome(child));
      if (kind === 'group') attempt(() => group.openGroup(name));
    }
  }
  return { steps: counters.steps, refusals, surprises };
}

/** Number of elements to resolve. */
const maxReferences = 64;

/** Returns elements of `size` bytes that refer to addresses, most of which contain no object. */
function references(size: number): Uint8Array {
  const bytes = new Uint8Array(maxReferences * size);
  for (let i = 0; i < maxReferences; i += 1) bytes[i * size] = 96 + i;
  return bytes;
}

/** Looks for the first chunks of the array. Limits their number, because the extents may be hostile. */
function* locateSome(array: ArrayDescriptor): Io<void> {
  const origin = array.shape.map(() => 0);
  for (const layer of yield* array.layers(origin, array.shape)) {
    let wanted = 1;
    const box = array.shape.map((extent, d) => {
      const count = Math.max(1, Math.min(boxSize, Math.ceil(extent / (layer.chunkShape[d] ?? 1))));
      const taken = wanted * count > 2 ** 16 ? 1 : count;
      wanted *= taken;
      return Array.from({ length: taken }, (_, i) => i);
    });
    yield* layer.index.locate(box);
  }
}
