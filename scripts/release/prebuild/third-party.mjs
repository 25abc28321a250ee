// Writes THIRD_PARTY.md: the contents of the prebuilt binaries, with their licences.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

function addonApi() {
  const folder = dirname(require.resolve('node-addon-api/package.json'));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { name: 'node-addon-api', version, licence: 'MIT', text: readFileSync(join(folder, 'LICENSE.md'), 'utf8') };
}

/**
 * Returns the page. `vendor` contains the sources of `libraries`; `others` are additional licences of the same form.
 */
export function thirdPartyText(libraries, vendor, others) {
  const parts = libraries.map(({ name, version, licence, licenceFile, crate, folder }) => ({
    name,
    version,
    licence,
    text: readFileSync(join(vendor, crate, folder, licenceFile), 'utf8'),
  }));
  const all = [...parts, addonApi(), ...others];
  const rows = all.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  const texts = all.map(
    ({ name, text }) => `## ${name}\n\n\`\`\`\`text\n${text.replace(/[ \t\r]+$/gm, '').trim()}\n\`\`\`\`\n`,
  );
  return `# Third-party software

These libraries are linked statically into the prebuilt binaries in \`prebuilds/\`. A build from source links the
libraries of your machine instead, if it has them. \`npm run prebuild\` writes this file.

| part | version | licence (SPDX) |
|---|---|---|
${rows.join('\n')}

${texts.join('\n')}`;
}
