/** Runs system commands as contenders. */
import { execFileSync } from 'node:child_process';

/** Runs a command. Returns its elapsed time, and its CPU time as bash's `time` reports it. */
export function timedCommand(command, args) {
  const script = `TIMEFORMAT='%R %U %S'; time "$0" "$@" >/dev/null 2>&1`;
  const text = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`, command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [real, user, system] = text.trim().split(' ').map(Number);
  return { ms: [real * 1000], cpuMs: (user + system) * 1000 };
}
