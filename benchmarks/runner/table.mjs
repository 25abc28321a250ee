/** Formats results as text tables. */

function lines(rows, rightFrom = 1) {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    row
      .map((text, c) => (c >= rightFrom ? text.padStart(widths[c]) : text.padEnd(widths[c])))
      .join('  ')
      .trimEnd(),
  );
}

export function formatMs(ms) {
  if (ms >= 100) return ms.toFixed(0);
  if (ms >= 1) return ms.toFixed(2);
  return ms.toFixed(4);
}

/** Returns a table of the contenders of a scenario, fastest first. */
export function cellTable(result) {
  const ours = result.cells['posix-par']?.summary;
  const measured = Object.values(result.cells).filter((cell) => cell.summary !== undefined);
  measured.sort((a, b) => a.summary.ms - b.summary.ms);
  const rows = [['', 'median ms', 'min', 'max', 'us/read', 'GB/s', 'cpu ms', 'x ours', 'cpu x ours', 'peak MiB']];
  for (const { name, summary, peakBytes } of measured) {
    const { ms, min, max, cpuMs } = summary;
    rows.push([
      `  ${name}`,
      formatMs(ms),
      formatMs(min),
      formatMs(max),
      ((ms / result.reads) * 1000).toFixed(1),
      (result.bytes / ms / 1e6).toFixed(2),
      formatMs(cpuMs),
      ours === undefined ? '' : (ms / ours.ms).toFixed(2),
      ours === undefined ? '' : (cpuMs / ours.cpuMs).toFixed(2),
      peakBytes === undefined ? '' : (peakBytes / 2 ** 20).toFixed(0),
    ]);
  }
  return lines(rows);
}

/** Returns a table with one line per target: the wanted and the reached value. */
export function targetTable(results) {
  const rows = [['scenario', 'target', 'wanted', 'reached', 'range', 'best', 'cpu', '']];
  for (const { name, verdicts } of results) {
    for (const verdict of verdicts) {
      const number = (value) => (value === undefined ? '' : value.toPrecision(3));
      rows.push([
        name,
        verdict.text,
        `${verdict.upper ? '<=' : '>='} ${verdict.wanted}`,
        number(verdict.reached),
        verdict.range === undefined ? '' : verdict.range.map(number).join('..'),
        number(verdict.best),
        number(verdict.cpu),
        verdict.passed ? 'pass' : verdict.isAim ? 'aim missed' : 'FAIL',
      ]);
    }
  }
  return lines(rows, 2);
}
