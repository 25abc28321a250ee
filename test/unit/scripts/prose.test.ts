import { describe, expect, it } from 'vitest';
import { commentsOf, measure, paragraphsOf } from '../../../scripts/check/prose.mjs';

describe('the check of prose', () => {
  it('finds block comments, runs of line comments and trailing comments', () => {
    const text = [
      '/** Returns the number of chunks',
      ' * of an array. */',
      'const a = 1; // Counts the chunks of one array.',
      '// The first line of a comment',
      '// and its second line.',
      "const url = 'https://example.org/a/long/path';",
    ].join('\n');
    expect(commentsOf(text, '.ts')).toEqual([
      { line: 1, text: 'Returns the number of chunks of an array.' },
      { line: 3, text: 'Counts the chunks of one array.' },
      { line: 4, text: 'The first line of a comment and its second line.' },
    ]);
    expect(commentsOf('#!/usr/bin/env python3\n# Writes the fixtures of this test.\n', '.py')).toEqual([
      { line: 2, text: 'Writes the fixtures of this test.' },
    ]);
  });

  it('leaves out the marks at the end of namespaces and instructions to tools', () => {
    const text = [
      'namespace posixpar::codecs {',
      '}  // namespace posixpar::codecs',
      '',
      '}  // namespace posixpar',
      '// NOLINTNEXTLINE(bugprone-easily-swappable-parameters)',
      '',
      '// namespace lookups read the directory once',
    ].join('\n');
    expect(commentsOf(text, '.cc')).toEqual([{ line: 7, text: 'namespace lookups read the directory once' }]);
    expect(measure([['native/a.cc', text]]).comments).toBe(1);
  });

  it('leaves out code, tables and headings of pages', () => {
    const long = 'This sentence is long enough to be counted as a paragraph.';
    expect(paragraphsOf(`# ${long}\n\n${long}\n\`\`\`\n${long}\n\`\`\`\n| ${long} |`)).toEqual([
      { line: 3, text: long },
    ]);
  });

  it('counts openers, idioms and long lines with their places', () => {
    const { openers, idioms, longLines, comments } = measure([
      [
        'lib/a.ts',
        [
          '// What the caller gets from this function.',
          `// ${'-'.repeat(130)}`,
          '',
          '// Bytes of reads that are under way now.',
        ].join('\n'),
      ],
    ]);
    expect(comments).toBe(2);
    expect(openers.map((each) => each.slice(0, 10))).toEqual(['lib/a.ts:1']);
    expect(idioms).toEqual(['lib/a.ts:4: "under way" (write: in flight, running)']);
    expect(longLines).toEqual(['lib/a.ts:2: 133 columns']);
  });

  it('permits "For example" and verbs at the beginning', () => {
    const { openers } = measure([
      ['lib/a.ts', '// For example, a read of one chunk.\n\n// Reads the bytes of one chunk.\n'],
    ]);
    expect(openers).toEqual([]);
  });
});
