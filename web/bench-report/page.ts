/**
 * Draws the charts of a report of `posix-par bench`. Runs in the page, which holds the numbers as JSON.
 * @module
 */
import { drawAttribution, drawAttributionOverview } from './attribution.js';
import { drawLatency, drawLatencyOverview } from './latency.js';
import { drawPageCache } from './page-cache.js';
import { drawThroughput, drawThroughputOverview } from './throughput.js';

const overviews: Readonly<Record<string, (container: Element) => void>> = {
  throughput: drawThroughputOverview,
  latency: drawLatencyOverview,
  attribution: drawAttributionOverview,
  pagecache: drawPageCache,
};
const panels: Readonly<Record<string, (container: Element, access: string) => void>> = {
  throughput: drawThroughput,
  latency: drawLatency,
  attribution: drawAttribution,
};

for (const container of document.querySelectorAll<HTMLElement>('[data-overview]')) {
  overviews[container.dataset['overview'] ?? '']?.(container);
}
for (const container of document.querySelectorAll<HTMLElement>('[data-charts]')) {
  const { charts, access } = container.dataset;
  if (access !== undefined && charts !== undefined) panels[charts]?.(container, access);
}
