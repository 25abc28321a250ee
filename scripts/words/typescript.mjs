/** Writes a section of words.mjs as a TypeScript module, formatted as the formatter would do it. */
import { entry, sentence, wrap } from './entries.mjs';

const width = 120;

/** Returns a doc comment. */
function comment(text, indent = '') {
  const one = `${indent}/** ${text} */`;
  if (one.length <= width) return one;
  return [
    `${indent}/**`,
    ...wrap(text, width - indent.length - 3).map((line) => `${indent} * ${line}`),
    `${indent} */`,
  ].join('\n');
}

function string(text) {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

function key(name) {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
}

/** Returns an array of strings. */
function list(head, items, tail) {
  const one = `${head}[${items.map(string).join(', ')}]${tail}`;
  return one.length <= width ? one : `${head}[\n${items.map((item) => `  ${string(item)},\n`).join('')}]${tail}`;
}

/** Returns an object with one line per entry. */
function object(name, entries, textOf) {
  const lines = entries.map((one) => {
    const documentation = one.doc === undefined ? '' : `${comment(sentence(one.doc), '  ')}\n`;
    const line = `  ${key(one.name)}: ${textOf(one)},`;
    return documentation + (line.length <= width ? line : line.replace(': ', ':\n    '));
  });
  return `export const ${name} = {\n${lines.join('\n')}\n} as const;`;
}

/** Returns the comment of a list: its `doc`, then the name and the `doc` of each entry that has a `doc`. */
function withMeanings({ doc, entries }) {
  const meanings = entries.filter((one) => one.doc).map((one) => `\`${one.name}\`: ${one.doc}`);
  return meanings.length === 0 ? doc : `${doc} ${meanings.join('; ')}.`;
}

const writers = {
  limit: ({ name, value, doc }) => [comment(doc), `export const ${name} = ${literal(value)};`],
  text: ({ name, value, doc }) => [comment(doc), `export const ${name} = '${value}';`],
  choice: (part) => choice(part),
  names: (part) => choice(part),
  number: (part) => numbered(part),
  words: (part) => [
    ...numbered(part),
    '',
    comment(`Number of entries of {@link ${part.object}}.`),
    `export const ${part.count} = ${part.entries.length};`,
  ],
  flags: ({ object: name, doc, entries }) => [comment(doc), object(name, entries, (one) => 1 << entries.indexOf(one))],
  texts: ({ object: name, doc, entries }) => [
    comment(`${doc} The position is the number on the native side.`),
    object(
      name,
      entries.map((one) => ({ name: one.name, text: one.doc })),
      (one) => string(one.text),
    ),
  ],
  stats: (part) => [
    ...writers.words(part),
    '',
    comment('How each counter merges when one call performs a second native read.'),
    object(
      'statMerges',
      part.entries.map(({ name, reads }) => ({ name, reads })),
      ({ reads }) => string(reads),
    ),
  ],
  dtypes: ({ entries }) => [
    comment('All element types, in the order of their codes.'),
    'export const dtypeTable = [',
    ...entries.map(
      ({ name, size, kind, swap = size }, code) =>
        `  { name: '${name}', size: ${size}, kind: '${kind}', code: ${code}, swapSize: ${swap} },`,
    ),
    '] as const;',
  ],
  codecs: ({ entries }) => {
    const all = entries.map(([name, id, doc]) => ({ name, id, doc }));
    return [
      comment('The number of each codec. Parameters, all numbers, are in brackets.'),
      object('codecIds', all, ({ id }) => id),
    ];
  },
};

function literal(value) {
  const exponent = Math.log2(value);
  return value > 4096 && Number.isInteger(exponent)
    ? `2 ** ${exponent}`
    : String(value).replace(/(?<=\d)000000$/, '_000_000');
}

function choice(part) {
  const { list: name, type, typeDoc, entries, traits } = part;
  const lines = [
    comment(withMeanings(part)),
    list(
      `export const ${name} = `,
      entries.map((one) => one.name),
      ' as const;',
    ),
    '',
  ];
  lines.push(comment(typeDoc ?? part.doc), `export type ${type} = (typeof ${name})[number];`);
  if (traits !== undefined) {
    lines.push(
      '',
      comment(
        `Properties of {@link ${name}}: \`direct\` is true if the engine bypasses the page cache, ` +
          '`reports` lists its names in statistics.',
      ),
    );
    lines.push(
      object(
        traits,
        entries.map(({ name: one, direct = false, reports = [] }) => ({ name: one, direct, reports })),
        ({ direct, reports }) => `{ direct: ${direct}, reports: [${reports.map(string).join(', ')}] }`,
      ),
    );
  }
  return lines;
}

function numbered({ object: name, doc, entries }) {
  return [comment(doc), object(name, entries, (one) => entries.indexOf(one))];
}

/** Returns the source of the TypeScript module for one section of words.mjs. */
export function typescriptFile({ doc, parts }) {
  const notice = 'Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.';
  const head = `/**\n * ${doc}\n * ${notice}\n * @module\n */\n`;
  const blocks = parts.map((part) => {
    const entries = part.kind === 'codecs' ? part.entries : part.entries?.map(entry);
    return writers[part.kind]({ ...part, entries }).join('\n');
  });
  return `${head}\n${blocks.join('\n\n')}\n`;
}
