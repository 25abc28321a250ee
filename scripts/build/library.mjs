// Bundles the library: the entries as ECMAScript modules that share chunks, and a CommonJS copy of everything.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledLicences } from './bundled-licences.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Entries of the package by the names of their exports, and their sources below lib/. */
export const entries = {
  '.': 'index',
  './storage': 'storage/index',
  './bench': 'bench/index',
  './serve': 'serve/index',
  './adapters': 'adapters/index',
};

/** File with the licences of the npm packages that are bundled. */
const licences = 'THIRD_PARTY.md';

/** Module that the benchmark starts as a process. */
const childOfBench = 'bench/child';

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  legalComments: 'inline',
};

/**
 * The module that loads the addon. It stays a separate file, because it finds the package by its own path.
 */
const loader = 'native/binding';

/** Plugin that leaves imports of the loader in the output, instead of bundling the loader. */
const externalLoader = {
  name: 'external-loader',
  setup(bundle) {
    bundle.onResolve({ filter: /\/binding\.js$/ }, ({ path, resolveDir }) => {
      const isLoader = join(resolveDir, path) === join(root, 'lib', `${loader}.js`);
      return isLoader ? { path: `./${loader}.js`, external: true } : undefined;
    });
  },
};

/** Bundles the entries as modules; code that several entries need is in shared chunks. */
async function bundleModules(folder) {
  const options = { ...shared, outdir: folder, outbase: join(root, 'lib'), format: 'esm' };
  await build({ ...options, entryPoints: [join(root, 'lib', `${loader}.ts`)] });
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [...Object.values(entries), childOfBench].map((entry) => join(root, 'lib', `${entry}.ts`)),
    splitting: true,
    chunkNames: 'chunk-[hash]',
    plugins: [externalLoader],
    metafile: true,
    write: false,
  });
  // esbuild does not change external paths, so they are wrong in files in subfolders.
  for (const { path, text } of outputFiles) {
    const up = '../'.repeat(relative(folder, path).split('/').length - 1) || './';
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll(`from "./${loader}.js"`, `from "${up}${loader}.js"`));
  }
  return { metafile, files: [`${loader}.js`, ...outputFiles.map(({ path }) => relative(folder, path))] };
}

/**
 * Bundles all entries into one CommonJS file, and writes one file per entry that exports its part. With one file, there
 * is only one CommonJS copy of each class. The CommonJS and the module copies share the addon.
 */
async function bundleCommonJs(folder) {
  const names = Object.values(entries);
  const contents = names.map((entry, i) => `export * as entry${i} from './${entry}.js';`).join('\n');
  const { metafile } = await build({
    ...shared,
    metafile: true,
    stdin: { contents, resolveDir: join(root, 'lib'), loader: 'ts', sourcefile: 'library.ts' },
    outfile: join(folder, 'library.cjs'),
    format: 'cjs',
    // CommonJS has no `import.meta`; the loader of the addon then uses `__filename`.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  const written = names.map((entry, i) => {
    const path = `${entry}.cjs`;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const library = relative(dirname(path), 'library.cjs');
    const from = library.startsWith('.') ? library : `./${library}`;
    writeFileSync(join(folder, path), `'use strict';\nmodule.exports = require('${from}').entry${i};\n`);
    return path;
  });
  return { metafile, files: ['library.cjs', ...written] };
}

/** Bundles the library into `folder`; returns the names of the files written, relative to it. */
export async function bundleLibrary(folder) {
  const modules = await bundleModules(folder);
  const commonJs = await bundleCommonJs(folder);
  const bundles = { 'serve/index.js': modules.metafile, 'library.cjs': commonJs.metafile };
  writeFileSync(join(folder, licences), bundledLicences(root, bundles, 'the library'));
  return [...modules.files, ...commonJs.files, licences];
}
