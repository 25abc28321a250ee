/**
 * Creates the array descriptors of the variables of a NetCDF-4 file.
 * @module
 */
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import type { Io } from '../../io/io.js';
import { cfScaling } from '../cf.js';
import type { ArrayDescriptor } from '../format.js';
import { readAttributes } from '../hdf5/attributes.js';
import { describeDataset } from '../hdf5/dataset.js';
import { isDataset } from '../hdf5/object-header.js';
import { type Located, resolvePath, stepsOf } from '../hdf5/resolve.js';
import { isBareDimension, notCoordinatePrefix, visibleAttributes } from './conventions.js';
import { variableDimensions } from './dimensions.js';
import { extendTo } from './past-end.js';

/**
 * Opens the variable at `path`, relative to the group `from`.
 * @throws {ChoiceError} if there is none. @throws {FormatError} if it is damaged. @throws {UnsupportedError} if it is
 * not supported.
 */
export function* openVariableAt(from: Located, path: string): Io<ArrayDescriptor> {
  return yield* describeVariable(yield* findVariable(from, path));
}

/** Describes the variable whose dataset is `located`. Throws like {@link openVariableAt}. */
export function* describeVariable(located: Located): Io<ArrayDescriptor> {
  const { file } = located;
  const name = shownName(located.name);
  const dataset = yield* describeDataset(file, located.header, name);
  const { fileAttributes, maxShape } = dataset;
  const outer = dataset.shape.slice(0, maxShape.length);
  const inner = dataset.shape.slice(maxShape.length);
  const dimensions = yield* variableDimensions(file, name, located.header.address, fileAttributes, outer, maxShape);
  const attributes = visibleAttributes(fileAttributes);
  const names = [...dimensions.map((dimension) => dimension.name), ...inner.map(() => null)];
  return {
    ...extendTo([...dimensions.map(({ size }) => size), ...inner], dataset),
    format: 'netcdf4',
    dimensionNames: names.length === 0 || names.some((dimension) => dimension !== null) ? names : null,
    attributes: { ...notesOf(dataset), ...attributes },
    scaling: dataset.bitsOf === undefined ? cfScaling(attributes) : null,
  };
}

/** Returns the attributes that describe the datatype and are not in the file. */
function notesOf({
  attributes,
  fileAttributes,
}: {
  attributes: object;
  fileAttributes: object;
}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !Object.hasOwn(fileAttributes, name)));
}

function* findVariable(from: Located, path: string): Io<Located> {
  const { file } = from;
  const steps = stepsOf(path);
  const last = steps.pop() ?? '';
  const hidden = `${path.startsWith('/') ? '/' : ''}${[...steps, notCoordinatePrefix + last].join('/')}`;
  let found: Located | null = null;
  let failure: unknown = null;
  try {
    found = yield* resolvePath(from, path, 'what there is');
  } catch (error) {
    if (!isPosixParError(error, 'FormatError', 'ChoiceError')) throw error;
    failure = error;
  }
  if (found !== null && isDataset(found.header)) {
    if (!isBareDimension(yield* readAttributes(file, found.header))) return found;
  } else if (found !== null) {
    throw new ChoiceError('array', `NetCDF: expected a variable at '/${found.name}', found a group`, file.path);
  }
  try {
    return yield* resolvePath(from, hidden);
  } catch (error) {
    if (failure !== null || !isPosixParError(error, 'FormatError', 'ChoiceError')) throw failure ?? error;
    throw new ChoiceError(
      'array',
      `NetCDF: expected a variable at '/${found?.name}', found a dimension without one`,
      file.path,
    );
  }
}

/** Removes the prefix that NetCDF adds to the HDF5 names of some variables. */
export function shownName(name: string): string {
  const steps = stepsOf(name);
  const last = steps.pop() ?? '';
  return [...steps, last.startsWith(notCoordinatePrefix) ? last.slice(notCoordinatePrefix.length) : last].join('/');
}
