import { describe, expect, test } from 'vitest';
import {
  parseChoice,
  parseCount,
  parseNumbers,
  parseOptions,
  parsePressure,
  unescapeOctal,
} from '../../../lib/storage/text.js';

describe('small texts of /proc and /sys', () => {
  test('a count consists of decimal digits only', () => {
    expect(parseCount('128\n')).toBe(128);
    expect(parseCount('0')).toBe(0);
    const refused = ['', '-1', '1.5', '0x10', '12 kB', 'max', '99999999999999999999', null, undefined];
    expect(refused.map(parseCount)).toEqual(refused.map(() => null));
  });

  test('meminfo is converted to bytes, vmstat is not, and unknown lines are ignored', () => {
    const numbers = parseNumbers(
      'MemTotal:       24684096 kB\nHugePages_Total:       0\nnr_dirty 512\n\nactive(anon): x\n',
    );
    expect([...numbers]).toEqual([
      ['MemTotal', 24684096 * 1024],
      ['HugePages_Total', 0],
      ['nr_dirty', 512],
    ]);
  });

  test('pressure has two lines, one of which older kernels lack for the CPU', () => {
    const text =
      'some avg10=0.79 avg60=12.30 avg300=3.38 total=75328841\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=17\n';
    expect(parsePressure(text)).toEqual({
      some: { avg10: 0.79, avg60: 12.3, avg300: 3.38, totalUs: 75328841 },
      full: { avg10: 0, avg60: 0, avg300: 0, totalUs: 17 },
    });
    expect(parsePressure('some avg10=1.00 avg60=0.00 avg300=0.00 total=5\n').full).toBeNull();
    expect(parsePressure('')).toEqual({ some: null, full: null });
  });

  test('the scheduler in brackets is the selected one', () => {
    expect(parseChoice('none [mq-deadline] kyber bfq\n')).toEqual({
      chosen: 'mq-deadline',
      choices: ['none', 'mq-deadline', 'kyber', 'bfq'],
    });
    expect(parseChoice('none\n')).toEqual({ chosen: 'none', choices: ['none'] });
    expect(parseChoice('')).toEqual({ chosen: null, choices: [] });
  });

  test('octal escapes are bytes of UTF-8', () => {
    expect(unescapeOctal('/mnt/my\\040disk\\011x\\134y')).toBe('/mnt/my disk\tx\\y');
    expect(unescapeOctal('/mnt/\\303\\251té')).toBe('/mnt/été');
    expect(unescapeOctal('/plain')).toBe('/plain');
  });

  test('options with values, without values, and repeated', () => {
    expect([...parseOptions(['rw', 'rsize=1048576', 'a=b=c', 'rsize=65536'])]).toEqual([
      ['rw', ''],
      ['rsize', '65536'],
      ['a', 'b=c'],
    ]);
  });
});
