/**
 * The mounts of this process: /proc/self/mountinfo (proc_pid_mountinfo(5)).
 * @module
 */
import { parseCount, unescapeOctal } from './text.js';

/** One line of mountinfo. */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of what st_dev says of files there. */
  readonly device: string;
  /** The directory of the file system that is mounted: not `/` for bind mounts and subvolumes. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of this mount, such as `ro`, `noatime`. */
  readonly mountOptions: readonly string[];
  /** The type, such as `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
  /** What is mounted: a device, `server:/export`, or a word such as `tmpfs`. */
  readonly source: string;
  /** Options of the file system, the same for all its mounts. */
  readonly superOptions: readonly string[];
}

/** Options are cut at commas that no backslash escapes, as overlay does in its list of layers. */
function options(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/g) ?? []).map(unescapeOctal);
}

/** The mounts in the order of the file; lines that are not of the documented form are left out. */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    // `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`; before the dash any number of fields.
    const dash = line.indexOf(' - ');
    if (dash < 0) continue;
    const [id, parentId, device, root, mountPoint, mountOptions] = line.slice(0, dash).split(' ');
    const [type, source, superOptions] = line.slice(dash + 3).split(' ');
    const [number, parent] = [parseCount(id), parseCount(parentId)];
    if (number === null || parent === null || device === undefined || root === undefined || mountPoint === undefined) {
      continue;
    }
    mounts.push({
      id: number,
      parentId: parent,
      device,
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      mountOptions: options(mountOptions ?? ''),
      type: type ?? '',
      source: unescapeOctal(source ?? ''),
      superOptions: options(superOptions ?? ''),
    });
  }
  return mounts;
}

/** Whether `path` is `directory` or lies below it; both absolute. */
export function isBelow(path: string, directory: string): boolean {
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path === directory || path.startsWith(prefix);
}

/**
 * The mount that `path` (absolute, without links) lies on.
 * @param id what statx says; without it the mount with the longest fitting mount point counts, and of several the last,
 *   which covers the others.
 */
export function findMount(mounts: readonly Mount[], path: string, id: number | null): Mount | null {
  const exact = id === null ? undefined : mounts.find((mount) => mount.id === id);
  if (exact !== undefined) return exact;
  let best: Mount | null = null;
  for (const mount of mounts) {
    if (!isBelow(path, mount.mountPoint)) continue;
    if (best === null || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

/** The path inside the file system of `path` on `mount`: what a bind mount hides is put back. */
export function pathInFilesystem(mount: Mount, path: string): string {
  const rest = mount.mountPoint === '/' ? path : path.slice(mount.mountPoint.length);
  return mount.root === '/' ? rest || '/' : `${mount.root}${rest === '/' ? '' : rest}`;
}
