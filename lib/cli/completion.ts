/**
 * Generates completion scripts for bash, zsh and fish.
 * @module
 */

/** The properties of an option that completion needs. */
export interface CompletionOption {
  readonly long: string;
  readonly short: string;
  readonly text: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The properties of a command that completion needs. */
export interface CompletionCommand {
  readonly name: string;
  readonly text: string;
  readonly options: readonly CompletionOption[];
  /** Global options of the program that are valid for this command. */
  readonly globals: readonly CompletionOption[];
  /** Possible values of the first argument; null if it is a path. */
  readonly words: readonly string[] | null;
}

/** The properties of the program that completion needs. */
export interface CompletionProgram {
  readonly global: readonly CompletionOption[];
  readonly commands: readonly CompletionCommand[];
}

const flags = (option: CompletionOption): string[] => [option.short, option.long].filter((flag) => flag !== '');

/** Generates a bash script. It does not depend on the bash-completion package. */
export function bashScript({ global, commands }: CompletionProgram): string {
  const all = [...new Map([...global, ...commands.flatMap(({ options }) => options)].map((o) => [o.long, o])).values()];
  const withChoices = all.filter(({ choices }) => choices.length > 0);
  const withValue = all.filter(({ takesValue, choices }) => takesValue && choices.length === 0);
  const lines = (indent: string, rows: readonly string[]): string => rows.map((row) => indent + row).join('\n');
  const choiceCases = withChoices.map(
    (option) =>
      `${flags(option).join('|')}) COMPREPLY=($(compgen -W '${option.choices.join(' ')}' -- "$cur")); return ;;`,
  );
  const valueFlags = withValue.flatMap(flags).join('|');
  const wordsOf = ({ options, globals }: Pick<CompletionCommand, 'options' | 'globals'>): string =>
    [...options, ...globals].flatMap(flags).join(' ');
  const commandCases = commands.map((command) => `${command.name}) options='${wordsOf(command)}' ;;`);
  const argumentCases = commands
    .filter(({ words }) => words !== null)
    .map(({ name, words }) => `${name}) COMPREPLY=($(compgen -W '${words?.join(' ')}' -- "$cur")); return ;;`);
  return `# bash completion of posix-par
_posix_par() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' options='${wordsOf({ options: [], globals: global })}' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${commands.map(({ name }) => name).join('|')}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $prev in
${lines('    ', choiceCases)}
    ${valueFlags}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $command in
${lines('    ', commandCases)}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help' -- "$cur"))
    return
  fi
  case $command in
${lines('    ', argumentCases)}
  esac
  local IFS=$'\\n'
  if [[ $cur == ?*'#'* ]]; then
    COMPREPLY=($(posix-par completion bash --names "$cur" 2>/dev/null))
    [[ \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
    return 0
  fi
  COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _posix_par posix-par`;
}

const zshQuote = (text: string): string => text.replace(/'/g, "'\\''");
const zshText = (text: string): string => zshQuote(text.replace(/([[\]:\\])/g, '\\$1'));

function zshOption(option: CompletionOption): string {
  const value =
    option.choices.length > 0 ? `:value:(${option.choices.join(' ')})` : option.takesValue ? ':value:_files' : '';
  const [short, long] = [option.short, option.long];
  const names = short === '' ? `'${long}` : `'(${short} ${long})'{${short},${long}}'`;
  return `${names}[${zshText(option.text)}]${value}'`;
}

/** Generates a zsh function for `compsys`. */
export function zshScript({ global, commands }: CompletionProgram): string {
  const cases = commands.map((command) => {
    const rest =
      command.words === null ? "'*:path:_posix_par_path'" : `'1:${command.name}:(${command.words.join(' ')})'`;
    const options = [
      ...command.options,
      ...command.globals.filter(({ long }) => !command.options.some((own) => own.long === long)),
    ];
    return `      ${command.name}) _arguments ${[...options.map(zshOption), rest].join(' \\\n        ')} ;;`;
  });
  return `#compdef posix-par
# zsh completion of posix-par
_posix_par_path() {
  if [[ $PREFIX == ?*'#'* ]]; then
    local -a names
    names=(\${(f)"$(posix-par completion zsh --names "\${(Q)PREFIX}" 2>/dev/null)"})
    compadd -S '' -- $names
  else
    _files
  fi
}
_posix_par() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(
${commands.map(({ name, text }) => `    '${name}:${zshQuote(text.replace(/:/g, '\\:'))}'`).join('\n')}
    'help:show the help of a command'
  )
  _arguments -C ${global.map(zshOption).join(' \\\n    ')} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _posix_par "$@"
else
  compdef _posix_par posix-par
fi`;
}

const fishQuote = (text: string): string => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;

/** Generates `complete` commands for fish. */
export function fishScript({ global, commands }: CompletionProgram): string {
  const names = commands.map(({ name }) => name).join(' ');
  const line = (condition: string, option: CompletionOption): string => {
    const parts = ['complete -c posix-par'];
    if (condition !== '') parts.push(`-n ${fishQuote(condition)}`);
    if (option.short !== '') parts.push(`-s ${option.short.slice(1)}`);
    parts.push(`-l ${option.long.slice(2)}`);
    if (option.choices.length > 0) parts.push(`-x -a ${fishQuote(option.choices.join(' '))}`);
    else if (option.takesValue) parts.push('-r');
    return [...parts, `-d ${fishQuote(option.text)}`].join(' ');
  };
  const first = `not __fish_seen_subcommand_from ${names}`;
  return [
    '# fish completion of posix-par',
    'complete -c posix-par -n \'string match -q "?*#*" -- (commandline -ct)\' ' +
      "-a '(posix-par completion fish --names (commandline -ct) 2>/dev/null)'",
    ...global.map((option) => line('', option)),
    ...commands.map(
      ({ name, text }) => `complete -c posix-par -f -n ${fishQuote(first)} -a ${name} -d ${fishQuote(text)}`,
    ),
    ...commands.flatMap(({ name, options, words }) => {
      const here = `__fish_seen_subcommand_from ${name}`;
      const own = options.filter(({ long }) => !global.some((option) => option.long === long));
      const argument =
        words === null ? [] : [`complete -c posix-par -x -n ${fishQuote(here)} -a ${fishQuote(words.join(' '))}`];
      return [...own.map((option) => line(here, option)), ...argument];
    }),
  ].join('\n');
}
