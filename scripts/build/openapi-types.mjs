// Writes the types of queries and JSON documents of the server, from its OpenAPI document, for the viewer:
// web/viewer/src/api/routes.ts. Needs `npm run build:ts` and an addon.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wrap } from '../words/entries.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const typesFile = join(root, 'web/viewer/src/api/routes.ts');

const plainTypes = { integer: 'number', number: 'number', string: 'string', boolean: 'boolean', null: 'null' };

/** Returns the TypeScript type of values of a JSON schema. */
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(' | ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  if (schema.type === 'array') return schema.items ? `readonly (${typeOf(schema.items)})[]` : 'readonly unknown[]';
  if (schema.type !== 'object') return plainTypes[schema.type] ?? 'unknown';
  if (!schema.properties) return 'Readonly<Record<string, unknown>>';
  const members = Object.entries(schema.properties).map(
    ([name, member]) => `readonly ${name}${schema.required?.includes(name) ? '' : '?'}: ${typeOf(member)};`,
  );
  return `{ ${members.join(' ')} }`;
}

/** Returns a comment. Long comments have several lines. */
function comment(text) {
  const lines = wrap(`${text}.`, 100);
  return lines.length === 1 ? `/** ${lines[0]} */` : ['/**', ...lines.map((line) => ` * ${line}`), ' */'].join('\n');
}

function queryOf(parameters) {
  const members = parameters.map(
    ({ name, description, required, schema }) =>
      `${comment(description)}\nreadonly ${name}${required ? '' : '?'}: ${typeOf(schema)};`,
  );
  return `{ ${members.join('\n')} }`;
}

/** Returns the module with the types of the routes below `/api/v1`. */
export function openApiTypes({ paths, components }) {
  const { Problem: _, ...shared } = components.schemas;
  const types = Object.entries(shared).map(
    ([name, schema]) => `${comment(schema.description)}\nexport type ${name} = ${typeOf(schema)};\n`,
  );
  const routes = Object.entries(paths).flatMap(([path, { get }]) => {
    if (!path.startsWith('/api/v1/')) return [];
    const json = get.responses['200'].content['application/json'].schema;
    const members = `readonly query: ${queryOf(get.parameters)};\nreadonly json: ${typeOf(json)};`;
    return [`${comment(get.summary)}\nreadonly ${get.operationId}: {\n${members}\n};`];
  });
  return format(`/**
 * Queries of the routes below \`/api/v1\`, and the JSON documents that they send.
 * Generated from the OpenAPI document of the server. Run scripts/build/openapi-types.mjs after a change of a route.
 * @module
 */
${types.join('\n')}
export interface Routes {
${routes.join('\n')}
}
`);
}

function format(text) {
  const command = ['@biomejs/biome', 'format', '--stdin-file-path=routes.ts'];
  const { stdout, stderr, status } = spawnSync('npx', command, { cwd: root, input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot format the types: ${stderr}`);
  return stdout;
}

async function main() {
  const { serve } = await import(join(root, 'dist/serve/index.js'));
  const folder = mkdtempSync(join(tmpdir(), 'posix-par-'));
  const server = await serve({ roots: [folder], port: null, token: 'none' });
  const reply = await server.fetch(new Request('http://localhost/api/v1/openapi.json'));
  writeFileSync(typesFile, openApiTypes(await reply.json()));
  await server.close();
  rmSync(folder, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
