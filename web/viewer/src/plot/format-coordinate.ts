/**
 * Formats coordinates for people.
 * @module
 */
import { formatNumber } from './format-number.js';

/** Length in milliseconds of units of time in the CF conventions. */
const unitMs: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** True if a unit is a time since an origin, such as `hours since 1990-01-01`. */
export function isTime(units: string | null): boolean {
  return units !== null && / since /i.test(units);
}

/** Returns a coordinate with its unit. Times such as `hours since 1990-01-01` become dates. */
export function formatCoordinate(value: number, units: string | null): string {
  if (units === null) return formatNumber(value);
  const [, unit = '', origin = ''] = /^(second|minute|hour|day)s? since (.+)$/i.exec(units.trim()) ?? [];
  const start = Date.parse(`${origin.trim().replace(' ', 'T')}${/[zZ]|[+-]\d\d:?\d\d$/.test(origin) ? '' : 'Z'}`);
  const startMs = Number.isNaN(start) ? Date.parse(origin.trim().split(/[ T]/)[0] ?? '') : start;
  const ms = unitMs[unit.toLowerCase()];
  const date = new Date(ms === undefined ? Number.NaN : startMs + value * ms);
  if (Number.isNaN(date.getTime())) return `${formatNumber(value)} ${units}`;
  return date
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/:00\.000Z$/, ' UTC')
    .replace('T', ' ');
}

/** Returns the label of a tick at an index. Empty outside the array, where axes have ticks, too. */
export function tickLabel(values: ArrayLike<number>, index: number): string {
  const value = values[index];
  return value === undefined ? '' : formatNumber(value);
}
