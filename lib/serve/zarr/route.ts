/**
 * Shows everything below the roots as a Zarr v3 hierarchy.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import type { Node } from '../catalog/catalog.js';
import { hashTag } from '../http/etag.js';
import { notFound } from '../http/problem.js';
import { type Reply, textReply } from '../http/reply.js';
import { elementKind } from '../listed-elements.js';
import { type ChunkSource, chunkReply } from './chunks.js';
import type { CodecProfile } from './codecs.js';
import { collectMembers } from './members.js';
import { describeView, documentText, groupMetadata, type ZarrView } from './view.js';

/** Documents of Zarr v2, which some clients request first. */
const documentsV2 = new Set(['.zarray', '.zgroup', '.zattrs', '.zmetadata']);

/** Answers requests for keys of the Zarr hierarchy: metadata documents and chunks. */
export class ZarrRoute {
  readonly #source: ChunkSource;
  readonly #profile: CodecProfile;
  readonly #views = new WeakMap<ArrayHandle, Promise<ZarrView>>();
  readonly #groups = new WeakMap<object, Promise<string>>();

  /** @param profile codecs of the chunks that are sent as they are stored. */
  constructor(source: ChunkSource, profile: CodecProfile) {
    this.#source = source;
    this.#profile = profile;
  }

  /**
   * Answers the request for a key.
   * @param steps decoded components of the key: a path below the roots, then `zarr.json` or a chunk key such as
   * `c/0/1`.
   * @throws {HttpError} 404 if there is no such key. @throws the errors of `openArray`.
   */
  async answer(steps: readonly string[], signal: AbortSignal): Promise<Reply> {
    const name = steps.at(-1) ?? '';
    if (documentsV2.has(name)) throw notFound('This hierarchy has the version 3 of Zarr');
    if (name === 'zarr.json') return await this.#document(steps.slice(0, -1), signal);
    const key = splitChunkKey(steps);
    if (key === null) throw notFound("Expected a path that ends with 'zarr.json' or with a chunk key such as 'c/0/1'");
    const node = await this.#find(key.path, signal);
    if (node.kind !== 'array') throw notFound('Groups have no chunks');
    const view = await this.#viewOf(node.array, signal);
    return await chunkReply(this.#source, { array: node.array, view, stamp: node.stamp }, key.coordinates, signal);
  }

  /** Finds an array of numbers or texts, a group or a directory. */
  async #find(path: readonly string[], signal: AbortSignal): Promise<Node> {
    const { catalog } = this.#source;
    const node = await catalog.findStored(path, signal);
    const isText = node.kind === 'array' && elementKind(openedParts(node.array).descriptor) === 'text';
    return isText ? node : await catalog.find(path, signal);
  }

  async #document(path: readonly string[], signal: AbortSignal): Promise<Reply> {
    const text = await this.#documentOf(await this.#find(path, signal), signal);
    return textReply(text, 'application/json', hashTag(text));
  }

  async #documentOf(node: Node, signal: AbortSignal): Promise<string> {
    if (node.kind === 'array') return (await this.#viewOf(node.array, signal)).text;
    if (node.kind === 'directory') return documentText(groupMetadata({}, null));
    return await remembered(this.#groups, node.group, async () => {
      const members = await collectMembers(this.#source.catalog, node.group, this.#profile, signal);
      return documentText(groupMetadata(node.group.attributes, members));
    });
  }

  #viewOf(array: ArrayHandle, signal: AbortSignal): Promise<ZarrView> {
    return remembered(this.#views, array, () =>
      this.#source.catalog.run(describeView(openedParts(array).descriptor, this.#profile), signal),
    );
  }
}

/** Returns the remembered result for `key`. If there is none, calls `make` and remembers its result unless it fails. */
async function remembered<K extends object, T>(
  known: WeakMap<K, Promise<T>>,
  key: K,
  make: () => Promise<T>,
): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) {
    // The result may come from another request. If that request failed or was aborted, `make` is called again.
    const value = await found.catch(() => undefined);
    if (value !== undefined) return value;
  }
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return await made;
}

/** Splits the path of an array and the coordinates of a chunk; null if `steps` do not end with a chunk key. */
function splitChunkKey(
  steps: readonly string[],
): { readonly path: readonly string[]; readonly coordinates: readonly number[] } | null {
  let first = steps.length;
  while (first > 0 && /^(0|[1-9][0-9]{0,14})$/.test(steps[first - 1] ?? '')) first -= 1;
  if (steps[first - 1] !== 'c') return null;
  return { path: steps.slice(0, first - 1), coordinates: steps.slice(first).map(Number) };
}
