/**
 * Announces the test file that this process runs to the reporter (scripts/test/progress.mjs), which stops test files
 * that take too long.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const progress = process.env['POSIX_PAR_TEST_PROGRESS'];
if (progress !== undefined) writeFileSync(`${progress}.running/${process.pid}`, expect.getState().testPath ?? '');
