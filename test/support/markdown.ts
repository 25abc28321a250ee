/**
 * Extracts code blocks from Markdown pages.
 * @module
 */

/**
 * A code block with a language. Words after the language exclude it from some checks (see test/docs/blocks.test.ts).
 */
export interface CodeBlock {
  readonly language: string;
  readonly mark: string;
  readonly code: string;
  /** Line number of the first line of code, counted from 1. */
  readonly line: number;
}

/** Returns the blocks of a page, in order. */
export function codeBlocks(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; mark: string; lines: string[]; line: number } | null = null;
  page.split('\n').forEach((text, i) => {
    const fence = /^```(\S*) *(.*)$/.exec(text);
    if (fence === null) open?.lines.push(text);
    else if (open === null) open = { language: fence[1] ?? '', mark: fence[2] ?? '', lines: [], line: i + 2 };
    else {
      const { language, mark, lines, line } = open;
      blocks.push({ language, mark, code: lines.join('\n'), line });
      open = null;
    }
  });
  if (open !== null) throw new Error('A code block is not closed');
  return blocks;
}

/** Returns the output that a block documents, in order: the texts after `// →`, or after `# →` in Python. */
export const expectedOutput = (code: string): string[] =>
  code.split('\n').flatMap((line) => /(?:\/\/|#) → (.*)$/.exec(line)?.[1] ?? []);
