/**
 * A test runner that runs each test several times in one process, so that the time for loading modules counts once.
 * @module
 */
import type { File, Task } from '@vitest/runner';
import { TestRunner } from 'vitest';
import { timesVariable } from '../support/repeated-tests.js';

function setRepeats(task: Task, repeats: number): void {
  if (task.type === 'suite') for (const child of task.tasks) setRepeats(child, repeats);
  else task.repeats = repeats;
}

export default class RepeatRunner extends TestRunner {
  /** Called by vitest after it has loaded the tests of `files`, and before it runs them. */
  onCollected(files: File[]): void {
    const times = Number(process.env[timesVariable] ?? '1');
    for (const file of files) for (const task of file.tasks) setRepeats(task, times - 1);
  }
}
