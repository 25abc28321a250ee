/** Writes a section of words.mjs as a C++ header, one entry per line. */
import { entry, sentence, snake, upper, wrap } from './entries.mjs';

const width = 120;

function comment(text, indent = '') {
  return wrap(text, width - indent.length - 4)
    .map((line) => `${indent}/// ${line}`)
    .join('\n');
}

/** Returns the name of the enumerator of an entry. */
const enumerator = ({ name, cpp }) => cpp ?? snake(name);

/** Returns the name of the constant for a position or a bit, such as `kLayers`. */
const constant = ({ name, cpp }, prefix = '') => cpp ?? `k${prefix}${upper(name)}`;

/** Returns an enum with one line per enumerator. A comma after the last keeps clang-format from joining the lines. */
function enumOf(head, doc, entries, nameOf, tail = []) {
  const lines = entries.map((one, i) => {
    const documentation = one.doc ? `${comment(sentence(one.doc), '  ')}\n` : '';
    return `${documentation}  ${nameOf(one)} = ${one.number ?? i},`;
  });
  return [comment(doc), `${head} {`, ...lines, ...tail, '};'];
}

function enumClass({ enum: name, doc, entries, bits = 8 }) {
  return [
    ...enumOf(`enum class ${name} : std::uint${bits}_t`, doc, entries, enumerator),
    `/// Number of enumerators.`,
    `[[nodiscard]] constexpr std::size_t count_of(${name}) { return ${entries.length}; }`,
  ];
}

/** Returns the elements of an array, one per line. */
const elements = (items) => items.map((item) => `    ${item},`);

const writers = {
  limit: ({ name, cpp, value, doc }) => [
    comment(doc),
    `inline constexpr ${value > 2 ** 31 ? 'std::uint64_t' : 'std::size_t'} ` +
      `${constant({ name, cpp })} = ${literal(value)};`,
  ],
  text: ({ name, value, doc }) => [
    comment(doc),
    `inline constexpr std::string_view ${constant({ name })} = "${value}";`,
  ],
  choice: (part) => [...enumClass(part), ...(part.traits === undefined ? [] : ['', ...traits(part)])],
  number: enumClass,
  words: ({ enum: name, doc, entries, prefix, count, cppCount = `k${upper(count)}` }) =>
    enumOf(`enum ${name} : std::size_t`, doc, entries, (one) => constant(one, prefix), [
      `  ${cppCount} = ${entries.length},`,
    ]),
  flags: ({ doc, entries, prefix, cppType, end }) => [
    comment(doc),
    ...entries.flatMap((one, i) => [
      ...(one.doc ? [comment(sentence(one.doc))] : []),
      `inline constexpr ${cppType} ${constant(one, prefix)} = ${1 << i};`,
    ]),
    ...(end === undefined
      ? []
      : ['/// Above all bits.', `inline constexpr ${cppType} ${end} = ${1 << entries.length};`]),
  ],
  texts: ({ entries, ...part }) => enumClass({ ...part, entries: entries.map(({ name }) => ({ name })) }),
  stats: (part) => [
    ...writers.words(part),
    '',
    '/// How the counters of two threads merge.',
    'enum class StatMerge : std::uint8_t {',
    '  sum,',
    '  or_bits,',
    '  keep,',
    '};',
    'inline constexpr StatMerge kStatMerges[] = {',
    ...elements(part.entries.map(({ threads }) => `StatMerge::${threads === 'or' ? 'or_bits' : threads}`)),
    '};',
  ],
  names: (part) => {
    const { enum: name, entries } = part;
    const function_ = snake(name).replace(/^_/, '');
    return [
      ...enumClass(part),
      `inline constexpr std::string_view k${name}Names[] = {`,
      ...elements(entries.map((one) => `"${one.name}"`)),
      '};',
      `[[nodiscard]] constexpr std::string_view name_of(${name} value) {`,
      `  return k${name}Names[static_cast<std::size_t>(value)];`,
      '}',
      '/// Returns the enumerator with this name; nullopt if there is none.',
      `[[nodiscard]] constexpr std::optional<${name}> ${function_}_from_name(std::string_view name) {`,
      `  for (std::size_t i = 0; i < count_of(${name}{}); i++) {`,
      `    if (k${name}Names[i] == name) return static_cast<${name}>(i);`,
      '  }',
      '  return std::nullopt;',
      '}',
    ];
  },
  dtypes: ({ entries }) => [
    ...enumClass({ enum: 'DType', doc: 'An element type.', entries }),
    `inline constexpr std::size_t kDTypeCount = ${entries.length};`,
    'inline constexpr std::uint8_t kDTypeSizes[] = {',
    ...elements(entries.map(({ size }) => size)),
    '};',
    'inline constexpr std::string_view kDTypeNames[] = {',
    ...elements(entries.map(({ name }) => `"${name}"`)),
    '};',
    '[[nodiscard]] constexpr std::string_view name_of(DType type) ' +
      '{ return kDTypeNames[static_cast<std::size_t>(type)]; }',
    '/// Bytes that are swapped as one unit when the byte order changes.',
    'inline constexpr std::uint8_t kDTypeSwapSizes[] = {',
    ...elements(entries.map(({ size, swap = size }) => swap)),
    '};',
  ],
  codecs: ({ entries }) => [
    ...enumOf(
      'enum class CodecId : std::uint16_t',
      'A codec. Parameters, all numbers, are in brackets.',
      entries.map(([name, number, doc]) => ({ name, number, doc })),
      enumerator,
    ),
    '',
    '/// Calls `use(name)` for each codec.',
    '#define POSIXPAR_FOR_EACH_CODEC(use) \\',
    ...entries.map(([name], i) => `  use(${snake(name)})${i === entries.length - 1 ? '' : ' \\'}`),
  ],
};

function literal(value) {
  const exponent = Math.log2(value);
  if (value > 2 ** 31 && Number.isInteger(exponent)) return `std::uint64_t{1} << ${exponent}`;
  return String(value).replace(/(?<=\d)000000$/, "'000'000");
}

function traits({ enum: name, entries }) {
  return [
    '/// Properties of an engine.',
    'struct EngineTraits {',
    '  std::string_view name;',
    '  bool direct = false;  ///< Bypasses the page cache.',
    '  bool ring = false;    ///< Uses io_uring.',
    '  bool waits = false;   ///< Reads do not first try the page cache without waiting (RWF_NOWAIT).',
    '};',
    'inline constexpr EngineTraits kEngineTraits[] = {',
    ...elements(
      entries.map(
        ({ name: one, direct = false, ring = false, waits = direct || ring }) =>
          `{.name = "${one}", .direct = ${direct}, .ring = ${ring}, .waits = ${waits}}`,
      ),
    ),
    '};',
    `[[nodiscard]] constexpr const EngineTraits& traits_of(${name} engine) {`,
    '  return kEngineTraits[static_cast<std::size_t>(engine)];',
    '}',
    '/// Calls `use(kind)` for each engine that opens channels: all but `automatic`.',
    '#define POSIXPAR_FOR_EACH_ENGINE(use) \\',
    ...entries.slice(1).map((one, i) => `  use(${enumerator(one)})${i === entries.length - 2 ? '' : ' \\'}`),
  ];
}

/** Returns the standard headers that a C++ text needs. */
function includesOf(text) {
  const needs = [
    ['cstddef', 'std::size_t'],
    ['cstdint', /std::uint\d/],
    ['optional', 'std::optional'],
    ['string_view', 'std::string_view'],
  ];
  return needs
    .filter(([, what]) => (typeof what === 'string' ? text.includes(what) : what.test(text)))
    .map(([name]) => `#include <${name}>`);
}

/** Returns the header file of a section. */
export function cppFile({ doc, parts, namespace: common }) {
  const blocks = parts.map((part) => {
    const entries = part.kind === 'codecs' ? part.entries : part.entries?.map(entry);
    const text = writers[part.kind]({ ...part, entries }).join('\n');
    const namespace = part.namespace ?? common;
    return namespace === undefined ? text : `namespace ${namespace} {\n\n${text}\n\n}  // namespace ${namespace}`;
  });
  const body = blocks.join('\n\n').replace(/\n\n\} {2}\/\/ namespace (\w+)\n\nnamespace \1 \{\n/g, '\n');
  return [
    '#pragma once',
    `/// \\file ${doc}`,
    '/// Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.',
    '// clang-format off',
    ...includesOf(body),
    '',
    'namespace posixpar {',
    '',
    body,
    '',
    '}  // namespace posixpar',
    '',
  ].join('\n');
}
