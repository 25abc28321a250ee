/**
 * Opens the arrays and groups of Zarr stores in zip archives. Chunks are read in place.
 * @module
 */
import { fillInSlices } from '../../../core/checkpoint.js';
import { UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import { chunkPath } from '../../../plan/locations.js';
import type {
  ArrayDescriptor,
  ChunkBox,
  ChunkIndex,
  ChunkLocations,
  Layer,
  Probe,
  TemplateLocations,
} from '../../format.js';
import type { GroupDescriptor } from '../../group.js';
import type { NumberForm } from '../../small-numbers.js';
import type { ZipMember } from '../../zip-directory.js';
import { openArrayAt, openGroupAt } from '../groups.js';
import { resolveNode } from '../nodes.js';
import { ZipArchive, zipMethods } from './archive.js';

/** Maximum number of chunks of one box. */
const maxChunks = 2 ** 22;

/** Opens the array called `name`, or the level of an image in the group called `name`. */
export function* openZippedArray(
  probe: Probe,
  name: string,
  level: number | null,
  numbers: NumberForm,
): Io<ArrayDescriptor> {
  const archive = yield* ZipArchive.open(probe);
  return describe(archive, yield* archive.run(openArrayAt(rootNode(archive, name), level, numbers)));
}

/** Opens the group called `name`. */
export function* openZippedGroup(probe: Probe, name: string, numbers: NumberForm): Io<GroupDescriptor> {
  const archive = yield* ZipArchive.open(probe);
  return describeGroup(archive, yield* archive.run(openGroupAt(rootNode(archive, name), null, numbers)));
}

function rootNode({ path }: ZipArchive, name: string): ReturnType<typeof resolveNode> {
  return resolveNode({ root: path, steps: [] }, name);
}

function describeGroup(archive: ZipArchive, group: GroupDescriptor): GroupDescriptor {
  return {
    ...group,
    children: () => archive.run(group.children()),
    *openArray(name: string): Io<ArrayDescriptor> {
      return describe(archive, yield* archive.run(group.openArray(name)));
    },
    *openGroup(name: string): Io<GroupDescriptor> {
      return describeGroup(archive, yield* archive.run(group.openGroup(name)));
    },
  };
}

/** Returns the description of an array whose files are members of the archive. */
function describe(archive: ZipArchive, array: ArrayDescriptor): ArrayDescriptor {
  const { resize: _resize, relocate, fixedLayers: _fixedLayers, ...rest } = array;
  return {
    ...rest,
    guardedFiles: [archive.path],
    notWritable: 'a Zarr store in a zip archive',
    *layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]> {
      const layers: Layer[] = [];
      for (const layer of yield* archive.run(array.layers(start, stop))) {
        layers.push(yield* zippedLayer(archive, layer, relocate !== undefined));
      }
      return layers;
    },
  };
}

/**
 * Returns a layer whose chunks are located in the archive. If the archive has deflated members, adds the codec that
 * inflates them to the chain.
 * @param isAssumed true if the separator in the names of chunks is not known, so that both must be tried.
 */
function* zippedLayer(archive: ZipArchive, layer: Layer, isAssumed: boolean): Io<Layer> {
  const { layout } = layer;
  const { codecs } = layout;
  const isDeflated = yield* hasDeflated(archive);
  const index: ChunkIndex = {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const locations = yield* archive.run(layer.index.locate(box));
      if (locations.kind === 'absent') return locations;
      const found =
        locations.kind === 'table'
          ? yield* membersOfTable(archive, locations.files)
          : yield* membersOfTemplate(archive, locations, box, isAssumed);
      return locations.kind === 'table'
        ? yield* inArchive(archive, found, locations, isDeflated ? codecs.length : null)
        : yield* chunksInArchive(archive, found, isDeflated ? codecs.length : null);
    },
  };
  if (!isDeflated) return { ...layer, index };
  return { ...layer, index, layout: { ...layout, codecs: [...codecs, { codec: 'deflateRaw', params: [] }] } };
}

/** True if the archive has deflated members. */
function* hasDeflated({ members, path }: ZipArchive): Io<boolean> {
  const pace = new Pace(path);
  for (const { method } of members.values()) {
    if (pace.isDue()) yield* pace.pause();
    if (method === zipMethods.deflated) return true;
  }
  return false;
}

/** Returns the members of the chunks of a box, in row-major order; null for chunks without a member. */
function* membersOfTemplate(
  archive: ZipArchive,
  template: TemplateLocations,
  box: ChunkBox,
  isAssumed: boolean,
): Io<(ZipMember | null)[]> {
  const ofArray = box.slice(0, template.fields.length);
  const count = ofArray.reduce((product, list) => product * list.length, 1);
  if (count > maxChunks) {
    throw new UnsupportedError(
      `a box of ${count} chunks`,
      archive.path,
      `Read at most ${maxChunks} chunks in one call`,
    );
  }
  const pace = new Pace(archive.path);
  const slashes = { ...template, literals: template.literals.map((text) => text.replace('.', '/')) };
  const members: (ZipMember | null)[] = [];
  for (let slot = 0; slot < count; slot++) {
    if (pace.isDue()) yield* pace.pause();
    const coordinates = new Array<number>(ofArray.length);
    let rest = slot;
    for (let d = ofArray.length - 1; d >= 0; d--) {
      const list = ofArray[d] ?? [];
      coordinates[d] = list[rest % list.length] ?? 0;
      rest = Math.floor(rest / list.length);
    }
    const found = memberAt(archive, chunkPath(template, coordinates));
    members.push(found ?? (isAssumed ? memberAt(archive, chunkPath(slashes, coordinates)) : null));
  }
  return members;
}

function memberAt(archive: ZipArchive, path: string): ZipMember | null {
  const name = archive.nameOf(path);
  const member = name === null ? undefined : archive.members.get(name);
  return name === null || member === undefined ? null : archive.checked(name, member);
}

function* membersOfTable(archive: ZipArchive, files: readonly string[]): Io<(ZipMember | null)[]> {
  const pace = new Pace(archive.path);
  const members: (ZipMember | null)[] = [];
  for (const file of files) {
    if (pace.isDue()) yield* pace.pause();
    members.push(memberAt(archive, file));
  }
  return members;
}

/**
 * Returns the locations of chunks that are members.
 * @param position position in the chain of the codec that inflates members. Stored members skip this codec by their
 *   filter mask. Null if all members of the archive are stored.
 */
function* chunksInArchive(
  archive: ZipArchive,
  members: readonly (ZipMember | null)[],
  position: number | null,
): Io<ChunkLocations> {
  const { path } = archive;
  const present = members.filter((member) => member !== null);
  if (present.length === 0) return { kind: 'absent' };
  const starts = yield* archive.offsets.of(present);
  const offsets = yield* fillInSlices(new Float64Array(members.length), -1);
  const lengths = new Float64Array(members.length);
  const filterMasks = position === null ? null : new Uint32Array(members.length);
  const pace = new Pace(path);
  let next = 0;
  for (const [slot, member] of members.entries()) {
    if (pace.isDue()) yield* pace.pause();
    if (member === null) continue;
    offsets[slot] = starts[next++] ?? 0;
    lengths[slot] = member.storedBytes;
    if (filterMasks !== null && member.method === zipMethods.stored) filterMasks[slot] = 2 ** (position ?? 0);
  }
  return { kind: 'table', files: [path], fileIndex: null, offsets, lengths, filterMasks };
}

/**
 * Translates locations of chunks in shards to locations in the archive. The shards are members without compression.
 * @param position see {@link chunksInArchive}.
 */
function* inArchive(
  archive: ZipArchive,
  shards: readonly (ZipMember | null)[],
  table: ChunkLocations & { readonly kind: 'table' },
  position: number | null,
): Io<ChunkLocations> {
  const { path } = archive;
  const present = shards.filter((shard) => shard !== null);
  const starts = yield* archive.offsets.of(present);
  const startOf = new Map(present.map((shard, i) => [shard, starts[i] ?? 0]));
  const offsets = new Float64Array(table.offsets.length);
  const pace = new Pace(path);
  for (const [slot, offset] of table.offsets.entries()) {
    if (pace.isDue()) yield* pace.pause();
    const shard = shards[table.fileIndex?.[slot] ?? 0] ?? null;
    offsets[slot] = offset < 0 || shard === null ? -1 : offset + (startOf.get(shard) ?? 0);
  }
  const { lengths } = table;
  const filterMasks = position === null ? null : yield* fillInSlices(new Uint32Array(offsets.length), 2 ** position);
  return { kind: 'table', files: [path], fileIndex: null, offsets, lengths, filterMasks };
}
