/**
 * Copies the sources for TypeDoc into .cache/api-sources. TypeDoc removes the type of `@throws {FormatError}`, so the
 * copy has the type as text.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namesOfErrorsAsText } from './simplify.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const copy = join(root, '.cache/api-sources');
rmSync(copy, { recursive: true, force: true });
cpSync(join(root, 'lib'), join(copy, 'lib'), { recursive: true });
for (const name of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
  const path = join(copy, name);
  if (name.endsWith('.ts')) writeFileSync(path, namesOfErrorsAsText(readFileSync(path, 'utf8')));
}
const tsconfig = { extends: '../../tsconfig.json', include: ['lib'], exclude: [], compilerOptions: { paths: {} } };
writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(tsconfig));
