// Collects the licences of the npm packages that esbuild put into bundles.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the folder of the package that contains the module `input`; undefined for modules of this project. */
function packageFolder(input) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

function licenceOf(folder, known) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e([-.]|$)/i.test(entry));
  const text = file === undefined ? known[name] : readFileSync(join(folder, file), 'utf8');
  if (typeof license !== 'string' || text === undefined) throw new Error(`Expected a licence in ${folder}`);
  return { name, version, licence: license, text };
}

/**
 * Returns a page with the names and licences of all packages in bundles.
 * @param root the project folder, to which paths in metafiles are relative
 * @param bundles `{name: metafile}`
 * @param owner the part of the package that contains the bundles, such as `the command`
 * @param known licences by the names of packages that contain none
 * @throws if a package has no licence
 */
export function bundledLicences(root, bundles, owner, known = {}) {
  const found = new Map();
  for (const [bundle, { inputs }] of Object.entries(bundles)) {
    for (const input of Object.keys(inputs)) {
      const folder = packageFolder(input);
      if (folder === undefined) continue;
      const part = found.get(folder) ?? { ...licenceOf(join(root, folder), known), bundles: new Set() };
      part.bundles.add(bundle);
      found.set(folder, part);
    }
  }
  const parts = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = parts.map(
    ({ name, version, licence, bundles: where }) => `| ${name} | ${version} | ${licence} | ${[...where].join(', ')} |`,
  );
  const texts = parts.map(
    ({ name, version, text }) =>
      `## ${name} ${version}\n\n\`\`\`\`text\n${text.replace(/[ \t\r]+$/gm, '').trim()}\n\`\`\`\`\n`,
  );
  return `# Third-party software in ${owner}

These npm packages are bundled into ${owner}. THIRD_PARTY.md at the root of the package lists the contents of the
prebuilt binaries.

| package | version | licence (SPDX) | in |
|---|---|---|---|
${rows.join('\n')}

${texts.join('\n')}`;
}
