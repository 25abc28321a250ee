/**
 * `posix-par doctor`: what this machine lets the library do, and why not more.
 * @module
 */
import type { CommandDefinition } from '../command.js';
import { givenPath } from '../context.js';
import { examine } from '../doctor/examine.js';
import type { Finding } from '../doctor/finding.js';
import { printable, table } from '../output/table.js';

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'what this machine can: versions, engines and why not, kernel features, limits',
  examples: [
    ['doctor', 'this machine, engines tried on a file in the folder for temporary files'],
    ['doctor /scratch', 'engines tried on a file in /scratch, which is taken away again'],
    ['doctor --json', 'for a report of an error'],
  ],
  define(command, frame) {
    command
      .argument('[directory]', 'where the file is made that the engines are tried on', givenPath)
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
