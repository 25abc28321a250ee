/**
 * `posix-par doctor`: checks which features of the library work on this machine, and why others do not.
 * @module
 */
import type { CommandDefinition } from '../command.js';
import { parsePath } from '../context.js';
import { examine } from '../doctor/examine.js';
import type { Finding } from '../doctor/finding.js';
import { printable, table } from '../output/table.js';

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'check engines, kernel features and limits',
  examples: [
    ['doctor', 'check this machine; engines are tested on a file in the temporary directory'],
    ['doctor /scratch', 'test the engines on a temporary file in /scratch'],
    ['doctor --json', 'print JSON, for a bug report'],
  ],
  define(command, frame) {
    command
      .argument('[directory]', 'directory for the temporary file on which the engines are tested', parsePath)
      .action(async (directory) => {
        const context = frame.context();
        const { out, json } = context;
        const sections = await examine(directory ?? null, context.signal);
        if (json) return out.json(sections);
        const { bold, dim, green, red, yellow } = out.colors;
        const marks = { good: green('✓'), bad: red('✗'), mixed: yellow('!'), plain: ' ' } as const;
        const row = ({ name, value, judgement, advice }: Finding): string[] => [
          `  ${marks[judgement]} ${name}`,
          printable(value) + (advice === null ? '' : dim(` — ${printable(advice)}`)),
        ];
        for (const [title, findings] of Object.entries(sections)) {
          out.line(bold(title));
          out.lines(table(findings.map(row)));
        }
      });
  },
};
