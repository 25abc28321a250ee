/**
 * Loads the files of the viewer, which the build writes into the package in compressed form.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { isRecord } from '../../core/validate.js';
import { hashTag } from '../http/etag.js';
import type { Body } from '../http/reply.js';

/** Name of the list of files, in the folder of the viewer. */
const listName = 'posix-par-viewer.json';

/** Folders of the viewer relative to the module that contains this code, in the package and in a checkout. */
const relativeFolders = ['viewer', '../viewer', '../../../dist/viewer'];

/** A file of the viewer. */
export interface ViewerFile {
  /** Media type. */
  readonly type: string;
  /** Identifies the content. */
  readonly tag: string;
  readonly body: Body;
}

/** Files of the viewer by the paths of their URLs. */
export type ViewerFiles = ReadonlyMap<string, ViewerFile>;

/** Returns the folder of this module, or of the bundle that contains it. */
function thisFolder(): string {
  const { url } = import.meta as { readonly url?: string };
  // Bundles in CommonJS have no `import.meta.url`.
  const path =
    url?.startsWith('file:') === true ? fileURLToPath(url) : typeof __filename === 'string' ? __filename : '';
  return isAbsolute(path) ? dirname(path) : '';
}

/** One entry of the list of files. */
interface Listed {
  readonly url: string;
  readonly file: string;
  readonly type: string;
}

function parseList(text: string): readonly Listed[] {
  const parsed: unknown = JSON.parse(text);
  const files: readonly unknown[] = isRecord(parsed) && Array.isArray(parsed['files']) ? parsed['files'] : [];
  return files.filter(
    (entry): entry is Listed =>
      isRecord(entry) && ['url', 'file', 'type'].every((name) => typeof entry[name] === 'string'),
  );
}

async function readListed(folder: string, { file, type }: Listed): Promise<ViewerFile> {
  const [br, gzip] = await Promise.all([readFile(join(folder, `${file}.br`)), readFile(join(folder, `${file}.gz`))]);
  const plain = gunzipSync(gzip);
  const body: Body = {
    length: plain.length,
    hasRanges: false,
    compressible: 'text',
    compressed: { br, gzip },
    async *open() {
      yield plain;
    },
  };
  return { type, tag: hashTag(gzip.toString('base64')), body };
}

/** Reads all files of the viewer. Null if this copy of the package was built without the viewer. */
export async function loadViewer(): Promise<ViewerFiles | null> {
  for (const relative of relativeFolders) {
    const folder = join(thisFolder(), relative);
    const list = await readFile(join(folder, listName), 'utf8').catch(() => null);
    if (list === null) continue;
    const files = parseList(list).map(async (listed) => [listed.url, await readListed(folder, listed)] as const);
    return new Map(await Promise.all(files));
  }
  return null;
}
