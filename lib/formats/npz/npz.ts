/**
 * Reads NumPy's `.npz`, a zip archive of `.npy` members. Uncompressed members are read in place; compressed ones are
 * not supported. See docs/formats/npy.md.
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, ready } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import { describeFlatGroup } from '../flat-group.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { readNpyHeader } from '../npy/npy-header.js';
import { axisOrderOf, describeWholeFile } from '../whole-file.js';
import { locateMember, readZipDirectory, type ZipMember } from './zip-directory.js';

const suffix = '.npy';
const methods: Readonly<Record<number, string>> = { 8: 'deflate', 9: 'deflate64', 12: 'bzip2', 14: 'lzma', 93: 'zstd' };

/** The `.npz` format. Does not recognise other zip archives. */
export const npz: Format = {
  name: 'npz',

  recognize: (probe: Probe): Io<boolean> => ready(() => isNpz(probe)),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const archive = yield* readArchive(probe, request);
    const { array } = request;
    const wanted = array !== null && !archive.arrays.has(array) ? stripSuffix(array) : array;
    return yield* openMember(archive, chooseArray([...archive.arrays.keys()], wanted, probe.path));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const archive = yield* readArchive(probe, request);
    const names = [...archive.arrays.keys()];
    const open = (name: string): Io<ArrayDescriptor> => openMember(archive, name);
    return describeFlatGroup({ format: 'npz', path: probe.path, attributes: {}, names, open }, request.array);
  },
};

function isNpz(probe: Probe): boolean {
  const { head } = probe;
  if (head[0] !== 0x50 || head[1] !== 0x4b) return false;
  const member = head[2] === 3 && head[3] === 4;
  if (probe.path.toLowerCase().endsWith('.npz')) return member || (head[2] === 5 && head[3] === 6);
  const nameEnd = 30 + (head[26] ?? 0) + 256 * (head[27] ?? 0);
  return member && new TextDecoder('latin1').decode(head.subarray(30, nameEnd)).endsWith(suffix);
}

/** An archive, and its arrays by name without suffix. */
interface Archive {
  readonly path: string;
  readonly size: number;
  readonly directoryOffset: number;
  readonly arrays: ReadonlyMap<string, ZipMember>;
}

function* readArchive(probe: Probe, request: OpenRequest): Io<Archive> {
  const { path, size } = probe;
  Fields.ofOptions(request.options).onlyKnown([], 'the format npz');
  const { members, directoryOffset } = yield* readZipDirectory(path, size);
  // If a name repeats, the last member is used, as in Python, because programs append new versions to archives.
  const arrays = new Map<string, ZipMember>();
  for (const member of members) {
    if (member.name.endsWith(suffix)) arrays.set(stripSuffix(member.name), member);
  }
  return { path, size, directoryOffset, arrays };
}

function* openMember({ path, size, directoryOffset, arrays }: Archive, name: string): Io<ArrayDescriptor> {
  const member = arrays.get(name);
  if (member === undefined) throw new FormatError(`Expected the zip member '${name}${suffix}'`, { path });
  checkStored(member, path);
  const start = yield* locateMember(path, member, directoryOffset);
  const end = start + member.bytes;
  const { dtype, byteOrder, order, shape, dataOffset } = yield* readNpyHeader(path, start, end);
  return describeWholeFile({
    format: 'npz',
    path,
    name,
    dataFileSize: size,
    offset: dataOffset,
    end,
    shape,
    dtype,
    byteOrder,
    axisOrder: axisOrderOf(order, shape.length),
  });
}

function stripSuffix(name: string): string {
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function checkStored(member: ZipMember, path: string): void {
  if ((member.flags & 1) !== 0) throw new UnsupportedError(`the encrypted npz member '${member.name}'`, path);
  if (member.method !== 0) {
    const method = methods[member.method] ?? `method ${member.method}`;
    throw new UnsupportedError(
      `the npz member '${member.name}', compressed with ${method}`,
      path,
      'Compressed members have no random access. Write the file with numpy.savez instead of savez_compressed',
    );
  }
  if (member.storedBytes !== member.bytes) {
    throw new FormatError(
      `Expected a stored member of ${member.bytes} bytes, found ${member.storedBytes} for '${member.name}'`,
      { path, offset: member.headerOffset },
    );
  }
}
