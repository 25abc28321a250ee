/**
 * The commands, in the order in which `--help` shows them.
 * @module
 */
import type { CommandDefinition } from './command.js';
import { bench } from './commands/bench.js';
import { buildAddon } from './commands/build-addon.js';
import { cache } from './commands/cache.js';
import { completion } from './commands/completion.js';
import { convert } from './commands/convert.js';
import { doctor } from './commands/doctor.js';
import { explain } from './commands/explain.js';
import { fs } from './commands/fs.js';
import { index } from './commands/index.js';
import { info } from './commands/info.js';
import { read } from './commands/read.js';
import { reduce } from './commands/reduce.js';
import { serve } from './commands/serve.js';
import { view } from './commands/view.js';
import { write } from './commands/write.js';

export const commands: readonly CommandDefinition[] = [
  info, //
  read,
  reduce,
  explain,
  convert,
  write,
  index,
  serve,
  view,
  fs,
  cache,
  bench,
  doctor,
  completion,
  buildAddon,
];
