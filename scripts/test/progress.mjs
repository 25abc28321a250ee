// A vitest reporter that writes each event to a file immediately, so that a stopped run has a result too. The file is
// $POSIX_PAR_TEST_PROGRESS; it has one JSON document per line. It also kills the process of a test file that takes
// longer than $POSIX_PAR_TEST_FILE_LIMIT_S (default: 900), so that the other files run.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Counts the tests of a vitest module by their results. */
function countModule(module) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    // A test without a result at the end of its file did not run.
    counts[state === 'pending' ? 'failed' : state] += 1;
  }
  // A file that could not be loaded counts as one failure.
  if (module.state() === 'failed' && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Returns the names of the failed tests of a vitest module, each with the first lines of its first error. */
function listFailures(module) {
  const failures = [...module.children.allTests()].filter((test) =>
    ['failed', 'pending'].includes(test.result().state),
  );
  const texts = failures.map((test) => ({ name: test.fullName, error: describeErrors(test.result().errors) }));
  const outside = module.state() === 'failed' && texts.length === 0;
  return outside ? [{ name: '(outside of its tests)', error: describeErrors(module.errors()) }] : texts;
}

function describeErrors(errors = []) {
  return errors.length === 0 ? 'did not end' : String(errors[0].message).split('\n', 12).join('\n').slice(0, 1500);
}

/**
 * Returns the processes that began a test file more than `limitMs` ago and have not finished it. When a process begins
 * a test file, it writes the path of the test file to a file in `folder`. The name of this file is the process ID.
 */
export function overdue(folder, limitMs, now = Date.now()) {
  let names = [];
  try {
    names = readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // No process has begun a test file.
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    try {
      return now - statSync(path).mtimeMs > limitMs
        ? [{ pid: Number(name), path, file: readFileSync(path, 'utf8') }]
        : [];
    } catch {
      return []; // The test file has finished, and its entry in `folder` is gone.
    }
  });
}

/**
 * Removes the files in `folder` that name the test file `file`, because it has finished. Otherwise a later process with
 * the same ID could be killed for it.
 */
export function forget(folder, file) {
  for (const { path } of overdue(folder, -Number.MAX_VALUE).filter((entry) => entry.file === file)) {
    rmSync(path, { force: true });
  }
}

/** Returns true if `pid` is a child of this process. The number may belong to another process by now. */
function isChild(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]) === process.pid;
  } catch {
    return false;
  }
}

export default class TestProgress {
  #path = process.env.POSIX_PAR_TEST_PROGRESS ?? '.cache/test-results/vitest.jsonl';
  #limitMs = 1000 * Number(process.env.POSIX_PAR_TEST_FILE_LIMIT_S ?? 900);
  #timer;

  #write(event) {
    appendFileSync(this.#path, `${JSON.stringify(event)}\n`);
  }

  #endOverdue() {
    for (const { pid, path, file } of overdue(`${this.#path}.running`, this.#limitMs)) {
      rmSync(path, { force: true });
      if (!isChild(pid)) continue;
      console.error(`${file} took longer than ${this.#limitMs / 1000} s: its process is ended`);
      this.#write({ event: 'overdue', file });
      process.kill(pid, 'SIGKILL');
    }
  }

  onTestRunStart(specifications) {
    mkdirSync(dirname(this.#path), { recursive: true });
    rmSync(`${this.#path}.running`, { recursive: true, force: true });
    mkdirSync(`${this.#path}.running`);
    const files = specifications.map(({ moduleId }) => relative(process.cwd(), moduleId));
    writeFileSync(this.#path, `${JSON.stringify({ event: 'run', files })}\n`);
    this.#timer = setInterval(() => this.#endOverdue(), 1000);
    this.#timer.unref();
  }

  onTestModuleEnd(module) {
    forget(`${this.#path}.running`, module.moduleId);
    const file = relative(process.cwd(), module.moduleId);
    this.#write({ event: 'file', file, ...countModule(module), failures: listFailures(module) });
  }

  onTestRunEnd(_modules, errors, reason) {
    clearInterval(this.#timer);
    this.#write({ event: 'end', reason, errors: errors.map(({ message }) => String(message)) });
  }
}
