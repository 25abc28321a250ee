/**
 * Announces the test file that this process runs to the reporter that stops files that take too long
 * (scripts/test/progress.mjs).
 * @module
 */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const progress = process.env['POSIX_PAR_TEST_PROGRESS'];
if (progress !== undefined) writeFileSync(`${progress}.running/${process.pid}`, expect.getState().testPath ?? '');
