/**
 * Reads raw binary files. They are described by the caller (`format: 'raw'`, dtype, shape, …) or by a sidecar, a JSON
 * file whose name is the file's name plus `.json`. See docs/formats/raw.md.
 * @module
 */
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields, isRecord, type UnknownRecord } from '../../core/validate.js';
import { type Io, readWhole } from '../../io/io.js';
import type { DocumentFile } from '../descriptor.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import { checkedGrowth } from '../growth.js';
import { replaceJsonValue } from '../json-edit.js';
import { axisOrderOf, describeWholeFile, type StorageOrder, type WholeFileArray } from '../whole-file.js';
import { createRaw } from './write-raw.js';

/** Options of this format. They are also members of a sidecar. */
const optionKeys = ['dtype', 'shape', 'order', 'offset', 'byteOrder'];
const sidecarKeys = [...optionKeys, 'dimensionNames', 'attributes'];
const maxSidecarBytes = 1024 * 1024;

/** Returns the path of the sidecar of `path`. */
function sidecarPath(path: string): string {
  return `${path}.json`;
}

/** Reads the sidecar of `path`. Returns null if there is none, and {} if its JSON is not an object. */
function* readSidecar(path: string): Io<UnknownRecord | null> {
  const sidecar = sidecarPath(path);
  const bytes = yield* readWhole(sidecar, maxSidecarBytes);
  if (bytes === null) return null;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FormatError('Expected JSON that describes a raw file', { path: sidecar }, { cause });
  }
  return isRecord(content) ? content : {};
}

/** The raw format. Recognises a file if its sidecar has `dtype` and `shape`. */
export const raw: Format = {
  name: 'raw',
  targetKind: 'file',
  create: createRaw,
  // Raw data has no signature.
  opensUnrecognized: 'anything',

  *recognize(probe: Probe): Io<boolean> {
    if (probe.kind !== 'file') return false;
    const sidecar = yield* readSidecar(probe.path);
    return sidecar !== null && Object.hasOwn(sidecar, 'dtype') && Object.hasOwn(sidecar, 'shape');
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    if (probe.kind !== 'file') throw new ChoiceError('format', 'Expected a file of raw data, found a directory', path);
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    const options = Fields.ofOptions(request.options);
    options.onlyKnown(optionKeys, 'the format raw');
    // The sidecar is not read if the caller gives dtype and shape.
    const content = options.has('dtype') && options.has('shape') ? null : yield* readSidecar(path);
    if (content === null && !options.has('dtype') && !options.has('shape')) {
      throw new UnsupportedError(
        'raw data without a description',
        path,
        `Give options.dtype and options.shape, or describe the file in ${sidecarPath(path)}`,
      );
    }
    const sidecar = Fields.ofFile(content ?? {}, sidecarPath(path));
    if (content !== null) sidecar.onlyKnown(sidecarKeys, 'a description of raw data');
    const from = (key: string): Fields => (options.has(key) || content === null ? options : sidecar);
    const shape = from('shape').shape('shape', 0);
    const order = from('order').oneOf('order', ['C', 'F'], 'C');
    const array: WholeFileArray = {
      format: 'raw',
      path,
      describedBy: ['dtype', 'shape', 'offset'].some((key) => options.has(key)) ? 'caller' : 'file',
      dataFileSize: probe.size,
      offset: from('offset').integer('offset', 0, 0),
      shape,
      dtype: from('dtype').dtype('dtype'),
      byteOrder: from('byteOrder').byteOrder('byteOrder', 'little'),
      axisOrder: axisOrderOf(order, shape.length),
      dimensionNames: sidecar.dimensionNames('dimensionNames', shape.length),
      attributes: sidecar.record('attributes'),
    };
    return describeRaw(array, order, content === null || options.has('shape') ? 'caller' : 'sidecar');
  },
};

/**
 * Describes an array in a raw file.
 * @param shapeFrom source of the shape. If this is the sidecar, growing the array also changes the sidecar.
 */
function describeRaw(array: WholeFileArray, order: StorageOrder, shapeFrom: 'caller' | 'sidecar'): ArrayDescriptor {
  const { path, dataFileSize, dtype, offset, shape } = array;
  return {
    ...describeWholeFile(array),
    *resize(newShape: readonly number[]) {
      const bytes = checkedGrowth(path, dataFileSize, { dtype, order, offset, shape }, newShape);
      const documents: DocumentFile[] = [];
      if (shapeFrom === 'sidecar') {
        const sidecar = sidecarPath(path);
        const text = new TextDecoder().decode((yield* readWhole(sidecar, maxSidecarBytes)) ?? new Uint8Array(0));
        const changed = replaceJsonValue(text, ['shape'], `[${newShape.join(', ')}]`, sidecar);
        if (changed === null) throw new FormatError("Expected a member 'shape'", { path: sidecar });
        documents.push({ path: sidecar, bytes: new TextEncoder().encode(changed) });
      }
      const descriptor = describeRaw({ ...array, dataFileSize: bytes, shape: newShape }, order, shapeFrom);
      return { descriptor, oldBytes: dataFileSize, newBytes: bytes, header: null, documents };
    },
  };
}
