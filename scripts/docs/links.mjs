/**
 * Checks the built site: every internal link leads to an existing page, and to an existing heading if it has a
 * fragment. VitePress checks the sources; this checks the output, including generated API pages.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const site = fileURLToPath(new URL('../../docs/.vitepress/dist', import.meta.url));
const pages = readdirSync(site, { recursive: true })
  .filter((name) => name.endsWith('.html'))
  .map((name) => join(site, name));

const texts = new Map(pages.map((page) => [page, readFileSync(page, 'utf8')]));
const anchors = new Map(
  [...texts].map(([page, text]) => [page, new Set([...text.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id))]),
);

/** Returns the file that serves `path`, or undefined. */
function fileOf(path) {
  return [path, `${path}.html`, join(path, 'index.html')].find((name) => existsSync(name) && statSync(name).isFile());
}

const problems = [];
let links = 0;
for (const [page, text] of texts) {
  for (const [, href] of text.matchAll(/<a\b[^>]*\bhref="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(href)) continue;
    links += 1;
    const [path, anchor] = href.split('#');
    const at = path.startsWith('/') ? join(site, path) : join(dirname(page), decodeURIComponent(path));
    const target = path === '' ? page : fileOf(at);
    const where = `${relative(site, page)}: ${href}`;
    if (target === undefined) problems.push(`${where} leads nowhere`);
    else if (anchor && anchors.has(target) && !anchors.get(target).has(decodeURIComponent(anchor))) {
      problems.push(`${where}: there is no such heading`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${links} links, ${problems.length} that lead nowhere`);
process.exitCode = problems.length === 0 && links > 0 ? 0 : 1;
