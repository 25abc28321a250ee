// Writes one declaration file per entry, from the declarations that the compiler wrote to .cache/types.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { entries } from './library.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Directive for types of Node that the declarations use without importing them. */
const reference = '/// <reference types="node" />\n';

/** Writes the declarations of one entry to `path`. */
function rollUp(entry, path) {
  const configObject = ExtractorConfig.loadFile(join(root, 'etc/api-extractor/base.json'));
  configObject.mainEntryPointFilePath = join(root, '.cache', 'types', `${entry}.d.ts`);
  configObject.apiReport = { enabled: false };
  configObject.dtsRollup = { enabled: true, untrimmedFilePath: path };
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    projectFolderLookupToken: root,
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      // Prints only errors and warnings, not the notes on the version of TypeScript that the analyser contains.
      if (message.logLevel !== 'error' && message.logLevel !== 'warning') message.handled = true;
    },
  });
  if (!succeeded) throw new Error(`Cannot write the declarations of lib/${entry}.ts`);
}

/**
 * Writes `ENTRY.d.ts` for `import`, and the same text as `ENTRY.d.cts` for `require`, into `folder`. Returns the names
 * of the files, relative to it.
 */
export function bundleTypes(folder) {
  return Object.values(entries).flatMap((entry) => {
    const path = join(folder, `${entry}.d.ts`);
    mkdirSync(dirname(path), { recursive: true });
    rollUp(entry, path);
    const text = readFileSync(path, 'utf8').replaceAll(reference, '');
    writeFileSync(path, `${reference}${text}`);
    copyFileSync(path, join(folder, `${entry}.d.cts`));
    return [`${entry}.d.ts`, `${entry}.d.cts`];
  });
}
