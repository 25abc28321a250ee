/**
 * `posix-par index PATH`: saves an index of a file, by default next to the file.
 * @module
 */
import { saveIndex } from '../../index.js';
import type { CommandDefinition } from '../command.js';
import { parsePath } from '../context.js';
import { checkOutput } from '../output/files.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { printable, table } from '../output/table.js';

export const index: CommandDefinition = {
  name: 'index',
  summary: 'save an index of an HDF5, NetCDF-4, .nii.gz or .npz file, so that later reads are faster',
  examples: [
    ['index run.h5', 'write run.h5.ppidx, which every later open of run.h5 uses'],
    ['index run.h5 -o /scratch/run.ppidx', "write another file; pass it to openArray's option savedIndex"],
  ],
  define(command, frame) {
    command
      .argument('<path>', 'an HDF5, NetCDF-4, .nii.gz or .npz file', parsePath)
      .option('-o, --output <file>', 'file to write (default: PATH with .ppidx appended)')
      .action(async (path, { output }) => {
        const context = frame.context();
        const { signal, out } = context;
        if (output !== undefined) await checkOutput('-o', output, [path]);
        const saved = await saveIndex(path, { signal, ...(output === undefined ? {} : { output }) });
        if (context.json) return out.json(saved);
        const { bold, dim } = out.colors;
        out.line(`${bold(printable(saved.path))}  ${formatBytes(saved.bytes)}`);
        if (saved.arrays.length === 0) out.line(dim('  no dataset has a chunk index that needs saving'));
        out.lines(
          table(
            saved.arrays.map(({ name, chunks }) => [dim(`  /${printable(name)}`), `${formatCount(chunks)} chunks`]),
          ),
        );
      });
  },
};
