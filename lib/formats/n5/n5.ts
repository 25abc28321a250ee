/**
 * Recognises N5 stores, so that the error for them names the format. They are not supported because each N5 block has a
 * header of variable length, and writers store edge blocks in different ways.
 * @see https://github.com/saalfeldlab/n5 (File-system specification)
 * @module
 */
import { isErrorNamed } from '../../core/brands.js';
import { isPosixParError, UnsupportedError } from '../../core/errors.js';
import { isRecord } from '../../core/validate.js';
import { type Io, readWhole, ready } from '../../io/io.js';
import type { ArrayDescriptor, Format, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';

/** Maximum size of the attributes of a dataset. */
const maxAttributesBytes = 2 ** 24;

/** The N5 format. Opening always throws UnsupportedError. */
export const n5: Format = {
  name: 'n5',

  *recognize(probe: Probe): Io<boolean> {
    if (probe.kind === 'file') return false;
    const attributes = yield* readAttributes(`${probe.path}/attributes.json`);
    return attributes !== null && ['n5', 'blockSize'].some((key) => Object.hasOwn(attributes, key));
  },

  open: (probe: Probe): Io<ArrayDescriptor> => ready(() => refuse(probe)),

  openGroup: (probe: Probe): Io<GroupDescriptor> => ready(() => refuse(probe)),
};

function refuse({ path }: Probe): never {
  throw new UnsupportedError('N5', path, 'Convert it to Zarr, for example with TensorStore');
}

/** Reads the attributes. Returns null if the file is absent or too long, or does not contain a JSON object. */
function* readAttributes(path: string): Io<object | null> {
  try {
    const bytes = yield* readWhole(path, maxAttributesBytes);
    const attributes: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(attributes) ? attributes : null;
  } catch (error) {
    if (isErrorNamed(error, 'SyntaxError') || isPosixParError(error, 'FormatError')) return null;
    throw error;
  }
}
