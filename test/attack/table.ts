/**
 * Formats the results of an attack as a Markdown table, and puts it into the page of the docs.
 * @module
 */
import type { AttackResult, Score } from './attack.js';
import { type Campaign, verdicts } from './campaign.js';

const columns = ['tried', 'read', 'refused', 'foreign', 'wrong', 'crashed', 'hung', 'slow', 'memory'] as const;

const formatCount = (count: number): string => count.toLocaleString('en-US');

/** Returns the table: one line per campaign, and the sums. */
export function attackTable(campaigns: readonly Campaign[], { scores }: AttackResult): string {
  const lines = [
    `| campaign | what is attacked | ${columns.join(' | ')} |`,
    `|---|---|${columns.map(() => '---:').join('|')}|`,
  ];
  const sum: Partial<Record<keyof Score, number>> = {};
  for (const { name, what } of campaigns) {
    const score = scores.get(name);
    if (score === undefined) continue;
    for (const column of columns) sum[column] = (sum[column] ?? 0) + score[column];
    lines.push(`| \`${name}\` | ${what} | ${columns.map((column) => formatCount(score[column])).join(' | ')} |`);
  }
  lines.push(`| **all** | | ${columns.map((column) => `**${formatCount(sum[column] ?? 0)}**`).join(' | ')} |`);
  return lines.join('\n');
}

/** Returns a table of the kinds of cases of each campaign; null if no case has a kind. */
export function kindsTable({ kinds }: AttackResult): string | null {
  if (kinds.size === 0) return null;
  const lines = [
    `| campaign | kind | tried | ${verdicts.join(' | ')} |`,
    `|---|---|${'---:|'.repeat(1 + verdicts.length)}`,
  ];
  for (const [campaign, counts] of kinds) {
    for (const [kind, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const found = verdicts.map((verdict) => count[verdict]);
      const tried = found.reduce((sum, n) => sum + n, 0);
      lines.push(`| \`${campaign}\` | ${kind} | ${[tried, ...found].map(formatCount).join(' | ')} |`);
    }
  }
  return lines.join('\n');
}

/** Facts about a test run that the page shows. */
export interface RunDescription {
  readonly command: string;
  readonly date: string;
  readonly seed: number;
  readonly seconds: number;
  readonly machine: string;
}

const begin = '<!-- attack: begin -->';
const end = '<!-- attack: end -->';

/** Returns the text of the page, in which the table of this run replaces the previous table. */
export function withTable(page: string, table: string, run: RunDescription): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Expected '${begin}' and '${end}' in docs/reliability.md`);
  const minutes = (run.seconds / 60).toFixed(1);
  const facts = `\`${run.command}\`, seed ${run.seed}, ${minutes} minutes, ${run.date}, ${run.machine}.`;
  return `${page.slice(0, from)}${begin}\n${facts}\n\n${table}\n${page.slice(to)}`;
}
