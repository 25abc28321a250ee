/**
 * Defines the layers of the project, and finds violations of them. Works on source texts, so that it can be tested with
 * invalid sources.
 * @module
 */
import { dirname, join } from 'node:path/posix';

/** Source texts by repository path. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Rank of each directory (or file) below lib/ and native/. A module may import modules of lower ranks and of its own
 * directory.
 */
export const ranks: Readonly<Record<string, number>> = {
  'lib/cli': 8,
  'lib/serve': 7,
  'lib/bench': 6,
  'lib/adapters': 6,
  'lib/index.ts': 5,
  'lib/api': 4,
  'lib/formats': 3,
  'lib/storage': 3,
  'lib/exec': 2,
  'lib/io': 2,
  'lib/plan': 1,
  'lib/codecs': 1,
  'lib/native': 1,
  'lib/files': 1,
  'lib/show': 1,
  'lib/core': 0,
  'native/napi': 4,
  'native/exec': 3,
  'native/engines': 2,
  'native/probe': 2,
  'native/codecs': 2,
  'native/kernels': 1,
  'native/pool': 1,
  'native/sys': 1,
  'native/base': 0,
};

/**
 * The only permitted imports within a rank. The thread pool uses wrappers of system calls (madvise, clocks) in
 * native/sys.
 */
const acrossAllowed = new Set(['native/pool -> native/sys']);

/** Entry points of the package. */
const entries = new Set([
  'lib/index.ts',
  'lib/storage/index.ts',
  'lib/bench/index.ts',
  'lib/serve/index.ts',
  'lib/adapters/index.ts',
]);

/** Directories that lib/formats may import. Formats only parse; other layers read and decode. */
const formatsMayImport = new Set(['lib/formats', 'lib/core', 'lib/io', 'lib/plan', 'lib/codecs']);

/**
 * Names of system calls that only native/sys may make. Other functions do not have these names, except as members of
 * objects, so they are found with and without `::`.
 */
const unambiguousCalls =
  'pread|preadv2?|pwrite|pwritev2?|openat2?|fstat|lstat|fstatat|statx|statfs|fstatfs|lseek|readahead|syscall|mmap|' +
  'munmap|madvise|mincore|posix_fadvise|io_uring_[a-z_]+|close|dup[23]?|fcntl|ioctl|ppoll|pipe2|eventfd|readlink|' +
  'readlinkat|getdents64|faccessat|realpath|getxattr|fdopendir|opendir|readdir|closedir|fsync|fdatasync|ftruncate|' +
  'fallocate|copy_file_range|renameat2?|renameatx_np|linkat|unlinkat|mkdirat|' +
  'clock_gettime|nanosleep|getcwd|geteuid|getrlimit|getrusage|sched_getaffinity|sched_getcpu|sysconf|sigaction|' +
  'sigwaitinfo|pthread_kill';
/** Names of system calls that are also names of methods and ordinary functions, so they are found only with `::`. */
const ambiguousCalls = 'open|stat|read|write|poll|pipe|access|truncate|raise';

/** Finds system calls. Ignores members such as `a.close()`, `a->close()` and `A::close()`. */
export const systemCall = new RegExp(
  `(?<![\\w>])::(?:${unambiguousCalls}|${ambiguousCalls})\\s*\\(|(?<![\\w.:>~])(?:${unambiguousCalls})\\s*\\(`,
  'g',
);

/** Platform macros and Linux headers, which only native/sys may use. */
const platformQuestions = /\b(__linux__|__APPLE__|__MACH__|_WIN32|POSIXPAR_LINUX)\b/g;
const linuxHeaders =
  /^(linux\/.*|sys\/(syscall|statfs|vfs|xattr|sysmacros|epoll|eventfd|prctl)\.h|sched\.h|liburing.*)$/;

/** Removes comments, but keeps line breaks and string literals. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (found, literal: string | undefined) => literal ?? found.replace(/[^\n]/g, ' '),
  );
}

/** Removes the contents of string literals. */
function withoutStrings(text: string): string {
  return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "''");
}

/**
 * Returns the modules that a TypeScript source imports or re-exports, statically or dynamically, for values or types.
 */
export function importsOf(text: string): string[] {
  const code = withoutComments(text).replace(/`(?:\\.|[^`\\])*`/g, '``');
  const pattern = /(?<![.\w])(?:from\s*|(?:import|require)\s*\(?\s*)(?:'([^'\n]+)'|"([^"\n]+)")/g;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}

/** Returns the includes of a C++ source. `kind` is the kind of the brackets around the path. */
export function includesOf(text: string): { path: string; kind: 'quote' | 'angle' }[] {
  // Does not look for string literals, unlike withoutComments(), because an apostrophe in C++ may separate digits.
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<!["<][^">\n]*)\/\/[^\n]*/g, '');
  return [...code.matchAll(/^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)/gm)].map((match) =>
    match[1] === undefined ? { path: match[2] ?? '', kind: 'angle' } : { path: match[1], kind: 'quote' },
  );
}

/** Returns the layer of a repository path; undefined if it has none. */
export function layerOf(path: string): string | undefined {
  const [top, next] = path.split('/');
  const name = `${top}/${next}`;
  return name in ranks ? name : undefined;
}

function arrow(from: string, to: string): string[] {
  const [source, target] = [layerOf(from), layerOf(to)];
  if (source === undefined) return [`${from} lies in no layer`];
  if (target === undefined) return [`${from} reaches ${to}, which lies in no layer`];
  if (source === target) return [];
  const [high, low] = [ranks[source] ?? 0, ranks[target] ?? 0];
  if (high <= low && !acrossAllowed.has(`${source} -> ${target}`))
    return [`${from} (${source}, rank ${high}) reaches up or across to ${to} (${target}, rank ${low})`];
  if (source === 'lib/formats' && !formatsMayImport.has(target)) return [`${from} reaches ${to}: formats only parse`];
  // Both the library and the command write files with lib/files, and show data with lib/show. These are not entry
  // points of the package.
  if (source === 'lib/cli' && !entries.has(to) && target !== 'lib/files' && target !== 'lib/show')
    return [`${from} reaches ${to}: the command uses the entries of the package alone`];
  return [];
}

/** Packages that `scripts/build/cli.mjs` bundles into the command. test/cli/bundle.test.ts checks the bundle. */
export const bundledIntoCommand: ReadonlySet<string> = new Set([
  '@commander-js/extra-typings',
  'cli-progress',
  'd3-scale-chromatic',
  'picocolors',
  'pngjs',
  'string-width',
]);

/** Packages that `scripts/build/library.mjs` bundles into the library. */
export const bundledIntoLibrary: ReadonlySet<string> = new Set(['d3-scale-chromatic']);

function violationsOfTypeScript(path: string, text: string): string[] {
  const found: string[] = [];
  for (const name of importsOf(text)) {
    if (name.startsWith('.')) {
      found.push(...arrow(path, join(dirname(path), name).replace(/\.js$/, '.ts')));
    } else if (path.startsWith('lib/cli/') && bundledIntoCommand.has(name)) {
      // The package becomes part of dist/cli when the command is bundled.
    } else if (path.startsWith('lib/show/') && bundledIntoLibrary.has(name)) {
      // The package becomes part of dist/ when the library is bundled.
    } else if (!name.startsWith('node:')) {
      found.push(`${path} imports the package ${name}; the library has no run-time dependency`);
    } else if (name !== 'node:util' && /^lib\/(formats|plan|codecs|core)\//.test(path)) {
      found.push(`${path} imports ${name}; this layer computes and leaves the machine alone`);
    }
  }
  const code = withoutStrings(withoutComments(text));
  if (path.startsWith('lib/plan/') && /\b(Buffer|Promise|async|await)\b/.test(code)) {
    found.push(`${path} uses Buffer or a promise; lib/plan is pure`);
  }
  if (!path.startsWith('lib/native/') && /\b(createRequire|dlopen)\b/.test(code)) {
    found.push(`${path} loads a module by hand; only lib/native loads the addon`);
  }
  return found;
}

function violationsOfCpp(path: string, text: string): string[] {
  const found: string[] = [];
  for (const { path: target, kind } of includesOf(text)) {
    if (kind === 'quote') {
      found.push(
        ...(target.startsWith('native/') ? arrow(path, target) : [`${path} includes "${target}", not from the root`]),
      );
    } else if (linuxHeaders.test(target) && layerOf(path) !== 'native/sys') {
      found.push(`${path} includes <${target}>; only native/sys knows the operating system`);
    } else if (/^(napi|node_api|js_native_api)/.test(target) && layerOf(path) !== 'native/napi') {
      found.push(`${path} includes <${target}>; only native/napi knows Node`);
    }
  }
  if (layerOf(path) !== 'native/sys') {
    for (const [asked] of withoutStrings(withoutComments(text)).matchAll(platformQuestions)) {
      found.push(`${path} asks for ${asked}; only native/sys knows the operating system`);
    }
    for (const match of withoutStrings(withoutComments(text)).matchAll(systemCall)) {
      found.push(`${path} calls ${match[0]}); only native/sys makes system calls`);
    }
  }
  return found;
}

/** Returns all violations of the layers in `sources`, one sentence per violation. */
export function violationsOf(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    path.endsWith('.ts') ? violationsOfTypeScript(path, text) : violationsOfCpp(path, text),
  );
}

/** Finds import cycles among the files of lib/, including type imports. Returns one list of files per cycle. */
export function cyclesOf(sources: Sources): string[][] {
  return cyclesAmong([...sources.keys()], (path) =>
    importsOf(sources.get(path) ?? '')
      .filter((name) => name.startsWith('.'))
      .map((name) => join(dirname(path), name).replace(/\.js$/, '.ts')),
  );
}

/** Finds include cycles among headers. The compiler does not report them because of `#pragma once`. */
export function headerCyclesOf(sources: Sources): string[][] {
  return cyclesAmong([...sources.keys()], (path) => quotedIncludesOf(sources.get(path) ?? ''));
}

/** Finds include cycles among units. A unit is a header and the source with the same name. */
export function unitCyclesOf(sources: Sources): string[][] {
  const unitOf = (path: string): string => path.replace(/\.(cc|h)$/, '');
  const needs = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const unit = unitOf(path);
    const others = quotedIncludesOf(text)
      .map(unitOf)
      .filter((other) => other !== unit);
    needs.set(unit, [...(needs.get(unit) ?? []), ...others]);
  }
  return cyclesAmong([...needs.keys()], (unit) => needs.get(unit) ?? []);
}

function quotedIncludesOf(text: string): string[] {
  return includesOf(text)
    .filter(({ kind }) => kind === 'quote')
    .map(({ path }) => path);
}

function cyclesAmong(nodes: readonly string[], find: (node: string) => string[]): string[][] {
  const found = new Map<string, string[]>();
  const needs = (node: string): string[] => {
    const known = found.get(node) ?? find(node);
    found.set(node, known);
    return known;
  };
  const reached = new Map<string, Set<string>>();
  for (const start of nodes) {
    const seen = new Set<string>();
    const open = [...needs(start)];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      open.push(...needs(path));
    }
    reached.set(start, seen);
  }
  const cycles = new Map<string, string[]>();
  for (const [path, seen] of reached) {
    const cycle = [...seen].filter((other) => reached.get(other)?.has(path) === true).sort();
    if (cycle.length > 0) cycles.set(cycle.join(' '), cycle);
  }
  return [...cycles.values()];
}

/** Lists the sources with more than `limit` lines, with their lengths. */
export function longerThan(sources: Sources, limit: number): string[] {
  return [...sources]
    .map(([path, text]) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}
