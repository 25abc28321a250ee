/**
 * Compares the content of a directory before and after a call.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Description of each entry below a directory, by its relative path. */
export type Tree = ReadonlyMap<string, string>;

/** Maximum size in bytes of files whose content is compared. Larger files are sparse. */
const maxBytes = 1 << 24;

function describeFile(path: string): string {
  const { size } = fs.statSync(path);
  return size > maxBytes ? `file of ${size} bytes` : `file ${fs.readFileSync(path, 'latin1')}`;
}

/** Returns the entries below `root`: content of files, targets of links, and kinds of other entries. */
export function snapshotTree(root: string): Tree {
  const tree = new Map<string, string>();
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const what = entry.isFile()
      ? describeFile(path)
      : entry.isSymbolicLink()
        ? `link ${fs.readlinkSync(path)}`
        : entry.isDirectory()
          ? 'directory'
          : 'special file';
    tree.set(path.slice(root.length + 1), what);
  }
  return tree;
}

/** An entry that differs. */
export interface TreeDifference {
  readonly name: string;
  readonly what: string;
}

/** Returns the entries that were added, removed or changed. */
export function treeDifferences(before: Tree, after: Tree): readonly TreeDifference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    const how = was === undefined ? 'was added' : is === undefined ? 'was removed' : 'was changed';
    return [{ name, what: `${name} ${how}` }];
  });
}
