/**
 * What storage lies behind a path.
 * @module
 */
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path/posix';
import { ReadError } from '../core/errors.js';
import { checkedPath } from '../io/paths.js';
import { binding, isNativeError, type NativeError, type NativeStorageFacts } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { type BlockDevice, readBlockDevice } from './block-device.js';
import type { DirectIoDescription, FilesystemDescription, StorageDescription } from './description.js';
import { anyRotational, devicesOf, smallest } from './devices.js';
import { familyOf, typeOfMagic } from './filesystems.js';
import { parseLustreLayout } from './lustre.js';
import { findMount, type Mount, parseMountInfo } from './mounts.js';
import { networkOf } from './network.js';
import { notesOn } from './notes.js';
import { pathBeneath } from './overlay.js';
import { type SystemFiles, systemFiles } from './system-files.js';
import { parseCount } from './text.js';

/** What describing asks of the machine; tests put recorded answers of others here. */
export interface Machine {
  readonly files: SystemFiles;
  facts(path: string): Promise<NativeStorageFacts | NativeError>;
}

const thisMachine: Machine = { files: systemFiles, facts: (path) => binding().storage_facts(path) };

/** Files on files on files: deeper than this is left out. */
const maxDepth = 4;

/** Bits of stx_attributes (statx(2)). */
const attributeBits: readonly [bit: number, name: string][] = [
  [0x4, 'compressed'],
  [0x10, 'immutable'],
  [0x20, 'append-only'],
  [0x800, 'encrypted'],
  [0x100000, 'verity'],
  [0x200000, 'dax'],
];

/**
 * Describes the storage behind a path: file system and mount, devices and their queues, what direct I/O asks for, free
 * space, the server of a network file system, the stripes of Lustre. Symbolic links are followed. Reads no data of the
 * file; a directory stands for the files in it.
 * @param path a file, directory or block device; it has to exist, but needs no permission to be read.
 * @throws {ReadError} when the path does not exist or can't be reached; of a missing one the message says how far it leads.
 * @throws {TypeError} when `path` is neither text nor a `file:` URL.
 * @example const { filesystem, direct } = await describeStorage('volume.npy')
 * @see statx(2), statfs(2), proc_pid_mountinfo(5), sysfs(5)
 */
export async function describeStorage(path: string | URL): Promise<StorageDescription> {
  return await describeOn(thisMachine, checkedPath(path), 0);
}

/** {@link describeStorage} on any machine. */
export async function describeOn(machine: Machine, path: string, depth: number): Promise<StorageDescription> {
  const absolute = resolve(path);
  const facts = await machine.facts(absolute);
  if (isNativeError(facts)) throw await missing(machine, path, absolute, facts);
  const realPath = (await machine.files.real(absolute)) ?? absolute;
  const mounts = parseMountInfo((await machine.files.read('/proc/self/mountinfo')) ?? '');
  const mount = findMount(mounts, realPath, facts.mountId < 0 ? null : facts.mountId);
  const devices = await devicesBehind(machine.files, mount, facts);
  const filesystem = await describeFilesystem(machine.files, mount, facts);
  const network = mount !== null && filesystem.family === 'network' ? networkOf(mount) : null;
  const described = {
    path,
    realPath,
    type: facts.type,
    size: facts.type === 'block device' ? (devices[0]?.sizeBytes ?? 0) : facts.size,
    allocatedBytes: facts.allocatedBytes,
    preferredIoBytes: facts.preferredIoBytes,
    attributes: attributeBits.filter(([bit]) => (facts.attributes & bit) !== 0).map(([, name]) => name),
    filesystem,
    direct: await describeDirect(machine, realPath, facts),
    devices,
    rotational: anyRotational(devices),
    maxTransferBytes: network?.readBytes ?? smallest(devices, (device) => device.maxTransferBytes),
    network,
    lustre: facts.lustreLayout === null ? null : parseLustreLayout(facts.lustreLayout),
    beneath: depth < maxDepth ? await describeBeneath(machine, mount, realPath, devices, depth) : null,
  };
  return { ...described, notes: notesOn(described) };
}

async function missing(machine: Machine, path: string, absolute: string, error: NativeError): Promise<Error> {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return toError(error);
  let parent = dirname(absolute);
  while (parent !== '/' && (await machine.files.real(parent)) === null) parent = dirname(parent);
  const isLink = await fs.lstat(absolute).then(
    () => true,
    () => false,
  );
  const what = isLink ? 'is a link that leads nowhere' : `does not exist; what exists is ${parent}`;
  return new ReadError(`${path} ${what} [${error.code}]`, { code: error.code, errno: error.errno, path });
}

async function devicesBehind(
  files: SystemFiles,
  mount: Mount | null,
  facts: NativeStorageFacts,
): Promise<BlockDevice[]> {
  if (facts.type !== 'block device') return await devicesOf(files, mount, facts.device);
  const device = await readBlockDevice(files, facts.special);
  return device === null ? [] : [device];
}

async function describeFilesystem(
  files: SystemFiles,
  mount: Mount | null,
  facts: NativeStorageFacts,
): Promise<FilesystemDescription> {
  const space = facts.filesystem;
  const type = mount?.type ?? (space === null ? null : typeOfMagic(space.magic)) ?? 'unknown';
  const options = [...new Set([...(mount?.mountOptions ?? []), ...(mount?.superOptions ?? [])])];
  return {
    type,
    family: familyOf(type),
    source: mount?.source ?? null,
    mountPoint: mount?.mountPoint ?? null,
    root: mount?.root ?? null,
    options,
    readOnly: options.includes('ro'),
    magic: space?.magic ?? null,
    blockBytes: space?.blockBytes ?? null,
    totalBytes: space?.totalBytes ?? null,
    freeBytes: space?.freeBytes ?? null,
    availableBytes: space?.availableBytes ?? null,
    // btrfs and most network file systems say 0 of 0.
    files: space === null || space.files === 0 ? null : space.files,
    filesFree: space === null || space.files === 0 ? null : space.filesFree,
    readAheadBytes: await readAhead(files, mount?.device ?? facts.device),
  };
}

/** Of the backing device (bdi): a partition's is that of its disk, a network mount has one of its own. */
async function readAhead(files: SystemFiles, device: string): Promise<number | null> {
  const own = parseCount(await files.read(`/sys/class/bdi/${device}/read_ahead_kb`));
  const kib = own ?? parseCount(await files.read(`/sys/dev/block/${device}/../queue/read_ahead_kb`));
  return kib === null ? null : kib * 1024;
}

/** A regular file below `directory`, found by a short walk; null when none turns up. */
async function someFile(directory: string, depth: number): Promise<string | null> {
  if (depth > 3) return null;
  const folders: string[] = [];
  try {
    let seen = 0;
    for await (const entry of await fs.opendir(directory)) {
      if (entry.isFile()) return join(directory, entry.name);
      if (entry.isDirectory()) folders.push(join(directory, entry.name));
      seen += 1;
      if (seen > 1000) break;
    }
  } catch {
    return null;
  }
  for (const folder of folders.slice(0, 4)) {
    const found = await someFile(folder, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

async function describeDirect(
  machine: Machine,
  realPath: string,
  facts: NativeStorageFacts,
): Promise<DirectIoDescription | null> {
  if (facts.type === 'file' || facts.type === 'block device') return directOf(realPath, facts);
  if (facts.type !== 'directory') return null;
  const file = await someFile(realPath, 0);
  if (file === null) return null;
  const other = await machine.facts(file);
  return isNativeError(other) ? null : directOf(file, other);
}

/** What one file says. */
export function directOf(file: string, facts: NativeStorageFacts): DirectIoDescription {
  const { direct, directOpen, filesystem } = facts;
  const source = direct === null ? 'block size' : 'statx';
  const refuse = (refused: string): DirectIoDescription => {
    return { supported: false, memoryBytes: null, offsetBytes: null, source, refused, file };
  };
  if (direct !== null && direct.offsetBytes === 0) return refuse('the file says that it does none (statx)');
  if (directOpen === 'EACCES' || directOpen === 'EPERM') {
    // Not allowed to read it: nothing is known of the open, and statx stands alone.
    if (direct === null) return refuse(`the file may not be opened (${directOpen})`);
  } else if (directOpen !== '' && directOpen !== 'untried') {
    return refuse(`an open with O_DIRECT fails with ${directOpen}`);
  }
  // As the reads do it: at least 512 bytes, at most 64 KiB (network file systems name their transfer size).
  const block = Math.min(Math.max(filesystem?.blockBytes ?? 4096, 512), 65536);
  return {
    supported: true,
    memoryBytes: direct?.memoryBytes ?? block,
    offsetBytes: direct === null ? block : direct.readOffsetBytes || direct.offsetBytes,
    source,
    refused: null,
    file,
  };
}

async function describeBeneath(
  machine: Machine,
  mount: Mount | null,
  realPath: string,
  devices: readonly BlockDevice[],
  depth: number,
): Promise<StorageDescription | null> {
  const loop = devices.find(({ backingFile }) => backingFile !== null)?.backingFile;
  const path = loop ?? (mount?.type === 'overlay' ? await pathBeneath(mount, realPath) : null);
  if (path === null) return null;
  // The file may be gone (`/x (deleted)`), or be the host's.
  return await describeOn(machine, path, depth + 1).catch(() => null);
}
