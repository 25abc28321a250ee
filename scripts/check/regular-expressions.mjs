// Fails if a regular expression in lib/ takes more than linear time on some text. Such a text may come from a file, a
// terminal or the kernel, and would block the JavaScript thread.
// Usage: node scripts/check/regular-expressions.mjs [folder]
//
// Finds every literal, `new RegExp` and `RegExp()` with the parser of vite, and checks each with recheck
// (https://makenowjust-labs.github.io/recheck/).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

// Selects recheck's JavaScript version, whose results do not depend on other installed software.
process.env.RECHECK_BACKEND = 'pure';
const { checkSync } = await import('recheck');

/** Time limit of recheck per expression in milliseconds. An expression that recheck cannot judge in this time fails. */
const timeout = 60_000;

/** Placeholder for names in expressions that are built at run time, as in `new RegExp(`^${name} +`)`. */
const placeholder = 'name';

/**
 * Yields all regular expressions of a program with pattern, flags and offset. The pattern is null if it is known only
 * at run time.
 */
export function* regularExpressions(source, name) {
  const { program, errors } = parseSync(name, source);
  if (errors.length > 0) throw new Error(`${name}: ${errors[0].message}`);
  for (const node of nodesOf(program)) {
    if (node.type === 'Literal' && node.regex !== undefined) {
      yield { pattern: node.regex.pattern, flags: node.regex.flags, offset: node.start };
    }
    const isMade = (node.type === 'NewExpression' || node.type === 'CallExpression') && node.callee.name === 'RegExp';
    if (isMade) {
      const [pattern, flags] = node.arguments;
      yield { pattern: textOf(pattern), flags: flags === undefined ? '' : textOf(flags), offset: node.start };
    }
  }
}

function* nodesOf(node) {
  if (Array.isArray(node)) {
    for (const item of node) yield* nodesOf(item);
  } else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') yield node;
    for (const value of Object.values(node)) yield* nodesOf(value);
  }
}

/**
 * Returns the text of a string or regular expression, or of a template whose expressions are replaced by a placeholder;
 * null for anything else.
 */
function textOf(node) {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : (node.regex?.pattern ?? null);
  if (node?.type !== 'TemplateLiteral') return null;
  return node.quasis.map(({ value }) => value.cooked).join(placeholder);
}

/** Returns the reason why an expression fails, or null. */
export function complaintAbout({ pattern, flags }) {
  if (pattern === null || flags === null) return 'is known only at run time';
  const found = checkSync(pattern, flags, { timeout });
  if (found.status === 'safe') return null;
  if (found.status === 'unknown') return `cannot be judged: ${found.error.kind}`;
  return `takes ${found.complexity.summary} time on ${JSON.stringify(found.attack.pattern)}`;
}

function main(folder) {
  let count = 0;
  const complaints = [];
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )) {
    const path = join(folder, file);
    const source = readFileSync(path, 'utf8');
    for (const expression of regularExpressions(source, path)) {
      count += 1;
      const complaint = complaintAbout(expression);
      if (complaint === null) continue;
      const line = source.slice(0, expression.offset).split('\n').length;
      complaints.push(`${path}:${line}: /${expression.pattern}/${expression.flags} ${complaint}`);
    }
  }
  for (const complaint of complaints) console.error(complaint);
  console.log(`${count} regular expressions, ${complaints.length} of them not linear`);
  if (count === 0 || complaints.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2] ?? join(dirname(dirname(import.meta.dirname)), 'lib'));
}
