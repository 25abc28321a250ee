// Bundles the command (lib/cli) and its npm packages into one file, so that the published package has no dependencies.
// The library is not in the bundle: the command loads the entries in dist/ as any other program does.
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledLicences } from './bundled-licences.mjs';
import { entries } from './library.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Entry points of the library: maps the source file of each to the path by which the bundle imports it. */
const library = new Map(Object.values(entries).map((entry) => [join(root, 'lib', `${entry}.ts`), `../${entry}.js`]));

/**
 * Plugin that replaces imports of the library's entry points by imports of the files in dist/, instead of bundling
 * them.
 */
const externalLibrary = {
  name: 'external-library',
  setup(bundle) {
    bundle.onResolve({ filter: /(^|\/)index\.js$/ }, ({ path, resolveDir }) => {
      const entry = path.startsWith('.') ? library.get(join(resolveDir, path.replace(/\.js$/, '.ts'))) : undefined;
      return entry === undefined ? undefined : { path: entry, external: true };
    });
  },
};

/** Bundles the script of the HTML report of `bench`, with its charting library, for a browser. */
async function bundlePage(folder) {
  const { metafile } = await build({
    entryPoints: [join(root, 'web/bench-report/page.ts')],
    outfile: join(folder, 'bench-page.js'),
    absWorkingDir: root,
    tsconfig: join(root, 'web/tsconfig.json'),
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    metafile: true,
    legalComments: 'inline',
    logLevel: 'warning',
    banner: {
      js: [
        '/* Contains Observable Plot (ISC licence, Copyright 2020-2023 Observable, Inc.)',
        'and D3 (ISC licence, Copyright 2010-2023 Mike Bostock). */',
      ].join(' '),
    },
  });
  return metafile;
}

/**
 * Bundles the command into `folder`. The bundle expects index.js in the folder above.
 * @returns the names of the files written, and `metafile`, esbuild's list of their inputs.
 */
export async function bundleCommand(folder) {
  const { metafile } = await build({
    entryPoints: [join(root, 'lib/cli/main.ts')],
    outfile: join(folder, 'main.js'),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    metafile: true,
    legalComments: 'inline',
    logLevel: 'warning',
    plugins: [externalLibrary],
    banner: {
      // Some packages are CommonJS and load Node's modules by `require`.
      js: [
        '#!/usr/bin/env node',
        "import { createRequire as posixParRequire } from 'node:module';",
        'const require = posixParRequire(import.meta.url);',
      ].join('\n'),
    },
  });
  chmodSync(join(folder, 'main.js'), 0o755);
  const page = await bundlePage(folder);
  writeFileSync(
    join(folder, 'THIRD_PARTY.md'),
    bundledLicences(root, { 'main.js': metafile, 'bench-page.js': page }, 'the command'),
  );
  return Object.assign(['main.js', 'bench-page.js', 'THIRD_PARTY.md'], { metafile });
}
