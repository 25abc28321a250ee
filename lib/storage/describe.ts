/**
 * Describes the storage under a path.
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
import { findMountDevices, hasRotationalDisk, minOverDevices } from './devices.js';
import { classifyFilesystem, typeOfMagic } from './filesystems.js';
import { parseLustreLayout } from './lustre.js';
import { findMount, type Mount, parseMountInfo } from './mounts.js';
import { describeNetwork } from './network.js';
import { findNotes } from './notes.js';
import { findLayerPath } from './overlay.js';
import { type SystemFiles, systemFiles } from './system-files.js';
import { parseCount } from './text.js';

/** Queries of the machine that a description needs. Tests supply recorded answers of other machines. */
export interface StorageProbe {
  readonly files: SystemFiles;
  facts(path: string): Promise<NativeStorageFacts | NativeError>;
}

const localProbe: StorageProbe = { files: systemFiles, facts: (path) => binding().storage_facts(path) };

/** Maximum depth of storage that consists of files on other storage (loop devices, overlays). */
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
 * Describes the storage under a path: file system and mount, devices and their queues, requirements of direct I/O, free
 * space, the server of a network file system, and the stripes of Lustre. Follows symbolic links. Reads no data of the
 * file. For a directory, examines a file in it.
 * @param path a file, directory or block device. It must exist, but need not be readable.
 * @throws {ReadError} if the path does not exist or cannot be reached. If the path does not exist, the message names
 * the longest part that does.
 * @throws {TypeError} if `path` is neither a string nor a `file:` URL.
 * @example const { filesystem, direct } = await describeStorage('volume.npy')
 * @see statx(2), statfs(2), proc_pid_mountinfo(5), sysfs(5)
 */
export async function describeStorage(path: string | URL): Promise<StorageDescription> {
  return await describeWith(localProbe, checkedPath(path), 0);
}

/** Describes the storage under a path like {@link describeStorage}, on the machine of `probe`. */
export async function describeWith(probe: StorageProbe, path: string, depth: number): Promise<StorageDescription> {
  const absolute = resolve(path);
  const facts = await probe.facts(absolute);
  if (isNativeError(facts)) throw await notFoundError(probe, path, absolute, facts);
  const realPath = (await probe.files.real(absolute)) ?? absolute;
  const mounts = parseMountInfo((await probe.files.read('/proc/self/mountinfo')) ?? '');
  const mount = findMount(mounts, realPath, facts.mountId < 0 ? null : facts.mountId);
  const devices = await findDevices(probe.files, mount, facts);
  const filesystem = await describeFilesystem(probe.files, mount, facts);
  const network = mount !== null && filesystem.family === 'network' ? describeNetwork(mount) : null;
  const described = {
    path,
    realPath,
    type: facts.type,
    size: facts.type === 'block device' ? (devices[0]?.sizeBytes ?? 0) : facts.size,
    allocatedBytes: facts.allocatedBytes,
    preferredIoBytes: facts.preferredIoBytes,
    attributes: attributeBits.filter(([bit]) => (facts.attributes & bit) !== 0).map(([, name]) => name),
    filesystem,
    direct: await describeDirect(probe, realPath, facts),
    devices,
    rotational: hasRotationalDisk(devices),
    maxTransferBytes: network?.readBytes ?? minOverDevices(devices, (device) => device.maxTransferBytes),
    network,
    lustre: facts.lustreLayout === null ? null : parseLustreLayout(facts.lustreLayout),
    beneath: depth < maxDepth ? await describeBeneath(probe, mount, realPath, devices, depth) : null,
  };
  return { ...described, notes: findNotes(described) };
}

async function notFoundError(probe: StorageProbe, path: string, absolute: string, error: NativeError): Promise<Error> {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return toError(error);
  let parent = dirname(absolute);
  while (parent !== '/' && (await probe.files.real(parent)) === null) parent = dirname(parent);
  const isLink = await fs.lstat(absolute).then(
    () => true,
    () => false,
  );
  const what = isLink ? 'is a broken symbolic link' : `does not exist; the longest existing part is ${parent}`;
  return new ReadError(`${path} ${what} [${error.code}]`, { code: error.code, errno: error.errno, path });
}

async function findDevices(files: SystemFiles, mount: Mount | null, facts: NativeStorageFacts): Promise<BlockDevice[]> {
  if (facts.type !== 'block device') return await findMountDevices(files, mount, facts.device);
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
    family: classifyFilesystem(type),
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
    // btrfs and most network file systems report 0 free of 0 inodes.
    files: space === null || space.files === 0 ? null : space.files,
    filesFree: space === null || space.files === 0 ? null : space.filesFree,
    readAheadBytes: await readAhead(files, mount?.device ?? facts.device),
  };
}

/** Returns the read-ahead of the backing device. A network mount has its own; a partition uses that of its disk. */
async function readAhead(files: SystemFiles, device: string): Promise<number | null> {
  const own = parseCount(await files.read(`/sys/class/bdi/${device}/read_ahead_kb`));
  const kib = own ?? parseCount(await files.read(`/sys/dev/block/${device}/../queue/read_ahead_kb`));
  return kib === null ? null : kib * 1024;
}

/**
 * Finds a regular file below `directory`; returns null if it finds none. Visits few directories, so that a large tree
 * does not take long.
 */
async function findFile(directory: string, depth: number): Promise<string | null> {
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
    const found = await findFile(folder, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

async function describeDirect(
  probe: StorageProbe,
  realPath: string,
  facts: NativeStorageFacts,
): Promise<DirectIoDescription | null> {
  if (facts.type === 'file' || facts.type === 'block device') return describeDirectFile(realPath, facts);
  if (facts.type !== 'directory') return null;
  const file = await findFile(realPath, 0);
  if (file === null) return null;
  const other = await probe.facts(file);
  return isNativeError(other) ? null : describeDirectFile(file, other);
}

/** Describes the requirements of direct I/O for one file. */
export function describeDirectFile(file: string, facts: NativeStorageFacts): DirectIoDescription {
  const { direct, directOpen, filesystem } = facts;
  const source = direct === null ? 'block size' : 'statx';
  const refuse = (refused: string): DirectIoDescription => {
    return { supported: false, memoryBytes: null, offsetBytes: null, source, refused, file };
  };
  if (direct !== null && direct.offsetBytes === 0) return refuse('the file does not support it (statx)');
  if (directOpen === 'EACCES' || directOpen === 'EPERM') {
    // The caller has no permission to open the file, so only the result of statx is known.
    if (direct === null) return refuse(`the file may not be opened (${directOpen})`);
  } else if (directOpen !== '' && directOpen !== 'untried') {
    return refuse(`an open with O_DIRECT fails with ${directOpen}`);
  }
  // Uses the same bounds as reads: at least 512 bytes and at most 64 KiB, because network file systems report their
  // transfer size as block size.
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
  probe: StorageProbe,
  mount: Mount | null,
  realPath: string,
  devices: readonly BlockDevice[],
  depth: number,
): Promise<StorageDescription | null> {
  const loop = devices.find(({ backingFile }) => backingFile !== null)?.backingFile;
  const path = loop ?? (mount?.type === 'overlay' ? await findLayerPath(mount, realPath) : null);
  if (path === null) return null;
  // Describing fails if the file was deleted (`/x (deleted)`), or if the path is valid only outside this container.
  return await describeWith(probe, path, depth + 1).catch(() => null);
}
