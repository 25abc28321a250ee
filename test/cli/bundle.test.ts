/** Tests the contents of the bundle of the command. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Bundler {
  bundleCommand(
    folder: string,
  ): Promise<string[] & { readonly metafile: { readonly inputs: Record<string, unknown> } }>;
}

test('bundles the packages in docs/dependencies.md, and only the file-writing code of the library', async () => {
  const { bundleCommand } = (await import(pathToFileURL(join(root, 'scripts/build/cli.mjs')).href)) as Bundler;
  const folder = mkdtempSync(join(tmpdir(), 'posix-par-bundle-'));
  const { metafile } = await bundleCommand(folder);
  const licences = readFileSync(join(folder, 'THIRD_PARTY.md'), 'utf8');
  rmSync(folder, { recursive: true });
  const inputs = Object.keys(metafile.inputs);
  const own = inputs.filter((path) => path.startsWith('lib/'));
  // The bundle contains only these parts of the library: lib/files and lib/show, with which the command writes files
  // and shows data, and the helpers that they import.
  const permitted = /^lib\/(cli|files|show)\/|^lib\/core\/(brands|dispose|dtype|generated\/dtypes)\.ts$/;
  expect(own.filter((path) => !permitted.test(path))).toEqual([]);
  const packages = inputs.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? [],
  );
  const text = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
  const section = /## npm, bundled into the command\n(.*?)\n## /s.exec(text)?.[1] ?? '';
  const table = section.split('\n').filter((line) => line.startsWith('|'));
  const named = [...table.join('\n').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  expect([...new Set(packages)].sort()).toEqual([...new Set(named)].sort());
  // The charts of the `bench` report are in a separate bundle.
  for (const name of [...named, '@observablehq/plot', 'd3']) {
    expect(licences).toMatch(new RegExp(`^\\| ${name} \\| \\d+\\.\\d+\\.\\d+ \\| (MIT|ISC|BSD-3-Clause)`, 'm'));
    expect(licences).toMatch(new RegExp(`^## ${name} \\d.*\\n\\n\`+text\\n.*(copyright|permission)`, 'ims'));
  }
});
