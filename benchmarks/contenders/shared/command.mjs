/** Commands of the system as contenders. */
import { execFileSync } from 'node:child_process';

/** Runs a command: its time, and its processor time as bash's `times` counts it. */
export function timedCommand(command, args) {
  const script = `TIMEFORMAT='%R %U %S'; time "$0" "$@" >/dev/null 2>&1`;
  const text = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`, command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [real, user, system] = text.trim().split(' ').map(Number);
  return { ms: [real * 1000], cpuMs: (user + system) * 1000 };
}
