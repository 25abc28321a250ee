/**
 * Shows how the time of a read was spent.
 * @module
 */
import type { Routes } from '../api/routes.js';
import { formatNumber } from '../plot/format-number.js';

const parts = [
  ['planMs', 'planning'],
  ['waitMs', 'waiting for storage'],
  ['decodeMs', 'decoding'],
  ['scatterMs', 'copying'],
] as const;

/** A bar whose parts are proportional to times. All times except `planMs` are summed over threads. */
export function TimeBar({ facts }: { readonly facts: Routes['reads']['json'] }) {
  const total = parts.reduce((sum, [name]) => sum + facts[name], 0);
  if (!(total > 0)) return null;
  let at = 0;
  const bars = parts.map(([name, label]) => {
    const width = (100 * facts[name]) / total;
    const x = at;
    at += width;
    return <rect key={name} className={name} x={x} y={0} width={width} height={10} aria-label={label} />;
  });
  return (
    <>
      <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        {bars}
      </svg>
      <ul className="legend">
        {parts.map(([name, label]) => (
          <li key={name}>
            <span className={`key ${name}`} aria-hidden="true" /> {label}{' '}
            {formatNumber(Number(facts[name].toPrecision(2)))} ms
          </li>
        ))}
      </ul>
    </>
  );
}
