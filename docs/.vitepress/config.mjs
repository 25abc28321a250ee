import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const page = (text, link) => ({ text, link });

export default defineConfig({
  title: 'posix-par',
  description:
    'Read slices of large HDF5, NetCDF, Zarr, TileDB, NumPy and NIfTI arrays in Node.js, in parallel on native threads',
  srcExclude: ['adr/README.md', 'style/**'],
  cleanUrls: true,
  // Links to files of the repository that are no pages.
  ignoreDeadLinks: [/\/(benchmarks|scripts|test|lib|native|README|LICENSE|CONTRIBUTING|CHANGELOG|SECURITY)/],
  markdown: {
    config(md) {
      // Pages that are included from the root of the repository link to docs/.
      md.core.ruler.push('links-from-root', ({ tokens }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href?.startsWith('docs/')) token.attrSet('href', href.replace('docs/', '/'));
          const name = /^(CHANGELOG|CONTRIBUTING|SECURITY)\.md$/.exec(href ?? '')?.[1];
          if (name !== undefined) token.attrSet('href', `/${name.toLowerCase()}`);
        }
      });
      // Code in the middle of text may hold braces, which Vue would take for expressions.
      const inline = md.renderer.rules.code_inline;
      md.renderer.rules.code_inline = (...args) => inline(...args).replace('<code', '<code v-pre');
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [page('Guide', '/guide/getting-started'), page('API', '/api/'), page(version, '/changelog')],
    sidebar: [
      {
        text: 'Guide',
        items: [
          page('Getting started', '/guide/getting-started'),
          page('Installation', '/installation'),
          page('Selections', '/guide/selections'),
          page('Formats', '/formats/'),
          page('Files that name other files', '/guide/external-files'),
          page('Choosing an engine', '/guide/engines'),
          page('Bundlers and test runners', '/guide/bundlers'),
          page('Understanding stats and explain', '/guide/stats-and-explain'),
          page('How storage reads in parallel', '/fact-check'),
          page('The command line', '/guide/command-line'),
          page('Recipes', '/guide/recipes'),
          page('Examples', '/examples'),
          page('Migrating', '/guide/migrating'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('API', '/api/'),
          page('Errors', '/errors'),
          page('Reliability', '/reliability'),
          page('Inspect your storage', '/storage'),
          page('Benchmark your storage', '/bench'),
          page('Glossary', '/glossary'),
          page('Changes', '/changelog'),
        ],
      },
      {
        text: 'Formats',
        collapsed: true,
        items: [
          page('.npy and .npz', '/formats/npy'),
          page('Raw', '/formats/raw'),
          page('NIfTI', '/formats/nifti'),
          page('Tile directories', '/formats/tiles'),
          page('HDF5 and NetCDF-4', '/formats/hdf5'),
          page('Saved index', '/formats/saved-index'),
          page('Kerchunk', '/formats/kerchunk'),
          page('NetCDF-3', '/formats/netcdf3'),
          page('Zarr', '/formats/zarr'),
          page('TileDB', '/formats/tiledb'),
          page('Values by CF', '/formats/cf'),
          page('Codecs', '/formats/codecs'),
        ],
      },
      {
        text: 'About',
        items: [
          page('Performance', '/performance'),
          page('Benchmark charts', '/measured/'),
          page('Architecture', '/architecture'),
          page('Security', '/security'),
          page('Dependencies', '/dependencies'),
          page('Contributing', '/contributing'),
          page('Style', '/style'),
          page('Add a codec', '/contributing/add-a-codec'),
          page('Add an engine', '/contributing/add-an-engine'),
        ],
      },
      {
        text: 'Decisions',
        collapsed: true,
        items: [
          page('1. Cached data', '/adr/0001-cached-data'),
          page('2. Memory of results', '/adr/0002-memory-of-results'),
          page('3. Engines', '/adr/0003-engines'),
          page('4. Measuring storage', '/adr/0004-measuring-storage'),
          page('5. Many small files', '/adr/0005-many-files'),
          page('6. Fair threads', '/adr/0006-fair-threads'),
          page('7. Many boxes', '/adr/0007-many-boxes'),
        ],
      },
    ],
  },
});
