/**
 * Reads kerchunk references: a JSON file that presents chunks of other files (HDF5, NetCDF, GRIB, TIFF) as a Zarr v2
 * store. See docs/formats/kerchunk.md.
 * @module
 */
import { fillInSlices } from '../../core/checkpoint.js';
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, Pace, ready, statPath } from '../../io/io.js';
import { chunkPath } from '../../plan/locations.js';
import { chooseArray } from '../choose-array.js';
import type {
  ArrayDescriptor,
  ChunkBox,
  ChunkIndex,
  ChunkLocations,
  Format,
  OpenRequest,
  Probe,
  TemplateLocations,
} from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import { refuseAbsent } from '../refuse-absent.js';
import { describeArray } from '../zarr/array.js';
import { asObject } from '../zarr/fields.js';
import type { JsonObject } from '../zarr/json.js';
import { readDocument } from '../zarr/metadata.js';
import { parseArrayV2 } from '../zarr/v2.js';
import { References } from './references.js';

const maxChunks = 2 ** 22;
const utf8 = new TextDecoder();

/** The kerchunk format. */
export const kerchunk: Format = {
  name: 'kerchunk',

  recognize: (probe: Probe): Io<boolean> => ready(() => isReferences(probe)),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const references = yield* readReferences(probe, request);
    const wanted = request.array === null ? '' : withoutSlashes(request.array);
    if (wanted !== '') return yield* openArray(references, wanted);
    return yield* openArray(references, chooseArray(yield* arrayNames(references), null, probe.path));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    return yield* describeGroup(yield* readReferences(probe, request), withoutSlashes(request.array ?? ''));
  },
};

/** Removes leading, trailing and repeated slashes from `name`. */
function withoutSlashes(name: string): string {
  return name
    .split('/')
    .filter((step) => step !== '')
    .join('/');
}

function isReferences(probe: Probe): boolean {
  if (probe.kind !== 'file') return false;
  const head = utf8.decode(probe.head).trimStart();
  return head.startsWith('{') && /"(?:refs|[^"\\]*\.z(?:group|array|attrs|metadata))"\s*:/.test(head);
}

function* readReferences(probe: Probe, request: OpenRequest): Io<References> {
  Fields.ofOptions(request.options).onlyKnown([], 'the format kerchunk');
  const document = yield* readDocument(probe.path);
  if (document === undefined)
    throw new FormatError('Expected kerchunk references, found nothing', { path: probe.path });
  return yield* References.parse(document, probe.path, probe.policy);
}

/** Returns the names of all arrays; '' is an array at the root. */
function* arrayNames(references: References): Io<string[]> {
  const pace = new Pace(references.path);
  const names: string[] = [];
  for (const key of references.keys()) {
    if (pace.isDue()) yield* pace.pause();
    if (key === '.zarray') names.push('');
    else if (key.endsWith('/.zarray')) names.push(key.slice(0, -'/.zarray'.length));
  }
  return names.sort();
}

function keyOf(name: string, document: string): string {
  return name === '' ? document : `${name}/${document}`;
}

function* attributesAt(references: References, name: string): Io<JsonObject> {
  const key = keyOf(name, '.zattrs');
  const document = yield* references.document(key);
  return document === undefined ? {} : asObject(document, { path: references.path, field: key });
}

function* openArray(references: References, name: string): Io<ArrayDescriptor> {
  const { path } = references;
  const document = yield* references.document(keyOf(name, '.zarray'));
  if (document === undefined) {
    const names = (yield* arrayNames(references)).slice(0, 20);
    throw new ChoiceError('array', `Expected an array '${name}', found none; there are ${names.join(', ')}`, path);
  }
  // The bytes of a fill value may not all be equal, for example those of HDF5 strings. A plan cannot represent such a
  // fill value. Only chunks without a reference need it, so the array is opened anyway, and reads of such chunks fail.
  const metadata = parseArrayV2(document, path, yield* attributesAt(references, name), 'noted');
  const array = describeArray(metadata, name === '' ? '.' : name, path, name, (keys) => {
    const index = chunkIndex(references, name, keys);
    return metadata.isFillMixed === true ? refuseAbsent(index, 'chunks', path) : index;
  });
  return { ...array, format: 'kerchunk' };
}

function* describeGroup(references: References, name: string): Io<GroupDescriptor> {
  const { path } = references;
  if (name !== '' && (yield* references.document(keyOf(name, '.zgroup'))) === undefined) {
    throw new ChoiceError('group', `Expected a group '${name}', found none`, path);
  }
  const from = (other: string): string =>
    withoutSlashes(other.startsWith('/') || name === '' ? other : `${name}/${other}`);
  return {
    format: 'kerchunk',
    path,
    name,
    attributes: yield* attributesAt(references, name),
    *children(): Io<readonly GroupEntry[]> {
      const found = new Map<string, GroupEntry['kind']>();
      const prefix = name === '' ? '' : `${name}/`;
      const pace = new Pace(path);
      for (const key of references.keys()) {
        if (pace.isDue()) yield* pace.pause();
        if (!key.startsWith(prefix)) continue;
        const [child = '', document, ...more] = key.slice(prefix.length).split('/');
        if (more.length === 0 && (document === '.zarray' || document === '.zgroup')) {
          found.set(child, document === '.zarray' ? 'array' : 'group');
        }
      }
      return [...found].map(([child, kind]) => ({ name: child, kind })).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    openArray: (other: string): Io<ArrayDescriptor> => openArray(references, from(other)),
    openGroup: (other: string): Io<GroupDescriptor> => describeGroup(references, from(other)),
  };
}

function chunkIndex(references: References, name: string, keys: TemplateLocations): ChunkIndex {
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const count = box.reduce((product, list) => product * list.length, 1);
      if (count > maxChunks)
        throw new UnsupportedError(
          `a box of ${count} chunks`,
          references.path,
          `Read at most ${maxChunks} chunks in one call`,
        );
      yield* references.expand(name === '' ? '' : `${name}/`);
      const pace = new Pace(references.path);
      const files = new Map<string, number>();
      const offsets = yield* fillInSlices(new Float64Array(count), -1);
      const lengths = new Float64Array(count);
      const fileIndex = new Uint32Array(count);
      const whole: number[] = [];
      const held: { readonly slot: number; readonly bytes: Uint8Array }[] = [];
      for (let slot = 0; slot < count; slot++) {
        const path = chunkPath(keys, coordinatesAt(box, slot));
        const reference = references.get(name === '' ? path.slice(2) : path);
        if (pace.isDue(1 + references.takeSteps())) yield* pace.pause();
        if (reference === null) continue;
        if (reference.kind === 'document')
          throw new FormatError(`Expected bytes for '${path}'`, { path: references.path });
        if (reference.kind === 'held') {
          held.push({ slot, bytes: reference.bytes });
          continue;
        }
        const file = files.get(reference.file) ?? files.size;
        files.set(reference.file, file);
        fileIndex[slot] = file;
        offsets[slot] = reference.offset;
        lengths[slot] = reference.length ?? 0;
        if (reference.length === null) whole.push(slot);
      }
      const names = [...files.keys()];
      const sizes = new Map<number, number | null>();
      for (const slot of whole) {
        if (pace.isDue()) yield* pace.pause();
        const file = fileIndex[slot] ?? 0;
        if (!sizes.has(file)) sizes.set(file, (yield* statPath(names[file] ?? ''))?.size ?? null);
        const size = sizes.get(file) ?? null;
        if (size === null) offsets[slot] = -1;
        else lengths[slot] = size;
      }
      const bytes = new Uint8Array(held.reduce((sum, one) => sum + one.bytes.length, 0));
      let end = 0;
      for (const one of held) {
        if (pace.isDue()) yield* pace.pause();
        bytes.set(one.bytes, end);
        offsets[one.slot] = end;
        lengths[one.slot] = one.bytes.length;
        fileIndex[one.slot] = names.length;
        end += one.bytes.length;
      }
      if (names.length === 0 && end === 0) return { kind: 'absent' };
      const table = { kind: 'table', files: names, fileIndex, offsets, lengths, filterMasks: null } as const;
      return end === 0 ? table : { ...table, inlineBytes: bytes };
    },
  };
}

function coordinatesAt(box: ChunkBox, slot: number): number[] {
  const coordinates = new Array<number>(box.length);
  for (let d = box.length - 1; d >= 0; d--) {
    const list = box[d] ?? [];
    coordinates[d] = list[slot % list.length] ?? 0;
    slot = Math.floor(slot / list.length);
  }
  return coordinates;
}
