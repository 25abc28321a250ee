/**
 * Which layer of an overlay has a file (Documentation/filesystems/overlayfs.rst).
 * @module
 */
import * as fs from 'node:fs/promises';
import { type Mount, pathInFilesystem } from './mounts.js';

/** The layers of an overlay, the one that wins first. */
export function overlayLayers(options: readonly string[]): string[] {
  const values = (key: string): string[] =>
    options.filter((option) => option.startsWith(`${key}=`)).map((option) => option.slice(key.length + 1));
  // Colons part the layers of one `lowerdir=`; a backslash keeps one that belongs to a name. `lowerdir+=` adds one layer.
  const lower = values('lowerdir').flatMap((list) => list.match(/(?:\\.|[^:\\])+/g) ?? []);
  const bare = (path: string): string => path.replace(/\\(.)/g, '$1');
  return [...values('upperdir'), ...lower, ...values('lowerdir+'), ...values('datadir+')].map(bare);
}

/**
 * The path of the file below the overlay that `path` is, or null when no layer shows it: in a container the layers are
 * paths of the host. A file counts when it has the size and the time of the one above.
 */
export async function pathBeneath(mount: Mount, path: string): Promise<string | null> {
  const inside = pathInFilesystem(mount, path);
  const above = await fs.stat(path).catch(() => null);
  if (above === null) return null;
  for (const layer of overlayLayers(mount.superOptions)) {
    if (!layer.startsWith('/')) continue;
    const candidate = `${layer.replace(/\/$/, '')}${inside}`;
    if (candidate === path) continue;
    const found = await fs.stat(candidate).catch(() => null);
    if (found === null || found.isDirectory() !== above.isDirectory()) continue;
    if (found.isDirectory() || (found.size === above.size && found.mtimeMs === above.mtimeMs)) return candidate;
  }
  return null;
}
