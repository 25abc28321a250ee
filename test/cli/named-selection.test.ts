/** Tests selections by dimension name on the command line. */
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../lib/cli/exit-codes.js';
import { toPositionalText } from '../../lib/cli/read/named-selection.js';
import { runCommand } from '../support/command.js';
import { TemporaryDirectory } from '../support/temporary.js';

const names = ['time', 'lat', 'lon'];
const listed = /The dimensions are time, lat, lon/;

describe('toPositionalText', () => {
  test.each([
    ['', ''],
    [' 0, 1:2 ', '0, 1:2'],
    ['time=0, lat=10:20', '0, 10:20, :'],
    ['lon = ::-2 ,time=-1', '-1, :, ::-2'],
    ['lat=[3, 1,7], time=:', ':, [3, 1,7], :'],
    ['lon=5,', ':, :, 5'],
  ])("converts '%s' to '%s'", (text, positional) => {
    expect(toPositionalText(text, names)).toBe(positional);
  });

  test('leaves dimensions without a name whole', () => {
    expect(toPositionalText('x=1', [null, 'x', null])).toBe(':, 1, :');
  });

  test('accepts names that contain an equals sign', () => {
    expect(toPositionalText('a=b=1', ['a=b', 'c'])).toBe('1, :');
  });

  test.each([
    ['depth=0', listed],
    ['time=0, time=1', listed],
    ['toString=0', listed],
    ['time=0, 1', /'1' has no name/],
    ['..., lon=0', /'\.\.\.' has no name/],
    ['=0', /no dimension ''.*time, lat, lon/],
    ['time=', /after 'time=', received ''/],
    ['time=now', /after 'time=', received 'now'/],
    ['time=...', /after 'time=', received '\.\.\.'/],
    ['time=1:2:3:4', /after 'time='/],
  ])("refuses '%s'", (text, message) => {
    expect(() => toPositionalText(text, names)).toThrow(UsageError);
    expect(() => toPositionalText(text, names)).toThrow(message);
  });

  test('refuses names that the array lacks or has twice', () => {
    expect(() => toPositionalText('x=0', null)).toThrow(/have no names: select by position/);
    expect(() => toPositionalText('x=0', [null])).toThrow(/have no names: select by position/);
    expect(() => toPositionalText('x=0', ['x', 'x'])).toThrow(/2 dimensions are called 'x'/);
  });
});

describe('the command', () => {
  const directory = new TemporaryDirectory();
  directory.write(
    'v.bin',
    Uint8Array.from({ length: 24 }, (_, i) => i),
  );
  const raw = { dtype: 'uint8', shape: [2, 3, 4], dimensionNames: names };
  const path = directory.at('v.bin');
  directory.write('v.bin.json', JSON.stringify(raw));

  test('reads and explains a selection by name', async () => {
    const read = await runCommand(['read', path, 'lon=1, time=-1', '--json']);
    expect(read.stderr).toBe('');
    expect(JSON.parse(read.stdout)).toMatchObject({ shape: [3], data: [13, 17, 21], selection: '-1, :, 1' });
    const explained = await runCommand(['explain', path, 'lat=0:2', '--json']);
    expect(JSON.parse(explained.stdout)).toMatchObject({ shape: [2, 2, 4], selection: ':, 0:2, :' });
  });

  test('lists the names if one is unknown', async () => {
    const end = await runCommand(['read', path, 'depth=0']);
    expect(end).toMatchObject({
      code: 2,
      stdout: '',
      stderr: "posix-par: There is no dimension 'depth'. The dimensions are time, lat, lon\n",
    });
  });
});
