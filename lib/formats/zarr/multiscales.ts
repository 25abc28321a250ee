/**
 * Reads the metadata of OME-Zarr images: a group with the attribute `multiscales` lists arrays that contain the same
 * image in several resolutions, which are its levels. Version 0.5 is in Zarr v3, older versions are in Zarr v2.
 * @see https://ngff.openmicroscopy.org/0.5/
 * @module
 */
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import { asArray, asNumber, asObject, asString, fieldError, inside, type Place } from './fields.js';
import type { Json, JsonObject } from './json.js';

/** An image that is stored in several resolutions. */
export interface Multiscale {
  readonly place: Place;
  readonly metadata: JsonObject;
  /** Metadata of the levels, finest first. */
  readonly datasets: readonly Json[];
}

/** A resolution level of an image. */
export interface Level {
  readonly multiscale: Multiscale;
  readonly index: number;
}

/** One dimension of an image. Members that the file does not state are null. */
interface Axis {
  readonly name: string | null;
  readonly type: string | null;
  readonly unit: string | null;
}

/**
 * Returns the first image of a group; null if the group contains none.
 * @param document path of the file with the attributes.
 * @throws {FormatError} if the metadata is damaged.
 */
export function findMultiscale(attributes: JsonObject, document: string): Multiscale | null {
  const root: Place = { path: document, field: '' };
  const { ome } = attributes;
  const isNested = typeof ome === 'object' && ome !== null && !Array.isArray(ome);
  const [holder, at] = isNested ? [ome as JsonObject, inside(root, 'ome')] : [attributes, root];
  if (holder['multiscales'] === undefined) return null;
  const list = inside(at, 'multiscales');
  const [first] = asArray(holder['multiscales'], list);
  const place = inside(list, 0);
  const metadata = asObject(first, place);
  return { place, metadata, datasets: asArray(metadata['datasets'], inside(place, 'datasets')) };
}

/**
 * Returns the level `index` of an image.
 * @throws {ChoiceError} if there is no such level.
 */
export function levelAt(multiscale: Multiscale, index: number): Level {
  const { datasets, place } = multiscale;
  if (index < datasets.length) return { multiscale, index };
  const levels = datasets.length === 1 ? 'level 0' : `a level from 0 to ${datasets.length - 1}`;
  const wanted = datasets.length === 0 ? 'an image with levels' : levels;
  throw new ChoiceError('level', `Expected ${wanted} for \`options.level\`, received ${index}`, place.path);
}

/** Maximum length of the path of a level in characters, as Linux limits paths. */
const maxPathLength = 4096;

/**
 * Returns the steps of the path from the group to the array of a level.
 * @throws {FormatError} if the path is missing, or leads out of the group.
 */
export function stepsOfLevel(level: Level): string[] {
  const { dataset, place } = datasetOf(level);
  const at = inside(place, 'path');
  const path = asString(dataset['path'], at);
  const steps = path.length > maxPathLength ? [] : path.split('/').filter((step) => step !== '');
  if (steps.length === 0 || steps.some((step) => step === '.' || step === '..' || step.includes('\0'))) {
    throw fieldError(at, 'a path inside the group', path);
  }
  return steps;
}

/** Returns the levels of an image by their paths, and no levels if the metadata is damaged. */
export function* levelsByPath(multiscale: Multiscale): Io<ReadonlyMap<string, Level>> {
  const levels = new Map<string, Level>();
  const pace = new Pace(multiscale.place.path);
  try {
    for (const index of multiscale.datasets.keys()) {
      if (pace.isDue()) yield* pace.pause();
      const level: Level = { multiscale, index };
      const path = stepsOfLevel(level).join('/');
      if (!levels.has(path)) levels.set(path, level);
    }
  } catch (error) {
    if (!isPosixParError(error, 'FormatError')) throw error;
    levels.clear();
  }
  return levels;
}

/**
 * Adds what the image states about a level to the description of its array: the names of the dimensions, and the
 * attribute `multiscale` with the level, the axes, and the scale and translation of each dimension.
 * @throws {FormatError} if the metadata of the image is damaged, or does not fit the array.
 */
export function describeLevel(array: ArrayDescriptor, level: Level): ArrayDescriptor {
  const { multiscale, index } = level;
  const { metadata, datasets } = multiscale;
  const rank = array.shape.length;
  const axes = axesOf(multiscale, rank);
  const { name } = metadata;
  const summary = {
    name: typeof name === 'string' ? name : null,
    level: index,
    levels: datasets.length,
    axes,
    ...transformationOf(level, rank),
  };
  const hasNames = axes?.some((axis) => axis.name !== null) ?? false;
  const { resize } = array;
  return {
    ...array,
    dimensionNames: axes === null || !hasNames ? array.dimensionNames : axes.map((axis) => axis.name),
    attributes: { multiscale: summary, ...array.attributes },
    ...(resize === undefined
      ? {}
      : {
          *resize(shape: readonly number[]) {
            const resized = yield* resize(shape);
            return { ...resized, descriptor: describeLevel(resized.descriptor, level) };
          },
        }),
  };
}

function datasetOf({ multiscale: { datasets, place }, index }: Level): { dataset: JsonObject; place: Place } {
  const at = inside(inside(place, 'datasets'), index);
  return { dataset: asObject(datasets[index], at), place: at };
}

/** Returns the axes. Returns null if the metadata has none, as in versions before 0.3. */
function axesOf({ metadata, place }: Multiscale, rank: number): readonly Axis[] | null {
  if (metadata['axes'] === undefined) return null;
  const at = inside(place, 'axes');
  const axes = asArray(metadata['axes'], at);
  if (axes.length !== rank) throw fieldError(at, `${rank} axes, one per dimension`, axes);
  return axes.map((axis, d) => {
    // Version 0.3 has names instead of objects.
    if (typeof axis === 'string') return { name: axis, type: null, unit: null };
    const fields = asObject(axis, inside(at, d));
    const text = (key: string): string | null =>
      fields[key] === undefined ? null : asString(fields[key], inside(inside(at, d), key));
    return { name: text('name'), type: text('type'), unit: text('unit') };
  });
}

/** The physical position of element i along dimension d is `i * scale[d] + translation[d]`. */
interface Transformation {
  readonly scale: readonly number[];
  readonly translation: readonly number[];
}

/**
 * Returns the transformations of a level and then of the image as one. `scale` and `translation` are null if the file
 * states none, or if one of them has another type than scale and translation.
 */
function transformationOf(
  level: Level,
  rank: number,
): Transformation | { readonly scale: null; readonly translation: null } {
  const { dataset, place } = datasetOf(level);
  const { metadata, place: image } = level.multiscale;
  const key = 'coordinateTransformations';
  const steps = [
    ...parseTransformations(dataset[key], inside(place, key), rank),
    ...parseTransformations(metadata[key], inside(image, key), rank),
  ];
  const scale = new Array<number>(rank).fill(1);
  const translation = new Array<number>(rank).fill(0);
  for (const step of steps) {
    if (step === null) return { scale: null, translation: null };
    for (let d = 0; d < rank; d++) {
      const factor = step.scale?.[d] ?? 1;
      scale[d] = (scale[d] ?? 1) * factor;
      translation[d] = (translation[d] ?? 0) * factor + (step.translation?.[d] ?? 0);
    }
  }
  return steps.length === 0 ? { scale: null, translation: null } : { scale, translation };
}

/** Maximum number of transformations in a list. The specification permits two. */
const maxTransformations = 16;

/** Returns the transformations of a list; null for those that are neither a scale nor a translation. */
function parseTransformations(value: Json | undefined, place: Place, rank: number): (Partial<Transformation> | null)[] {
  if (value === undefined) return [];
  const list = asArray(value, place);
  if (list.length > maxTransformations) throw fieldError(place, `at most ${maxTransformations} transformations`, value);
  return list.map((item, i) => {
    const at = inside(place, i);
    const fields = asObject(item, at);
    const type = asString(fields['type'], inside(at, 'type'));
    if (type === 'identity') return {};
    // A transformation with a path has its numbers in an array of the store.
    if ((type !== 'scale' && type !== 'translation') || fields['path'] !== undefined) return null;
    const numbers = asArray(fields[type], inside(at, type));
    if (numbers.length !== rank) throw fieldError(inside(at, type), `${rank} numbers, one per dimension`, numbers);
    return { [type]: numbers.map((number, d) => asNumber(number, inside(inside(at, type), d))) };
  });
}
