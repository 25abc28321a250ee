/**
 * Checks the mechanical part of docs/style.md: the first words of comments, private idioms, and long lines.
 * `node scripts/check/prose.mjs [--list]` prints the shares; with `--list`, also each finding. Exits with 1 if a limit
 * is exceeded.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Highest permitted values. Shares are percentages of all comments (openers) or of comments and paragraphs (idioms).
 * Lines of code with a literal may be long, because recorded data and regular expressions cannot be split.
 */
export const limits = { openers: 3, idioms: 1, longLines: 0 };

const columns = 120;
const commentLine = /^\s*(\/\/|\/?\*+ |# )/;
const literal = /['"`/]/;
const shortest = 25;
const sourceFolders = /^(lib|native|test|benchmarks|scripts|web|examples)\//;
const slashComments = new Set(['.ts', '.mts', '.cts', '.mjs', '.js', '.h', '.cc', '.cpp']);
const notWritten = /(^|\/)(CHANGELOG|THIRD_PARTY)\.md$|^etc\//;

/** Comments without prose: instructions to tools, and the marks that clang-format puts at the end of a namespace. */
const notProse = /^(clang-format|biome-ignore|NOLINT|namespace( [\w:]+)?$)/;

/**
 * Matches comments that begin with a question word, a preposition or a similar word ('whether', 'of', 'by') instead of
 * a noun or a verb. Does not match 'for example', 'for instance' and 'for now'.
 */
const opener =
  /^(what|whether|of|where|how|which|who|why|as|by|for|with|from|to|in|on|that|those)\b(?! (example|instance|now)\b)/i;

/** Private idioms and the standard terms to use instead (docs/style.md). */
export const idioms = [
  [/\bunder way\b/i, 'in flight, running'],
  [/\bbeside\b/i, 'next to, in addition to'],
  [/\bmeanwhile\b/i, 'concurrently, in the meantime'],
  [/\bnobody\b/i, 'no thread, no caller'],
  [/\banew\b/i, 'again'],
  [/\bstands? (in|on|at|behind|beside|for itself|under)\b/i, 'is in'],
  [/\bto be had\b/i, 'available'],
  [/\b(one|once|two|three|line|task|thread|key) an? (file|chunk|call|thread|line|task|read|device|group)\b/i, 'per'],
  [/\bby (itself|themselves)\b/i, 'on its own'],
  [/\b(in (its|their) turn|for itself|worth ?while|so many|none is)\b/i, 'a plain verb'],
  [/\bleaves? nothing\b/i, 'drops behind'],
  [/\b(goes?|reads?) past\b/i, 'bypasses'],
  [/\b(that|those) of (the|an?)\b/i, 'the name of the thing'],
  [/\b(is|are|was|were) to (be|stay|leave|have|come|bring)\b/i, 'must'],
  [/\bwhere (it|they|there|nothing|that) (is|are|was|were|can|has|have)\b/i, 'if'],
  [/\b(an|the|its|no|whose) account\b/i, 'statistics, counters'],
];

/** Joins the lines of one comment, without the comment marks. */
function plainText(lines) {
  return lines
    .map((line) => line.replace(/^\s*(\/\*+|\*+\/|\*|\/{2,}<?|#+)\s?/, '').replace(/\*\/\s*$/, ''))
    .join(' ')
    .replace(/\\file\b/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Returns the comments of a source text as `{line, text}`. */
export function commentsOf(text, extension) {
  const isSlash = slashComments.has(extension);
  const whole = isSlash ? /^\s*\/\// : /^\s*#(?!!)/;
  const comments = [];
  let open = null;
  let isBlock = false;
  const close = () => {
    if (open !== null) comments.push({ line: open.line, text: plainText(open.lines) });
    open = null;
    isBlock = false;
  };
  text.split('\n').forEach((line, i) => {
    if (isBlock) {
      open.lines.push(line);
      if (line.includes('*/')) close();
    } else if (isSlash && /^\s*\/\*/.test(line)) {
      close();
      open = { line: i + 1, lines: [line] };
      isBlock = true;
      if (line.includes('*/')) close();
    } else if (whole.test(line)) {
      open ??= { line: i + 1, lines: [] };
      open.lines.push(line);
    } else {
      close();
      const trailing = isSlash ? /[\s;,{})]\s+\/\/+<? (.*)$/.exec(line) : null;
      if (trailing !== null) comments.push({ line: i + 1, text: trailing[1].trim() });
    }
  });
  close();
  return comments.filter(({ text: words }) => words.length >= shortest && !notProse.test(words));
}

/** Returns the paragraphs of a Markdown text as `{line, text}`, without code, tables and headings. */
export function paragraphsOf(text) {
  let isCode = false;
  return text.split('\n').flatMap((line, i) => {
    if (line.startsWith('```')) isCode = !isCode;
    return isCode || line.length <= 40 || /^(```|\||#| {4}|<)/.test(line) ? [] : [{ line: i + 1, text: line }];
  });
}

/** Counts the findings in `files`, a list of `[path, text]`. */
export function measure(files) {
  const result = { comments: 0, paragraphs: 0, openers: [], idioms: [], longLines: [] };
  for (const [path, text] of files) {
    const isPage = path.endsWith('.md');
    const found = isPage ? paragraphsOf(text) : commentsOf(text, extname(path));
    result[isPage ? 'paragraphs' : 'comments'] += found.length;
    for (const { line, text: words } of found) {
      const finding = `${path}:${line}: ${words.slice(0, 100)}`;
      if (!isPage && opener.test(words)) result.openers.push(finding);
      for (const [pattern, term] of idioms) {
        const match = pattern.exec(words);
        if (match !== null) result.idioms.push(`${path}:${line}: "${match[0]}" (write: ${term})`);
      }
    }
    if (isPage) continue;
    text.split('\n').forEach((line, i) => {
      if (line.length > columns && (commentLine.test(line) || !literal.test(line)))
        result.longLines.push(`${path}:${i + 1}: ${line.length} columns`);
    });
  }
  return result;
}

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Returns `[path, text]` for each file of the project that contains prose. */
export function projectFiles(root = projectRoot) {
  const names = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  return names
    .filter((name) => {
      if (name.endsWith('.md')) return !notWritten.test(name);
      return sourceFolders.test(name) && (slashComments.has(extname(name)) || extname(name) === '.py');
    })
    .filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile())
    .map((name) => [name, readFileSync(join(root, name), 'utf8')]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = measure(projectFiles());
  const values = {
    openers: (100 * found.openers.length) / found.comments,
    idioms: (100 * found.idioms.length) / (found.comments + found.paragraphs),
    longLines: found.longLines.length,
  };
  for (const [name, limit] of Object.entries(limits)) {
    const isOver = values[name] > limit;
    if (isOver) process.exitCode = 1;
    if (process.argv.includes('--list') || isOver)
      for (const finding of found[name].slice(0, 2000)) console.log(`  ${finding}`);
    console.log(
      `${name}: ${found[name].length} (${values[name].toFixed(1)}, limit ${limit})${isOver ? ': too many' : ''}`,
    );
  }
  console.log(`${found.comments} comments, ${found.paragraphs} paragraphs. The rules: docs/style.md`);
}
