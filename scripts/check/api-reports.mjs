// Compares the public surface of each entry of the package with its report in etc/; `--local` writes the reports.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(import.meta.url);
const extractor = join(dirname(require.resolve('@microsoft/api-extractor/package.json')), 'bin', 'api-extractor');
const configurations = readdirSync(join(root, 'etc/api-extractor')).filter((name) => name.endsWith('.json'));
let failed = false;
for (const configuration of configurations) {
  const args = [extractor, 'run', '-c', join('etc/api-extractor', configuration), ...process.argv.slice(2)];
  failed = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0 || failed;
}
process.exitCode = failed ? 1 : 0;
