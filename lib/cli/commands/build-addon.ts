/**
 * `posix-par build-addon`: builds the native addon from the sources in the package.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandDefinition } from '../command.js';

/** Script that builds the addon. The path is relative to dist/cli/main.js, into which this module is bundled. */
const scriptUrl = new URL('../../scripts/build/addon.mjs', import.meta.url);

export const buildAddon: CommandDefinition = {
  name: 'build-addon',
  summary: 'build the native addon from source, for machines without a prebuilt binary',
  examples: [['build-addon', 'fetch node-gyp and headers with npm, then compile']],
  define(command) {
    command.action(() => {
      const { status } = spawnSync(process.execPath, [fileURLToPath(scriptUrl)], { stdio: 'inherit' });
      if (status !== 0) throw new Error('The addon was not built: see the messages above');
    });
  },
};
