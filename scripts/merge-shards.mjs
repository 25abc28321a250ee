// Joins the GoogleTest results of the shards of one run: scripts/merge-shards.mjs RESULT.json SHARDS
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const [target = '', shards = '0'] = process.argv.slice(2);
const parts = Array.from({ length: Number(shards) }, (_, i) => target.replace(/\.json$/, `.shard-${i}.json`));
const testsuites = parts.flatMap((part) => JSON.parse(readFileSync(part, 'utf8')).testsuites);
writeFileSync(target, JSON.stringify({ testsuites }));
for (const part of parts) rmSync(part);
