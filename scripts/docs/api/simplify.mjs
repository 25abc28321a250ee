// Makes the pages that typedoc writes easier to read: functions start with their simple signature, accessors are a
// table, and tables lack the columns that readers do not need.

/** Splits `text` at headings of exactly `level`; returns the part before the first one, and the sections. */
function splitSections(text, level) {
  const marks = [...text.matchAll(new RegExp(`^#{${level}} (.*)$`, 'gm'))];
  if (marks.length === 0) return { head: text, sections: [] };
  const sections = marks.map((mark, i) => ({
    title: mark[1],
    body: text.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? text.length),
  }));
  return { head: text.slice(0, marks[0].index), sections };
}

/** Splits a line of a table at its columns; a pipe in a cell is escaped. */
const cells = (line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Removes columns that readers do not need, and fills empty descriptions of options with a link to their type. */
function simplifyTable(lines) {
  const head = cells(lines[0]);
  const dropped = new Set(['Modifier', 'Inherited from', 'Overrides']);
  const kept = head.flatMap((name, i) => (dropped.has(name) ? [] : [i]));
  const [type, description] = [head.indexOf('Type'), head.indexOf('Description')];
  return lines.map((line, row) => {
    const words = cells(line);
    if (row > 1 && words[description] === '-') {
      const named = /\[`[^`]+`\]\([^)]*Options\.md\)/.exec(words[type] ?? '');
      words[description] = named === null ? '' : `see ${named[0]}`;
    }
    return `| ${kept.map((i) => words[i] ?? '').join(' | ')} |`;
  });
}

function simplifyTables(text) {
  return text.replace(/(?:^\|.*\|\n?)+/gm, (table) => {
    const lines = table.trimEnd().split('\n');
    return `${simplifyTable(lines).join('\n')}\n`;
  });
}

/** Removes type parameters from a signature: they matter to TypeScript, but not to a reader. */
function withoutTypeParameters(signature) {
  return signature.replace(/^(> \*\*\w+\*\*)(?:\\<.*?\\>)?\(/, '$1(');
}

/** Returns the rows of the parameter table of a section. */
function parameterRows(body) {
  const table = /#+ Parameters\n\n\| Parameter[^\n]*\n\|[^\n]*\n((?:\|.*\n?)*)/.exec(body)?.[1] ?? '';
  const hasDescription = /\| Parameter \| Type \| Description \|/.test(body);
  return table
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, type, description] = cells(line);
      return { name, type, description: hasDescription && description !== '-' ? description : '' };
    });
}

/** Replaces headings by bold text, so that they do not appear in the outline of the page. */
const withoutHeadings = (text) => text.replace(/^#+ (.*)$/gm, '**$1**').replace(/<a id="[^"]*"><\/a> ?/g, '');

/**
 * Merges overloads into one description: the simple signature, the documented text, and all overloads on demand.
 * `level` is the level of the headings "Call Signature".
 */
function mergeOverloads(text, level) {
  const { head, sections } = splitSections(text, level);
  const overloads = sections.filter(({ title }) => title === 'Call Signature');
  if (overloads.length < 2 || overloads.length !== sections.length) return text;
  const signatureOf = ({ body }) => /^> .*$/m.exec(body)?.[0] ?? '';
  // The overload without computed types has the most optional parameters, or else the shortest signature.
  const cost = (overload) => {
    const signature = signatureOf(overload);
    return signature.length - 1000 * (signature.split('?`').length - 1);
  };
  const simple = overloads.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  const documented = overloads.find(({ body }) => /#+ (Example|Throws)/.test(body)) ?? overloads[0];
  const described = overloads
    .flatMap(({ body }) => parameterRows(body))
    .filter(({ description }) => description !== '');
  const plainName = (name) => name.replace(/[`?]/g, '');
  const rows = parameterRows(simple.body).map(({ name, type }) => {
    const found = described.find((row) => plainName(row.name) === plainName(name));
    const named = /\[`[^`]+`\]\([^)]*Options\.md\)/.exec(type);
    const shown = type.replace(/ & \[`AsStored`\]\([^)]*\)| & `object`/g, '');
    return `| ${name} | ${shown} | ${found?.description ?? (named === null ? '' : `see ${named[0]}`)} |`;
  });
  const mark = '#'.repeat(level);
  const text1 = documented.body
    .slice(documented.body.indexOf(signatureOf(documented)) + signatureOf(documented).length)
    .replace(/^#+ Type Parameters\n[\s\S]*?(?=^#+ |$(?![\s\S]))/m, '');
  const intro = `\n${(text1.split(/^#+ /m)[0] ?? '').trim()}\n\n`;
  const rest = [...text1.matchAll(/^(#+) (Throws|Example)\n([\s\S]*?)(?=^#+ |$(?![\s\S]))/gm)].map(
    ([, , title, body]) => `${mark} ${title}\n${body.replace(/\*\*\*\n*$/, '')}`,
  );
  const table =
    rows.length === 0
      ? ''
      : `${mark} Parameters\n\n| Parameter | Type | Description |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`;
  const all = overloads
    .map(({ body }) =>
      withoutHeadings(body)
        .trim()
        .replace(/\n\*\*\*$/, ''),
    )
    .join('\n\n---\n\n');
  const title = `The ${overloads.length} overloads, by which TypeScript knows the type of the result`;
  const ends = /\n\*\*\*\s*$/.test(text) ? '\n***\n\n' : '';
  return `${head}${withoutTypeParameters(signatureOf(simple))}\n${intro}${table}${rest.join('')}\n::: details ${title}\n${all}\n:::\n${ends}`;
}

/** Replaces the accessors of a class by a table. */
function tabulateAccessors(text) {
  return text.replace(/^## Accessors\n([\s\S]*?)(?=^## )/m, (_all, body) => {
    const rows = splitSections(body, 3).sections.map(({ title, body: accessor }) => {
      const type = /^> \*\*get\*\* \*\*\w+\*\*\(\): (.*)$/m.exec(accessor)?.[1] ?? '';
      const description = (/^> .*\n\n([\s\S]*?)(?=^#+ )/m.exec(accessor)?.[1] ?? '').trim().replace(/\s*\n\s*/g, ' ');
      return `| <a id="${title.toLowerCase()}"></a> \`${title}\` | ${type.replace(/(?<!\\)\|/g, '\\|')} | ${description} |`;
    });
    return `## Properties\n\n| Property | Type | Description |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`;
  });
}

const builtInErrors = new Set(['Error', 'RangeError', 'TypeError']);

/** Changes names of errors in braces, such as `@throws {FormatError}`, into links or text: TypeDoc removes types. */
export function namesOfErrorsAsText(source) {
  return source.replace(/\{((?:[A-Z]\w*)?Error)\}/g, (_all, name) =>
    builtInErrors.has(name) ? `\`${name}\`` : `{@link ${name}}`,
  );
}

/** Merges successive sections "Throws" into one list. */
export function mergeThrows(text) {
  const section = /^(#+|\*\*)( ?)Throws(?:\*\*)?\n\n((?:(?!#+ |\*\*\w|\*\*\*|> |:::|---).*\n)*)/;
  const lines = [];
  for (let rest = text; rest !== ''; ) {
    const items = [];
    let heading = '';
    for (let found = section.exec(rest); found !== null; found = section.exec(rest)) {
      heading ||= found[0].split('\n', 1)[0];
      items.push(found[3].trim().replace(/\s*\n\s*/g, ' '));
      rest = rest.slice(found[0].length);
    }
    const given = items.filter((item) => item !== '');
    if (given.length > 0) lines.push(heading, '', ...given.map((item) => `- ${item}`), '');
    if (rest === '') break;
    const end = rest.indexOf('\n');
    lines.push(end < 0 ? rest : rest.slice(0, end));
    rest = end < 0 ? '' : rest.slice(end + 1);
    if (end >= 0 && rest === '') lines.push('');
  }
  return lines.join('\n');
}

/** Simplifies one page. */
export function simplifyPage(text) {
  let page = tabulateAccessors(text);
  if (/^## Call Signature$/m.test(page)) page = mergeOverloads(page, 2);
  else {
    const { head, sections } = splitSections(page, 3);
    const merged = sections.map(({ title, body }) => `### ${title}${mergeOverloads(body, 4)}`);
    page = head + merged.join('');
  }
  return simplifyTables(mergeThrows(page));
}
