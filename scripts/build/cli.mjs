// Bundles the command (lib/cli) with the packages that it needs into one file, so that the package has no dependency
// for them. The library stays outside of the bundle: the command loads the entries in dist/ like any other program.
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledLicences } from './bundled-licences.mjs';
import { entries } from './library.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Paths by which the bundle imports the entries of the library, by the paths of their sources. */
const library = new Map(Object.values(entries).map((entry) => [join(root, 'lib', `${entry}.ts`), `../${entry}.js`]));

/** Leaves imports of the entries as imports of the files next to the folder of the bundle. */
const externalLibrary = {
  name: 'external-library',
  setup(bundle) {
    bundle.onResolve({ filter: /(^|\/)index\.js$/ }, ({ path, resolveDir }) => {
      const entry = path.startsWith('.') ? library.get(join(resolveDir, path.replace(/\.js$/, '.ts'))) : undefined;
      return entry === undefined ? undefined : { path: entry, external: true };
    });
  },
};

/** Bundles the script of the report of `bench`, with the charting library that it draws with, for a browser. */
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
 * Bundles the command into `folder`; index.js is expected in the folder above.
 * @returns the names of the files written, and as `metafile` what they were made of.
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
      // Some of the packages are CommonJS and ask for Node's modules by `require`.
      js: [
        '#!/usr/bin/env node',
        "import { createRequire as posixParRequire } from 'node:module';",
        'const require = posixParRequire(import.meta.url);',
      ].join('\n'),
    },
  });
  chmodSync(join(folder, 'main.js'), 0o755);
  const page = await bundlePage(folder);
  writeFileSync(join(folder, 'THIRD_PARTY.md'), bundledLicences(root, { 'main.js': metafile, 'bench-page.js': page }));
  return Object.assign(['main.js', 'bench-page.js', 'THIRD_PARTY.md'], { metafile });
}
