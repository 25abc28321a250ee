/**
 * The commands, in the order in which `--help` shows them.
 * @module
 */
import type { CommandDefinition } from './command.js';
import { bench } from './commands/bench.js';
import { buildAddon } from './commands/build-addon.js';
import { cache } from './commands/cache.js';
import { completion } from './commands/completion.js';
import { doctor } from './commands/doctor.js';
import { explain } from './commands/explain.js';
import { fs } from './commands/fs.js';
import { index } from './commands/index.js';
import { info } from './commands/info.js';
import { read } from './commands/read.js';

export const commands: readonly CommandDefinition[] = [
  info, //
  read,
  explain,
  index,
  fs,
  cache,
  bench,
  doctor,
  completion,
  buildAddon,
];
