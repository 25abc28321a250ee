/**
 * Writes the generated files of TypeScript and C++ from scripts/words/words.mjs: `node scripts/words/generate.mjs`.
 * With `--check`, only checks that they are up to date.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cppFile } from './cpp.mjs';
import { typescriptFile } from './typescript.mjs';
import { sections } from './words.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folders = { 'lib/core/generated': '.ts', 'native/base/generated': '.h' };

/** Returns the texts of the generated files, by their paths in the repository. */
export function generatedFiles() {
  const digest = createHash('sha256').update(JSON.stringify(sections)).digest('hex').slice(0, 16);
  const all = [...sections, digestSection(digest)];
  return new Map(
    all.flatMap((section) => [
      [`lib/core/generated/${section.file}.ts`, typescriptFile(section)],
      [`native/base/generated/${section.file}.h`, cppFile(section)],
    ]),
  );
}

/**
 * Returns the generated section with the digest of scripts/words/words.mjs. It identifies the version of the shared
 * constants from which an addon was built.
 */
function digestSection(digest) {
  const doc = 'Digest of the generated constants: equal in TypeScript and in an addon built from the same sources.';
  return { file: 'digest', doc, parts: [{ kind: 'text', name: 'wordsDigest', value: digest, doc }] };
}

/** Returns the paths of generated files that are missing, out of date, or superfluous. */
export function staleFiles() {
  const files = generatedFiles();
  const stale = [...files].filter(([path, text]) => textOf(path) !== text).map(([path]) => path);
  for (const folder of Object.keys(folders)) {
    const names = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
    stale.push(...names.filter((path) => !files.has(path)));
  }
  return stale;
}

function textOf(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of Object.keys(folders)) mkdirSync(join(root, folder), { recursive: true });
  const stale = staleFiles();
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path} is not what scripts/words/words.mjs says: run npm run generate`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    // Unchanged files are not written, so that nothing is compiled again because of them.
    const files = generatedFiles();
    for (const path of stale) {
      const text = files.get(path);
      if (text === undefined) rmSync(join(root, path));
      else writeFileSync(join(root, path), text);
    }
    console.log(stale.length === 0 ? 'every generated file is current' : `wrote ${stale.join(', ')}`);
  }
}
