/**
 * Tests that the command prints no characters that control a terminal, even if names, attributes or paths in a file
 * contain them.
 */
import { expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { netcdf3Bytes } from '../support/netcdf3-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const steering = '\u001b[2J\u001b]0;title\u0007\u009b1m\u202e\r';
const path = folder.write(
  'a.nc',
  netcdf3Bytes({
    version: 5,
    dims: [[`x${steering}`, 4]],
    attributes: [['title', 'char', new TextEncoder().encode(steering)]],
    variables: [
      {
        name: `v${steering}`,
        type: 'byte',
        dims: [0],
        data: new Uint8Array(4),
        attributes: [[`a${steering}`, 'char', new TextEncoder().encode(steering)]],
      },
    ],
  }),
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters.
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

test.each([
  ['info', path],
  ['info', path, '--array', `v${steering}`],
  ['info', '--json', path],
  ['explain', path, '--array', `v${steering}`],
  ['read', path, '--array', `v${steering}`],
  ['read', path, '--array', `w${steering}`],
  ['info', `${path}${steering}`],
])('prints control characters of files and arguments as escapes: %j', async (...args) => {
  const { stdout, stderr } = await runCommand(args);
  expect(stdout + stderr).not.toBe('');
  expect(stdout).not.toMatch(control);
  expect(stderr).not.toMatch(control);
});
