/**
 * Tests that the TypeScript and C++ files generated from scripts/words/words.mjs are current, and that their source has
 * no duplicates.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generatedFiles, staleFiles } from '../../../scripts/words/generate.mjs';
import { engines, sections } from '../../../scripts/words/words.mjs';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('words.mjs', () => {
  test('matches the generated files (otherwise run npm run generate)', () => {
    expect(staleFiles()).toEqual([]);
    expect(generatedFiles().size).toBe(2 * (sections.length + 1));
  });

  test('creates one file per section and side, which names its source', () => {
    for (const [path, text] of generatedFiles()) {
      expect(text, path).toContain('Generated from scripts/words/words.mjs');
      expect(path).toMatch(/^(lib\/core\/generated\/\w+\.ts|native\/base\/generated\/\w+\.h)$/);
    }
  });

  test('has no duplicate entry within a part', () => {
    for (const { parts } of sections) {
      for (const { entries = [] } of parts) {
        const names = entries.map((entry) =>
          typeof entry === 'string' ? entry : 'name' in entry ? entry.name : entry[0],
        );
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  test('numbers a new engine on both sides, and the decoder accepts it', () => {
    const last = engines.at(-1)?.name ?? '';
    expect(textOf('lib/core/generated/choices.ts')).toContain(`'${last}'] as const`);
    expect(textOf('native/base/generated/choices.h')).toContain(`count_of(EngineKind) { return ${engines.length}; }`);
    // The limit of a choice comes from the enum. A literal number could become outdated.
    expect(textOf('native/exec/plan/decode.cc')).toContain('w.choice<EngineKind>(wire::kEngine)');
    expect(textOf('native/exec/plan/decode.cc')).not.toMatch(/static_cast<[A-Z]\w*>\(w_?\.natural/);
  });
});
