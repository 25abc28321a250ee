/**
 * The command-line program: global options, help and error reports.
 * @module
 */

import { Command, CommanderError } from '@commander-js/extra-typings';
import pc from 'picocolors';
import { cachePolicies, consistencyKinds, engineNames } from '../index.js';
import type { CommandDefinition, FlagNames } from './command.js';
import { Context, type GlobalOptions, parseInteger } from './context.js';
import { exitCodes, UsageError } from './exit-codes.js';
import { type Interrupt, watchInterrupt } from './interrupt.js';
import { choiceOption, readOptionNames } from './option-values.js';
import { describeError, errorLine, type Report } from './output/errors.js';
import { toJson, toPrettyJson } from './output/json.js';
import { oneLine } from './output/one-line.js';
import { wantsColor } from './output/terminal.js';

/** Formats the examples at the end of a help text. */
function exampleText(examples: CommandDefinition['examples']): string {
  if (examples.length === 0) return '';
  const width = Math.max(...examples.map(([line]) => line.length));
  const rows = examples.map(([line, what]) => `  posix-par ${line.padEnd(width)}   ${what}`);
  return ['', 'Examples:', ...rows, ''].join('\n');
}

const exitText = `
Exit codes: 0 success, 1 failure, 2 invalid command line or selection, 3 system error, 4 damaged data,
5 not supported, 129 terminal closed (SIGHUP), 130 interrupted (SIGINT), 143 terminated (SIGTERM).`;

/**
 * Builds the program with all commands. Parsing a command line calls `onRun` with the definition of the command, and
 * then runs the command.
 */
export function buildProgram(
  version: string,
  commands: readonly CommandDefinition[],
  interrupt: Interrupt = watchInterrupt(),
  onRun: (definition: CommandDefinition) => void = () => {},
): Command {
  const program = new Command('posix-par');
  program
    .description('Read slices of large multidimensional arrays in parallel.')
    .version(version, '-V, --version', 'show the version')
    .option('--json', 'print one JSON value, for programs')
    .option('--threads <n>', 'maximum number of threads of a read', parseInteger('--threads'))
    .addOption(choiceOption('--engine <name>', 'engine that reads the bytes (see `posix-par doctor`)', engineNames))
    .addOption(choiceOption('--cache <mode>', 'what to do with the page cache', cachePolicies))
    .addOption(choiceOption('--consistency <mode>', 'how to detect that files change during a read', consistencyKinds))
    .option('--verbose', 'show the stack trace of an error')
    .option('--no-color', 'disable colours (or set NO_COLOR)')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeErr: () => {} }); // Errors are reported in one line by `report`.
  for (const definition of commands) {
    const command = new Command(definition.name).summary(definition.summary).description(definition.summary);
    command.copyInheritedSettings(program).helpOption('-h, --help', 'show this help');
    if (definition.opensArrays !== true) refuseReadOptions(command, program);
    definition.define(command, { context: () => new Context(globalOptions(program.opts()), interrupt) });
    command.hook('preAction', () => onRun(definition));
    command.addHelpText('after', () => exampleText(definition.examples));
    program.addCommand(command);
  }
  const overview = commands.flatMap(({ examples }) => examples.slice(0, 1));
  program.addHelpText('after', () => exampleText(overview) + exitText);
  return program;
}

const isReadOption = ({ long }: { readonly long?: string | undefined }): boolean =>
  readOptionNames.includes(long ?? '');

/** Hides the options of reads in the help of a command that does not open arrays, and refuses them. */
function refuseReadOptions(command: Command, program: Command): void {
  const visible = program.options.filter((option) => !option.hidden && !isReadOption(option));
  command.configureHelp({ ...program.configureHelp(), visibleGlobalOptions: () => visible });
  command.hook('preAction', () => {
    const given = program.options.find((option) => {
      return isReadOption(option) && program.getOptionValueSource(option.attributeName()) !== undefined;
    });
    if (given !== undefined) throw new UsageError(`${given.long} has no effect on \`posix-par ${command.name()}\``);
  });
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

/** Puts a space before selections that start with a minus sign, so that they are not parsed as options. */
export function protectSelections(args: readonly string[]): string[] {
  return args.map((arg) => (/^-\d/.test(arg) ? ` ${arg}` : arg));
}

/** Returns the arguments that are neither global options nor their values. */
function operandsOf(args: readonly string[], program: Command): readonly string[] {
  const withValue = new Set(program.options.filter(({ required }) => required).map(({ long }) => long));
  return args.filter((arg, i) => !arg.startsWith('-') && !withValue.has(args[i - 1]));
}

/**
 * Removes requests for help if the command is unknown, so that the error says so. Otherwise the program's help would
 * hide a misspelled command.
 */
function withoutUselessHelp(args: readonly string[], program: Command): readonly string[] {
  const [first, second] = operandsOf(args, program);
  const name = first === 'help' ? second : first;
  if (name === undefined || name === 'help' || program.commands.some((command) => command.name() === name)) return args;
  const rest = args.filter((arg) => arg !== '--help' && arg !== '-h');
  return first === 'help' ? rest.filter((arg) => arg !== 'help') : rest;
}

/** Formats an error of the argument parser. */
function parserMessage(error: CommanderError, program: Command, args: readonly string[]): string {
  const text = oneLine(error.message)
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace(/' (?=-\d)/g, "'");
  if (error.code !== 'commander.unknownCommand') {
    const [name = ''] = operandsOf(args, program);
    const isCommand = program.commands.some((command) => command.name() === name);
    const isArrayApart = error.code === 'commander.excessArguments' && /'(info|read|reduce|explain)'/.test(text);
    const hint = isArrayApart ? '. Name the array in the path, as FILE#/NAME' : '';
    return `${text}${hint}. Run \`posix-par ${isCommand ? `${name} ` : ''}--help\` for usage`;
  }
  return `${text}. The commands are ${program.commands.map((command) => command.name()).join(', ')}`;
}

/**
 * Runs a command line.
 * @param args arguments without the program name.
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
    await program.parseAsync(protectSelections(withoutUselessHelp(args, program)), { from: 'user' });
    return interrupt.exitCode() ?? exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok; // Help or version was requested.
      if (error.code === 'commander.help') return showHelp(program);
      return report(describeError(new UsageError(parserMessage(error, program, args))), error, program, interrupt);
    }
    return report(describeError(error, flags), error, program, interrupt);
  }
}

/** Shows the help if no command is given. */
function showHelp(program: Command): number {
  process.stderr.write(program.helpInformation());
  return exitCodes.usage;
}

/** Report for a run that a signal ended. Replaces the report of the error that the command threw. */
const interrupted = {
  name: 'AbortError',
  hint: null,
  path: null,
  offset: null,
  code: 'ABORT_ERR',
} as const;

function report(found: Report, error: unknown, program: Command, interrupt: Interrupt): number {
  const { json, verbose, color } = globalOptions(program.opts());
  const signalCode = interrupt.exitCode();
  const shown: Report =
    signalCode === null ? found : { ...interrupted, message: `Interrupted: ${interrupt.effect}`, exitCode: signalCode };
  if (json) {
    process.stderr.write(`${toJson({ error: shown })}\n`);
  } else {
    const colors = pc.createColors(wantsColor(process.stderr, color, process.env));
    process.stderr.write(`${colors.red('posix-par:')} ${errorLine(shown)}\n`);
  }
  if (verbose && error instanceof Error) process.stderr.write(`${formatStack(error)}\n`);
  return shown.exitCode;
}

function formatStack(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${formatStack(error.cause)}` : own;
}
