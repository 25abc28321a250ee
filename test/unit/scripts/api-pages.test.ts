/** Tests scripts/docs/api/simplify.mjs, which simplifies the API pages that TypeDoc writes. */
import { expect, test } from 'vitest';
import { mergeThrows, namesOfErrorsAsText } from '../../../scripts/docs/api/simplify.mjs';

test('names of errors become links or code', () => {
  const source = ' * @throws {FormatError} if it is damaged; {RangeError} or {TypeError} for options. {@link open}';
  const text = ' * @throws {@link FormatError} if it is damaged; `RangeError` or `TypeError` for options. {@link open}';
  expect(namesOfErrorsAsText(source)).toBe(text);
  expect(namesOfErrorsAsText("import { FormatError } from './errors.js';")).not.toContain('@link');
});

test('sections about errors become one list', () => {
  const page = `Opens.

## Throws

\`ReadError\` if it cannot
be read.

## Throws

## Throws

\`AbortError\`

::: details More
**Throws**

\`ReadError\`

**Example**
:::
`;
  expect(mergeThrows(page)).toBe(`Opens.

## Throws

- \`ReadError\` if it cannot be read.
- \`AbortError\`

::: details More
**Throws**

- \`ReadError\`

**Example**
:::
`);
});

test('a page without errors stays as it is', () => {
  const page = '# Page\n\ntext\n\n## Example\n\n```ts\na\n```\n';
  expect(mergeThrows(page)).toBe(page);
});
