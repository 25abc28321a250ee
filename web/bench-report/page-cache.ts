/**
 * Chart that compares memory with storage.
 * @module
 */
import * as Plot from '@observablehq/plot';
import { methodName } from '../../lib/cli/bench/names.js';
import { accesses, append, digits, legend, report, style, wideSize } from './report.js';

const sources = { direct: 'direct: from storage', cold: 'cold: from storage', cached: 'cached: from memory' } as const;
const colors = { direct: 'var(--c1)', cold: 'var(--c3)', cached: 'var(--quiet-fill)' } as const;

/** Draws the throughput of `pread` and of the fastest engine of posix-par, for each kind of access. */
export function drawPageCache(container: Element): void {
  const bars = accesses.flatMap((access) => {
    const best = new Map<string, number>();
    for (const cell of report.cells) {
      if (cell.access !== access || !(cell.way === 'pread' || cell.way.startsWith('posix-par:'))) continue;
      const name = cell.way === 'pread' ? methodName(cell.way) : 'posix-par, best engine';
      best.set(name, Math.max(best.get(name) ?? 0, cell.throughput / 1e9));
    }
    return [...best].map(([name, gbps]) => ({ name, gbps, access }));
  });
  const size = wideSize(container);
  const chart = Plot.plot({
    ...size,
    height: 60 + 36 * bars.length,
    marginLeft: 10,
    marginRight: 60,
    style,
    x: { label: 'GB/s →', grid: true, zero: true },
    y: { axis: null, domain: accesses },
    fy: { label: null, axis: null, padding: 0.45 },
    marks: [
      Plot.barX(bars, { x: 'gbps', y: 'access', fy: 'name', fill: (bar: (typeof bars)[number]) => colors[bar.access] }),
      Plot.text(bars, {
        x: 'gbps',
        y: 'access',
        fy: 'name',
        text: (bar: (typeof bars)[number]) => digits(bar.gbps),
        textAnchor: 'start',
        dx: 5,
      }),
      Plot.text([...new Set(bars.map(({ name }) => name))], {
        fy: (name: string) => name,
        text: (name: string) => name,
        frameAnchor: 'top-left',
        dy: -13,
        fontWeight: 600,
      }),
      Plot.ruleX([0]),
    ],
  });
  const entries = accesses.map((access) => ({ name: sources[access], color: colors[access] }));
  append(container, 'Highest throughput', 'overview all pagecache', legend(entries), chart);
}
