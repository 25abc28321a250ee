/**
 * Draws line charts as SVG, for pages that need no script.
 * @module
 */

/** A line with its points. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low: number; readonly high: number }[];
}

const size = { width: 440, height: 250, left: 46, right: 14, top: 14, bottom: 34 } as const;
const colorCount = 5;

/** Returns a round number that is at least `value`: 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

export const escapeMarkup = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * Draws lines over a logarithmic axis of parallelism, with a vertical line from the lowest to the highest value of each
 * point, and a legend below. Returns SVG and HTML.
 */
export function lineChart(title: string, unit: string, ticks: readonly number[], lines: readonly ChartLine[]): string {
  const top = roundUp(Math.max(0, ...lines.flatMap(({ points }) => points.map(({ high }) => high))));
  const [first, last] = [Math.min(...ticks), Math.max(...ticks)];
  const span = Math.log2(last / first) || 1;
  const { width, height, left, right, bottom } = size;
  const x = (n: number): string => (left + 8 + (Math.log2(n / first) / span) * (width - left - right - 16)).toFixed(1);
  const y = (value: number): string => (height - bottom - (value / top) * (height - bottom - size.top)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top);
    return (
      `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="var(--line)"/>` +
      `<text x="${left - 6}" y="${at}" dy="0.32em" text-anchor="end">${Number((share * top).toPrecision(3))}</text>`
    );
  });
  const labels = ticks.map((n) => `<text x="${x(n)}" y="${height - bottom + 16}" text-anchor="middle">${n}</text>`);
  const drawn = lines.map(({ name, points }, i) => {
    const color = `var(--c${(i % colorCount) + 1})`;
    const path = points.map((point, k) => `${k === 0 ? 'M' : 'L'}${x(point.x)},${y(point.y)}`).join('');
    const marks = points.map((point) => {
      const tip = `${name}, ${point.x} in parallel: ${Number(point.y.toPrecision(3))} ${unit}`;
      return (
        `<line x1="${x(point.x)}" x2="${x(point.x)}" y1="${y(point.low)}" y2="${y(point.high)}" stroke="${color}" ` +
        `stroke-opacity="0.45"/><circle cx="${x(point.x)}" cy="${y(point.y)}" r="3" fill="${color}">` +
        `<title>${escapeMarkup(tip)}</title></circle>`
      );
    });
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>${marks.join('')}`;
  });
  const key = lines.map(
    ({ name }, i) => `<li><i style="background: var(--c${(i % colorCount) + 1})"></i>${escapeMarkup(name)}</li>`,
  );
  return `<figure><figcaption>${escapeMarkup(title)}, ${escapeMarkup(unit)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}" fill="currentColor" font-size="11">
${grid.join('')}${labels.join('')}
<text x="${width - right}" y="${height - 4}" text-anchor="end">writes in parallel →</text>
${drawn.join('\n')}</svg><ul class="key">${key.join('')}</ul></figure>`;
}
