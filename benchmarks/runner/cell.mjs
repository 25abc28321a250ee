/**
 * Runs a cell: one contender (a reader that is measured) of one scenario, in its own process, which runs all rounds.
 *
 * The process prints `{"ready":true}`. It answers each line of input with a line of JSON:
 * - `verify` -> `{"checksum": "..."}`: reads once and returns the checksum;
 * - `round N` -> `{"ms": [N times], "cpuMs": n, ...}`: reads N times; cpuMs is the CPU time of all threads per read;
 * - `settle` -> `{}`: frees unused memory (baselines do not have this command);
 * - `cool` -> `{}`: unmaps files, because mapped pages cannot be evicted (baselines do not have this command);
 * - `quit`: exits.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { contenderPath, python, root } from './places.mjs';
import { compiled } from './tools.mjs';

/** Returns the command that starts a contender. The extension of its file determines the interpreter. */
function commandOf(name, config) {
  const path = contenderPath(name);
  if (path.endsWith('.mjs')) {
    const cell = new URL('js-cell.mjs', import.meta.url).pathname;
    return [process.execPath, '--expose-gc', cell, path, JSON.stringify(config)];
  }
  if (path.endsWith('.py')) return [python, path, JSON.stringify(config)];
  const settings = Object.entries({ file: config.path, ...config.floor, threads: config.threads });
  return [compiled(path), ...settings.map(([key, value]) => `${key}=${value}`)];
}

export class Cell {
  #child;
  #lines;
  #stderr = '';

  /**
   * @param {string} name name of the contender's file
   * @param {object} config settings of the process
   * @param {Record<string, string>} env variables added to the environment
   */
  constructor(name, config, env = {}) {
    const [command, ...args] = commandOf(name, config);
    this.#child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async #answer() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The cell ended: ${this.#stderr.trim()}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  ready() {
    return this.#answer();
  }

  ask(line) {
    this.#child.stdin.write(`${line}\n`);
    return this.#answer();
  }

  /** Returns the current anonymous and shared memory of the process in bytes. */
  #anonymousBytes() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kilobytes = (key) => Number(new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return 1024 * (kilobytes('RssAnon') + kilobytes('RssShmem'));
  }

  /** Returns the peak memory of one round above the memory before it. Samples the process every millisecond. */
  async peakMemory() {
    await this.ask('settle');
    const before = this.#anonymousBytes();
    let peak = before;
    const sample = () => {
      peak = Math.max(peak, this.#anonymousBytes());
    };
    const timer = setInterval(sample, 1);
    try {
      await this.ask('round 1');
      sample();
    } finally {
      clearInterval(timer);
    }
    return peak - before;
  }

  /** Ends the process and waits for its exit. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end('quit\n');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(timer);
  }
}
