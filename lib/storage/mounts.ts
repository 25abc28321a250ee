/**
 * Parses the mounts of this process from /proc/self/mountinfo (proc_pid_mountinfo(5)).
 * @module
 */
import { parseCount, unescapeOctal } from './text.js';

/** One line of mountinfo. */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** Device number (`major:minor`) that stat(2) reports for files in this mount. */
  readonly device: string;
  /** Directory of the file system that is mounted. It is not `/` for bind mounts and subvolumes. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of this mount, such as `ro`, `noatime`. */
  readonly mountOptions: readonly string[];
  /** Type, such as `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
  /** Source of the mount: a device, `server:/export`, or a word such as `tmpfs`. */
  readonly source: string;
  /** Options of the file system, which are the same for all its mounts. */
  readonly superOptions: readonly string[];
}

/** Splits options at commas that are not escaped by a backslash. overlay escapes the commas in its list of layers. */
function splitOptions(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/g) ?? []).map(unescapeOctal);
}

/** Parses the mounts in the order of the file. Ignores lines that do not have the documented form. */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    // An example is `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`. The number of
    // fields before the dash varies.
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
      mountOptions: splitOptions(mountOptions ?? ''),
      type: type ?? '',
      source: unescapeOctal(source ?? ''),
      superOptions: splitOptions(superOptions ?? ''),
    });
  }
  return mounts;
}

/** True if `path` is `directory` or is below it. Both must be absolute. */
export function isBelow(path: string, directory: string): boolean {
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path === directory || path.startsWith(prefix);
}

/**
 * Finds the mount that contains `path` (absolute, without links).
 * @param id mount ID from statx. If it is null or unknown, returns the mount with the longest matching mount point. If
 * several have the same mount point, returns the last, which hides the others.
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

/** Returns the path inside the file system for `path` on `mount`. It includes the mounted directory of a bind mount. */
export function pathInFilesystem(mount: Mount, path: string): string {
  const rest = mount.mountPoint === '/' ? path : path.slice(mount.mountPoint.length);
  return mount.root === '/' ? rest || '/' : `${mount.root}${rest === '/' ? '' : rest}`;
}
