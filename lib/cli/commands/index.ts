/**
 * `posix-par index PATH`: saves the chunk indexes of a file beside it.
 * @module
 */
import { saveIndex } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { givenPath } from '../context.js';
import { checkOutput } from '../output/files.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable, table } from '../output/table.js';

export const index: CommandDefinition = {
  name: 'index',
  summary: 'save the chunk indexes of an HDF5 or NetCDF-4 file beside it, so that later opens need not walk them',
  examples: [
    ['index run.h5', 'writes run.h5.ppidx, which every later read of run.h5 finds'],
    ['index run.h5 -o /scratch/run.ppidx', "elsewhere; name it in openArray's option savedIndex"],
  ],
  define(command, frame) {
    command
      .argument('<path>', 'an HDF5 or NetCDF-4 file', givenPath)
      .option('-o, --output <file>', 'the file to write; default: the path with .ppidx behind it')
      .action(async (path, { output }) => {
        const context = frame.context();
        const { signal, out } = context;
        if (output !== undefined) await checkOutput('-o', output, [path]);
        const saved = await saveIndex(path, { signal, ...(output === undefined ? {} : { output }) });
        if (context.json) return out.json(saved);
        const { bold, dim } = out.colors;
        out.line(`${bold(printable(saved.path))}  ${formatBytes(saved.bytes)}`);
        if (saved.arrays.length === 0) out.line(dim('  no dataset has an index that would have to be walked'));
        out.lines(
          table(
            saved.arrays.map(({ name, chunks }) => [dim(`  /${printable(name)}`), `${formatCount(chunks)} chunks`]),
          ),
        );
      });
  },
};
