// Rewrites the pages that typedoc put into docs/api: simpler pages, an index ordered by task, and a sidebar.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simplifyPage } from './simplify.mjs';
import { otherEntries, tasks } from './tasks.mjs';

const folder = fileURLToPath(new URL('../../../docs/api', import.meta.url));

/** Simplifies the pages of an entry. Returns them by the names of the exports that they describe. */
function pagesOf(entry) {
  const names = readdirSync(join(folder, entry), { recursive: true }).filter((name) => /\/.*\.md$/.test(name));
  return new Map(
    names.map((name) => {
      const path = join(folder, entry, name);
      const text = simplifyPage(readFileSync(path, 'utf8'));
      writeFileSync(path, text);
      const [kind = '', file = ''] = name.split('/');
      const link = `/api/${relative(folder, path).replace(/\.md$/, '')}`;
      return [file.replace(/\.md$/, ''), { kind, link, summary: summaryOf(text, link) }];
    }),
  );
}

/** Returns the first sentence of a page, as a cell of a table. */
function summaryOf(text, link) {
  const lines = text.split('\n\n').filter((part) => !/^(#|>|\||:::|\s*$)/.test(part));
  const sentence = /^[\s\S]*?[.:](?=\s|$)/.exec(lines[0] ?? '')?.[0] ?? '';
  // Links are relative to the page.
  const base = new URL(`file://${link}`);
  return sentence
    .replace(/\s*\n\s*/g, ' ')
    .replace(/:$/, '.')
    .replace(/\|/g, '\\|')
    .replace(/\]\(([^)#]+)\.md/g, (_all, path) => `](${new URL(path, base).pathname}`);
}

const main = pagesOf('index');
const isCallable = ({ kind }) => kind === 'functions' || kind === 'classes';
const listed = new Set(tasks.flatMap(({ names }) => names));
const unknown = [...listed].filter((name) => !main.has(name));
const missing = [...main].filter(([name, page]) => isCallable(page) && !listed.has(name)).map(([name]) => name);
// New exports must not stop the build of the site: they are listed last until they have a task.
for (const name of missing) console.warn(`scripts/docs/api/tasks.mjs has no task for ${name}`);
for (const name of unknown) console.warn(`scripts/docs/api/tasks.mjs lists ${name}, which is not exported`);

const groups = tasks.map(({ title, text, names }) => ({
  title,
  text,
  pages: names.filter((name) => main.has(name)).map((name) => [name, main.get(name)]),
}));
const rest = [...main].filter(([name]) => !listed.has(name)).sort();
groups.push({ title: 'Element types and other types', text: 'Types that the functions above use.', pages: rest });
for (const { entry, title, text } of otherEntries) {
  const pages = [...pagesOf(entry)].sort(
    ([a, x], [b, y]) => Number(isCallable(y)) - Number(isCallable(x)) || (a < b ? -1 : 1),
  );
  groups.push({ title, text, pages });
}

const label = (name, { kind }) => (kind === 'functions' ? `${name}()` : name);
const sections = groups.map(({ title, text, pages }) => {
  const rows = pages.map(([name, page]) => `| [${label(name, page)}](${page.link}) | ${page.summary} |`);
  return `## ${title}\n${text}\n\n| | |\n| --- | --- |\n${rows.join('\n')}\n`;
});
const example = `\`\`\`ts
import { openArray, readSubset, slice } from 'posix-par';

const { data, shape } = await readSubset('volume.npy', [slice(0, 16), null, -1]); // open, read, close
await using array = await openArray('volume.npy'); // open once, read often
const plane = await array.read([3]);
\`\`\``;
const intro =
  'Everything that the package exports, ordered by what you want to do. [Getting started](/guide/getting-started) introduces the main calls.';
writeFileSync(join(folder, 'index.md'), `# API\n\n${intro}\n\n${example}\n\n${sections.join('\n')}`);
const sidebar = groups.map(({ title, pages }, i) => ({
  text: title,
  collapsed: i > 2,
  items: pages.map(([name, page]) => ({ text: label(name, page), link: page.link })),
}));
writeFileSync(join(folder, 'sidebar.json'), JSON.stringify([{ text: 'By task', link: '/api/' }, ...sidebar]));
// Removes the lists of an entry's exports by kind, which the index replaces.
for (const entry of ['index', ...otherEntries.map(({ entry: name }) => name)]) {
  const path = join(folder, entry, 'index.md');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(
      /^## (?:Classes|Interfaces|Type Aliases|Variables|Functions)\n[\s\S]*/m,
      'See the [API by task](/api/).\n',
    ),
  );
}
