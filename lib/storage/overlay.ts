/**
 * Finds the layer of an overlay that contains a file (Documentation/filesystems/overlayfs.rst).
 * @module
 */
import * as fs from 'node:fs/promises';
import { type Mount, pathInFilesystem } from './mounts.js';

/** Returns the layers of an overlay in order of precedence. */
export function overlayLayers(options: readonly string[]): string[] {
  const values = (key: string): string[] =>
    options.filter((option) => option.startsWith(`${key}=`)).map((option) => option.slice(key.length + 1));
  // Colons separate the layers in one `lowerdir=`; a backslash escapes a colon in a name. Each `lowerdir+=` adds one
  // layer.
  const lower = values('lowerdir').flatMap((list) => list.match(/(?:\\.|[^:\\])+/g) ?? []);
  const bare = (path: string): string => path.replace(/\\(.)/g, '$1');
  return [...values('upperdir'), ...lower, ...values('lowerdir+'), ...values('datadir+')].map(bare);
}

/**
 * Finds the file that the overlay shows at `path` in one of its layers. A file matches if it has the same size and
 * modification time, and a directory if it exists. Returns null if no visible layer has it. This is usual in a
 * container, because the layers are paths of the host.
 */
export async function findLayerPath(mount: Mount, path: string): Promise<string | null> {
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
