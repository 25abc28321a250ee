/**
 * Kills commands while they write a file: `posix-par read -o` and `posix-par index`. Afterwards, the target must have
 * either its old content or the complete new content. The next command that writes the target must remove the temporary
 * file of the killed command.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonMissing } from '../../support/python.js';
import { hdf5Seeds } from '../../support/seeds/hdf5.js';
import type { Campaign } from '../campaign.js';
import { writeSamples } from '../sample.js';
import { SeedFolder } from '../seed-files.js';
import { type Blow, runProcess } from '../spawn.js';

/**
 * Latest time at which a command is killed, in milliseconds. Unless the machine is busy, the command has ended by then.
 */
const latestMs = 1200;
const command = fileURLToPath(new URL('command.js', import.meta.url));
const extensions = ['npy', 'csv', 'json', 'bin'] as const;

/** A command that writes a file, and the complete content of that file. */
interface Writer {
  readonly args: readonly string[];
  readonly extension: string;
  readonly content: Buffer;
}

function run(args: readonly string[], target: string, blow?: Blow): ReturnType<typeof runProcess> {
  return runProcess([process.execPath, command, ...args, '-o', target], blow === undefined ? {} : { blow });
}

/** Runs a command once to its end, to get the complete content of its file. */
async function writerOf(args: readonly string[], extension: string, folder: string): Promise<Writer> {
  const target = join(folder, `whole.${extension}`);
  const { code, signal, output } = await run(args, target);
  if (code !== 0) throw new Error(`${args.join(' ')}: code ${code}, signal ${signal}\n${output}`);
  const content = fs.readFileSync(target);
  fs.rmSync(target);
  return { args, extension, content };
}

export const commandsCampaign: Campaign = {
  name: 'commands',
  what: '`posix-par read -o` and `posix-par index`, killed at random moments',
  weight: 1,
  quickCases: 12,
  batchCases: 60,
  caseCpuMs: 5000,
  missing: () => null,
  async prepare({ folder }) {
    const writers: Writer[] = [];
    for (const { name, path } of writeSamples(folder)) {
      if (name !== 'npy' && name !== 'zarr') continue;
      for (const extension of extensions) writers.push(await writerOf(['read', path], extension, folder));
    }
    const seeds = join(folder, 'seeds');
    fs.mkdirSync(seeds);
    const seed = pythonMissing === null ? hdf5Seeds(seeds)[0] : undefined;
    if (seed !== undefined) {
      const hdf5 = new SeedFolder(seed, join(folder, 'hdf5'));
      writers.push(await writerOf(['index', hdf5.path], 'ppidx', folder));
    }
    const outputs = join(folder, 'outputs');
    fs.mkdirSync(outputs);
    return async ({ index, random, report, note }) => {
      const { args, extension, content } = random.pick(writers);
      const target = join(outputs, `${index}.${extension}`);
      const before = random.below(2) === 0 ? null : Buffer.from('what was there');
      if (before !== null) fs.writeFileSync(target, before);
      const blow: Blow = { signal: random.pick(['SIGKILL', 'SIGTERM', 'SIGINT']), afterMs: random.below(latestMs) };
      note(`${args.join(' ')} ${JSON.stringify(blow)}`);
      const killed = await run(args, target, blow);
      if (killed.hung) report.wrong(`the command does not end\n${killed.output}`);
      if (!isEither(target, before, content))
        report.wrong(`the target is neither whole nor as before\n${killed.output}`);
      const after = await run(args, target);
      if (after.code !== 0 || !isEither(target, content, content))
        report.wrong(`the next command fails: code ${after.code}, signal ${after.signal}\n${after.output}`);
      const left = fs.readdirSync(outputs).filter((name) => name !== `${index}.${extension}`);
      if (left.length > 0) report.wrong(`files are left: ${left.join(', ')}`);
      for (const name of fs.readdirSync(outputs)) fs.rmSync(join(outputs, name));
      if (killed.code === 0) report.read();
      else report.refused();
    };
  },
};

/** Returns true if the content of the file is `one` or `other`; null means that the file does not exist. */
function isEither(path: string, one: Buffer | null, other: Buffer | null): boolean {
  const found = fs.existsSync(path) ? fs.readFileSync(path) : null;
  return [one, other].some((expected) =>
    expected === null || found === null ? expected === found : expected.equals(found),
  );
}
