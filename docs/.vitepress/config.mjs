import { existsSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const page = (text, link) => ({ text, link });

// scripts/docs/api/main.mjs writes this file.
const apiPages = new URL('../api/sidebar.json', import.meta.url);
const apiSidebar = existsSync(apiPages) ? JSON.parse(readFileSync(apiPages, 'utf8')) : [];

export default defineConfig({
  title: 'posix-par',
  description:
    'Read slices of large HDF5, NetCDF, Zarr, TileDB, NumPy and NIfTI arrays in Node.js, in parallel on native threads',
  srcExclude: ['style/**', 'measured/parts/**'],
  head: [['link', { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' }]],
  cleanUrls: true,
  // Ignores links to files of the repository that are not pages of the site.
  ignoreDeadLinks: [/\/(benchmarks|scripts|test|lib|native|README|LICENSE|CONTRIBUTING|CHANGELOG|SECURITY)/],
  markdown: {
    config(md) {
      // Pages that are included from the root of the repository link to docs/.
      md.core.ruler.push('links-from-root', ({ tokens }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href?.startsWith('docs/')) token.attrSet('href', href.replace('docs/', '/'));
          const [, target] =
            /^(?:\.\.\/)+(?:docs|benchmarks)\/(targets\.md.*|performance\.md|(?:adr|bench|guide).*)$/.exec(
              href ?? '',
            ) ?? [];
          if (target !== undefined) token.attrSet('href', `/${target.replace(/\.md/, '')}`);
          const name = /^(CHANGELOG|CONTRIBUTING|SECURITY)\.md$/.exec(href ?? '')?.[1];
          if (name !== undefined)
            token.attrSet('href', name === 'CONTRIBUTING' ? '/contributing/' : `/${name.toLowerCase()}`);
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
    sidebar: {
      '/api/': apiSidebar,
      '/': [
        {
          text: 'Guide',
          items: [
            page('Getting started', '/guide/getting-started'),
            page('Installation', '/installation'),
            page('Selections', '/guide/selections'),
            page('Large arrays', '/guide/large-arrays'),
            page('Memory', '/guide/memory'),
            page('Text, sequences and records', '/guide/text-and-records'),
            page('Writing arrays', '/guide/writing'),
            page('Formats', '/formats/'),
            page('Files that name other files', '/guide/external-files'),
            page('Choosing an engine', '/guide/engines'),
            page('Workers and processes', '/guide/workers'),
            page('Results in other packages', '/guide/adapters'),
            page('Bundlers and test runners', '/guide/bundlers'),
            page('Remote data', '/guide/remote-data'),
            page('Serving arrays', '/guide/serving'),
            page('Viewing arrays', '/guide/viewer'),
            page('Security of the server', '/guide/serving-security'),
            page('What is not read', '/guide/not-read'),
            page('Understanding stats and explain', '/guide/stats-and-explain'),
            page('How storage reads and writes in parallel', '/fact-check'),
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
            page('MATLAB 7.3', '/formats/matlab'),
            page('Saved index', '/formats/saved-index'),
            page('Kerchunk', '/formats/kerchunk'),
            page('NetCDF-3', '/formats/netcdf3'),
            page('N5', '/formats/n5'),
            page('safetensors', '/formats/safetensors'),
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
            page('Targets and all times', '/targets'),
            page('Benchmark charts', '/measured/'),
            page('Architecture', '/architecture'),
            page('Security', '/security'),
            page('Dependencies', '/dependencies'),
            page('Contributing', '/contributing/'),
            page('Style', '/style'),
            page('Add a codec', '/contributing/add-a-codec'),
            page('Add an engine', '/contributing/add-an-engine'),
            page('The first hour', '/contributing/first-hour'),
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
            page('8. Restart points', '/adr/0008-restart-points'),
            page('9. Writing', '/adr/0009-writing'),
            page('10. Recycled results', '/adr/0010-recycled-results'),
            page('11. Direct writes', '/adr/0011-direct-writes'),
            page('12. Reductions', '/adr/0012-reductions'),
            page('13. Chunk cache', '/adr/0013-chunk-cache'),
            page('14. Turns of the event loop', '/adr/0014-turns'),
            page('15. Calls of writes', '/adr/0015-calls-of-writes'),
          ],
        },
      ],
    },
  },
});
