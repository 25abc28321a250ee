/**
 * The command line as a whole: global options, help, and what happens to errors.
 * @module
 */

import { Command, CommanderError } from '@commander-js/extra-typings';
import pc from 'picocolors';
import { cachePolicies, consistencyKinds, engineNames } from '../index.js';
import type { CommandDefinition, FlagNames } from './command.js';
import { Context, type GlobalOptions, wholeNumber } from './context.js';
import { exitCodes, UsageError } from './exit-codes.js';
import { type Interrupt, watchInterrupt } from './interrupt.js';
import { describeError, errorLine, type Report } from './output/errors.js';
import { toJson, toPrettyJson } from './output/json.js';
import { oneLine } from './output/one-line.js';
import { wantsColor } from './output/terminal.js';
import { worded } from './words.js';

/** Examples as the end of a help text. */
function exampleText(examples: CommandDefinition['examples']): string {
  if (examples.length === 0) return '';
  const width = Math.max(...examples.map(([line]) => line.length));
  const rows = examples.map(([line, what]) => `  posix-par ${line.padEnd(width)}   ${what}`);
  return ['', 'Examples:', ...rows, ''].join('\n');
}

const exitText = `
Exit codes: 0 done, 1 failure, 2 wrong command line or selection, 3 refused by the system, 4 damaged data,
5 not supported, 129 hung up (SIGHUP), 130 interrupted (SIGINT), 143 terminated (SIGTERM).`;

/** The program with all of its commands; parsing it runs the one that is asked for, after `onRun` was told which that is. */
export function buildProgram(
  version: string,
  commands: readonly CommandDefinition[],
  interrupt: Interrupt = watchInterrupt(),
  onRun: (definition: CommandDefinition) => void = () => {},
): Command {
  const program = new Command('posix-par');
  program
    .description('Boxes of big multidimensional arrays, read in parallel.')
    .version(version, '-V, --version', 'the version')
    .option('--json', 'print one JSON value for programs')
    .option('--threads <n>', 'threads of a read at most', wholeNumber('--threads'))
    .addOption(worded('--engine <name>', 'how bytes are fetched (see `posix-par doctor`)', engineNames))
    .addOption(worded('--cache <mode>', 'what becomes of the page cache', cachePolicies))
    .addOption(worded('--consistency <mode>', 'how a read notices that files change', consistencyKinds))
    .option('--verbose', 'show where an error comes from')
    .option('--no-color', 'no colours (so does NO_COLOR in the environment)')
    .helpOption('-h, --help', 'this text')
    .helpCommand('help [command]', 'the help of a command')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeErr: () => {} }); // Errors are reported below, in one line.
  for (const definition of commands) {
    const command = new Command(definition.name).summary(definition.summary).description(definition.summary);
    command.copyInheritedSettings(program).helpOption('-h, --help', 'this text');
    definition.define(command, { context: () => new Context(globalOptions(program.opts()), interrupt) });
    command.hook('preAction', () => onRun(definition));
    command.addHelpText('after', () => exampleText(definition.examples));
    program.addCommand(command);
  }
  const overview = commands.flatMap(({ examples }) => examples.slice(0, 1));
  program.addHelpText('after', () => exampleText(overview) + exitText);
  return program;
}

function globalOptions(given: Partial<Record<keyof GlobalOptions, unknown>>): GlobalOptions {
  const { threads, engine, cache, consistency } = given;
  return {
    json: given.json === true,
    verbose: given.verbose === true,
    color: given.color !== false,
    threads: typeof threads === 'number' ? threads : undefined,
    engine: typeof engine === 'string' ? engine : undefined,
    cache: typeof cache === 'string' ? cache : undefined,
    consistency: typeof consistency === 'string' ? consistency : undefined,
  };
}

/** Selections may start with a minus sign: a blank before it keeps them from being taken for options. */
export function protectSelections(args: readonly string[]): string[] {
  return args.map((arg) => (/^-\d/.test(arg) ? ` ${arg}` : arg));
}

/**
 * Runs a command line.
 * @param args without the names of the program.
 * @returns the exit code. Errors have been reported on standard error.
 */
export async function runProgram(
  args: readonly string[],
  version: string,
  commands: readonly CommandDefinition[],
): Promise<number> {
  const interrupt = watchInterrupt();
  let flags: FlagNames = {};
  const shown = args.includes('--json') ? toPrettyJson({ version }) : version;
  const program = buildProgram(shown, commands, interrupt, (definition) => {
    flags = definition.flags ?? {};
  });
  try {
    await program.parseAsync(protectSelections(args), { from: 'user' });
    return interrupt.exitCode() ?? exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok; // Help and version were asked for.
      if (error.code === 'commander.help') return helpInstead(program);
      const said = oneLine(error.message)
        .replace(/^error: /, '')
        .replace(/\.$/, '')
        .replace(/' (?=-\d)/g, "'");
      return report(
        describeError(new UsageError(`${said}. \`posix-par --help\` shows what there is`)),
        error,
        program,
        interrupt,
      );
    }
    return report(describeError(error, flags), error, program, interrupt);
  }
}

/** Without a command there is nothing to do but to say what there is. */
function helpInstead(program: Command): number {
  process.stderr.write(program.helpInformation());
  return exitCodes.usage;
}

/** What is said of an end that a signal asked for, whatever it broke off with. */
const interrupted = {
  name: 'AbortError',
  message: 'Interrupted: nothing was left behind',
  hint: null,
  path: null,
  offset: null,
  code: 'ABORT_ERR',
} as const;

function report(found: Report, error: unknown, program: Command, interrupt: Interrupt): number {
  const { json, verbose, color } = globalOptions(program.opts());
  const asked = interrupt.exitCode();
  const said: Report = asked === null ? found : { ...interrupted, exitCode: asked };
  if (json) {
    process.stderr.write(`${toJson({ error: said })}\n`);
  } else {
    const colors = pc.createColors(wantsColor(process.stderr, color, process.env));
    process.stderr.write(`${colors.red('posix-par:')} ${errorLine(said)}\n`);
  }
  if (verbose && error instanceof Error) process.stderr.write(`${stackOf(error)}\n`);
  return said.exitCode;
}

function stackOf(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
