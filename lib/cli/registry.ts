/**
 * The commands, in the order in which `--help` shows them.
 * @module
 */
import type { CommandDefinition } from './command.js';
import { cache } from './commands/cache.js';
import { fs } from './commands/fs.js';
import { info } from './commands/info.js';

export const commands: readonly CommandDefinition[] = [info, fs, cache];
