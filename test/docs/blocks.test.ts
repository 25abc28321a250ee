/**
 * Tests every code block of the documentation, except docs/contributing, whose steps other tests follow. TypeScript is
 * compiled and run, and must print the output in `// →` comments. Python blocks show other libraries, and must print
 * the output in `# →` comments. Shell blocks run the posix-par command lines. JSON blocks are parsed. Two marks change
 * this: `ts check` only compiles (the block needs a program or file that is not available), and `sh manual` skips
 * blocks that install or measure something.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../lib/cli/exit-codes.js';
import { commandEnvironment } from '../support/command.js';
import { addonPath, compiledCommand } from '../support/compiled.js';
import { type CodeBlock, codeBlocks, expectedOutput } from '../support/markdown.js';
import { pythonInterpreter, pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

const root = join(import.meta.dirname, '../..');
const sandbox = new TemporaryDirectory();

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !/node_modules|\.vitepress|^(api|measured|contributing)\//.test(name))
    .sort()
    .map((name) => `docs/${name}`),
];
const all = pages.flatMap((page) =>
  codeBlocks(readFileSync(join(root, page), 'utf8')).map((block) => ({ page, block })),
);
const scripts = all.filter(({ block }) => block.language === 'ts');

/** Names that blocks of the format pages use without an import. */
const customary = ['openArray', 'openGroup', 'readSubset', 'saveIndex', 'slice'];

/** Converts a block to a module. */
function moduleOf({ code }: CodeBlock): string {
  if (/from 'posix-par'|^import /m.test(code)) return code;
  const used = customary.filter((name) => new RegExp(`\\b${name}\\(`).test(code));
  return `import { ${used.join(', ')} } from 'posix-par';\n${code}\nexport {};`;
}

const nameOf = (page: string, block: CodeBlock) => `${page.replace(/\W+/g, '-')}-${block.line}`;

beforeAll(() => {
  if (pythonMissing !== null) return;
  runPython('test/docs/sandbox.py', sandbox.path);
  const packageFolder = dirname(dirname(dirname(compiledCommand())));
  mkdirSync(sandbox.at('node_modules'));
  symlinkSync(packageFolder, sandbox.at('node_modules/posix-par'));
  for (const name of ['ndarray', 'apache-arrow', 'onnxruntime-common', '@tensorflow'])
    symlinkSync(join(root, 'node_modules', name), sandbox.at(`node_modules/${name}`));
  mkdirSync(sandbox.at('bin'));
  sandbox.write('bin/posix-par', `#!/bin/sh\nexec "${process.execPath}" "${compiledCommand()}" "$@"\n`);
  chmodSync(sandbox.at('bin/posix-par'), 0o755);
});

test('every block has a tested language, or none because it is output', () => {
  const other = all.filter(({ block }) => !['ts', 'py', 'sh', 'json', ''].includes(block.language));
  expect(other).toEqual([]);
  const marks = all.filter(({ block }) => block.mark !== '').map(({ block }) => `${block.language} ${block.mark}`);
  expect([...new Set(marks)].sort()).toEqual(['sh manual', 'ts check']);
  expect(scripts.filter(({ block }) => block.mark === '').length).toBeGreaterThan(30);
});

test('TypeScript blocks compile', () => {
  // The folder is inside the repository, so that TypeScript finds @types/node and zarrita. Packages that are not
  // installed are declared.
  const folder = join(root, '.cache', 'docs-blocks');
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder)) writeFileSync(join(folder, old), '');
  for (const { page, block } of scripts)
    writeFileSync(join(folder, `${nameOf(page, block)}.mts`), `${moduleOf(block)}\nexport {};\n`);
  const foreign = ['electron', 'h5wasm/node', 'netcdf4', 'sharp'].map((name) => `declare module '${name}';`).join('\n');
  writeFileSync(join(folder, 'foreign.d.ts'), foreign);
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: root,
      paths: {
        'posix-par': [join(root, 'lib/index.ts')],
        'posix-par/storage': [join(root, 'lib/storage/index.ts')],
        'posix-par/bench': [join(root, 'lib/bench/index.ts')],
        'posix-par/serve': [join(root, 'lib/serve/index.ts')],
        'posix-par/adapters': [join(root, 'lib/adapters/index.ts')],
      },
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitAny: false,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [`${folder}/*.mts`, `${folder}/*.d.ts`],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('');
});

describe.skipIf(pythonMissing !== null)(`blocks are run${pythonMissing === null ? '' : ` (${pythonMissing})`}`, () => {
  const runnable = scripts.filter(({ block }) => block.mark === '');
  test.each([...new Set(runnable.map(({ page }) => page))])('%s', (page) => {
    const blocks = runnable.filter((each) => each.page === page).map(({ block }) => block);
    const files = blocks.map((block) => {
      const { code } = transformSync(moduleOf(block), { loader: 'ts', format: 'esm', target: 'node20' });
      return sandbox.write(`${nameOf(page, block)}.mjs`, code);
    });
    // Each page runs in its own process, and each block is a module.
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'run-blocks.mjs'), ...files],
      {
        cwd: sandbox.path,
        encoding: 'utf8',
        env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '', NO_COLOR: '1' },
      },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const printed = JSON.parse(stdout) as string[][];
    blocks.forEach((block, i) => {
      const expected = expectedOutput(block.code);
      if (expected.length > 0) expect(printed[i]?.join(', '), `line ${block.line}`).toBe(expected.join(', '));
    });
    expect(printed.length).toBe(blocks.length);
  });

  const python = all.filter(({ block }) => block.language === 'py');
  test.each(python.map(({ page, block }) => [page, block.line, block] as const))(
    '%s: Python, line %i',
    (_page, _line, block) => {
      const { stderr, stdout } = spawnSync(pythonInterpreter, ['-c', block.code], {
        cwd: sandbox.path,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      const expected = expectedOutput(block.code);
      expect(expected.length).toBeGreaterThan(0);
      expect(stdout.trim().split('\n')).toEqual(expected);
    },
  );

  const lines = all
    .filter(({ block }) => block.language === 'sh' && block.mark === '')
    .flatMap(({ page, block }) => block.code.split('\n').map((line) => [page, line] as const))
    .filter(([, line]) => line.startsWith('posix-par '));
  test.each(lines)('%s: %s', (_page, line) => {
    const environment = commandEnvironment({ PATH: `${sandbox.at('bin')}:${process.env['PATH']}` });
    const { status, stderr, stdout } = spawnSync('bash', ['-c', line], {
      cwd: sandbox.path,
      env: environment,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
  });
});

test('JSON blocks are valid JSON', () => {
  const blocks = all.filter(({ block }) => block.language === 'json');
  expect(blocks.length).toBeGreaterThan(1);
  for (const { block } of blocks) JSON.parse(block.code);
});

test('shell blocks run only scripts of this package', () => {
  const { scripts: known } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const lines = all
    .filter(({ block }) => block.language === 'sh' && block.mark === '')
    .flatMap(({ block }) => block.code.split('\n'))
    .map((line) => line.replace(/ *#.*/, ''))
    .filter((line) => line !== '' && !line.startsWith('posix-par '));
  for (const line of lines) {
    const name = /^npm (?:run )?([\w:]+)/.exec(line)?.[1] ?? line;
    expect(Object.keys(known)).toContain(name);
  }
});

test('the table of exit codes matches the command', () => {
  const page = readFileSync(join(root, 'docs/guide/command-line.md'), 'utf8');
  const section = page.slice(page.indexOf('## Exit codes'));
  const codes = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCodes));
});

test('the table of commands lists every command', async () => {
  const help = execFileSync(process.execPath, [compiledCommand(), '--help'], {
    encoding: 'utf8',
    env: commandEnvironment(),
  });
  const commands = [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
  const page = readFileSync(join(root, 'docs/guide/command-line.md'), 'utf8');
  const named = [...page.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name);
  expect(named).toEqual(expect.arrayContaining(commands.filter((name) => name !== 'help')));
});
