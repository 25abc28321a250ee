/**
 * `posix-par completion SHELL`: prints a shell's completion script, generated from the declarations of the commands.
 * @module
 */
import { type Command as AnyCommand, Argument, Option } from '@commander-js/extra-typings';
import type { CommandDefinition } from '../command.js';
import { completeNames } from '../complete-names.js';
import { bashScript, type CompletionProgram, fishScript, zshScript } from '../completion.js';

const shells = ['bash', 'zsh', 'fish'] as const;
const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** Extracts the properties of a command's options that the scripts need. */
function describe(
  command: AnyCommand,
  which: 'visibleOptions' | 'visibleGlobalOptions' = 'visibleOptions',
): CompletionProgram['global'] {
  const help = Object.assign(command.createHelp(), command.configureHelp());
  return help[which](command).map((option) => ({
    long: option.long ?? '',
    short: option.short ?? '',
    text: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  }));
}

export const completion: CommandDefinition = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  examples: [
    ['completion bash > ~/.local/share/bash-completion/completions/posix-par', 'install for bash'],
    ['completion zsh > ~/.zfunc/_posix-par', 'install for zsh'],
    ['completion fish > ~/.config/fish/completions/posix-par.fish', 'install for fish'],
  ],
  define(command, frame) {
    // The scripts use --names to complete the names in file#/name.
    const names = new Option('--names <text>', 'print the words that complete file#/name').hideHelp();
    const shellArgument = new Argument('<shell>', 'shell').choices(shells);
    command
      .addArgument(shellArgument)
      .addOption(names)
      .action(async (shell, flags) => {
        if (flags.names !== undefined) {
          const { out, signal } = frame.context();
          return out.lines(await completeNames(flags.names, signal));
        }
        const program = command.parent as AnyCommand | null;
        if (program === null) throw new Error('The command has no program');
        const described: CompletionProgram = {
          global: describe(program),
          commands: program.commands.map((each) => ({
            name: each.name(),
            text: each.summary(),
            options: describe(each as AnyCommand),
            globals: describe(each as AnyCommand, 'visibleGlobalOptions'),
            words: each.registeredArguments[0]?.argChoices ?? null,
          })),
        };
        const { out, json } = frame.context();
        const script = scripts[shell](described);
        if (json) out.json({ shell, script });
        else out.line(script);
      });
  },
};
