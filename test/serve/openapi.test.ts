/** Tests the OpenAPI document against the routes. */
import * as fs from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { openApiTypes, typesFile } from '../../scripts/build/openapi-types.mjs';
import { type JsonSchema, mismatches, type SharedSchemas } from '../support/json-schema.js';
import { ask, json, server } from './api-samples.js';
import { get } from './requests.js';

afterAll(() => server.close());

describe('the OpenAPI document', () => {
  interface Described {
    readonly parameters?: readonly {
      readonly name: string;
      readonly in: string;
      readonly required: boolean;
      readonly schema: { enum?: string[] };
    }[];
    readonly responses: {
      readonly '200': { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
    };
  }
  interface OpenApi {
    readonly paths: Readonly<Record<string, { readonly get: Described }>>;
    readonly components: { readonly schemas: SharedSchemas };
  }
  /** Returns a query with the required parameters of a route. */
  const queryFor = ({ parameters = [] }: Described, path: string): string => {
    const known: Readonly<Record<string, string>> = { path, id: 'known', selection: '0', operation: 'max' };
    const given = parameters.filter((parameter) => parameter.required && parameter.in === 'query');
    return given.map(({ name }) => `${name}=${known[name]}`).join('&');
  };
  const load = async (): Promise<OpenApi> => json(await get(server, '/api/v1/openapi.json')) as unknown as OpenApi;

  test('names every route, and each route exists', async () => {
    const { paths } = await load();
    expect(Object.keys(paths).sort()).toEqual([
      '/api/v1/chunks',
      '/api/v1/describe',
      '/api/v1/explain',
      '/api/v1/paths',
      '/api/v1/read',
      '/api/v1/readMany',
      '/api/v1/reads',
      '/api/v1/reduce',
      '/api/v1/residency',
      '/api/v1/stats',
      '/api/v1/storage',
      '/api/v1/tree',
      '/h5grove/{route}',
      '/healthz',
      '/metrics',
      '/zarr-native/{key}',
      '/zarr/{key}',
    ]);
    await ask('read', { path: 'a.npy', id: 'known' });
    for (const [route, { get: described }] of Object.entries(paths)) {
      const path = route.replace('{key}', 'a.npy/zarr.json').replace('{route}', '');
      const { status } = await get(
        server,
        `${path}?${queryFor(described, route.endsWith('/paths') ? 'scalar.nc' : 'a.npy')}`,
      );
      expect(status, route).toBe(200);
    }
    expect((await get(server, '/api/v1/other')).status).toBe(404);
    expect((await get(server, '/api/v1/read/more?path=a.npy')).status).toBe(404);
  });

  test('lists exactly the parameters and values that routes accept', async () => {
    const { paths } = await load();
    for (const [route, { get: described }] of Object.entries(paths)) {
      if (!route.startsWith('/api/')) continue;
      const unknown = await get(server, `${route}?unknown=1`);
      const names = described.parameters?.map(({ name }) => name).join(', ');
      expect(json(unknown)['detail'], route).toBe(`Expected one of ${names} for \`a parameter\`, received 'unknown'`);
      for (const { name, schema } of described.parameters ?? []) {
        for (const value of schema.enum ?? []) {
          const query = new URLSearchParams(queryFor(described, 'tiles'));
          query.set(name, value);
          const { status, text } = await get(server, `${route}?${query}`);
          // Values of the array may not fit into a small type, and a mean needs `maxPixels`.
          if (status !== 200) expect(text, `${route} ${name}=${value}`).toContain('ConversionError');
        }
        if (schema.enum !== undefined) expect((await get(server, `${route}?path=tiles&${name}=x`)).status).toBe(400);
      }
    }
  });

  test('describes the JSON documents of all routes', async () => {
    const { paths, components } = await load();
    let compared = 0;
    for (const [route, { get: described }] of Object.entries(paths)) {
      if (!route.startsWith('/api/')) continue;
      const schema = described.responses['200'].content['application/json']?.schema ?? {};
      const hasFormats = described.parameters?.some(({ name }) => name === 'format') === true;
      for (const path of ['a.npy', 'tiles', 'special.npy', 'sub', '', 'scalar.nc']) {
        const query = `${queryFor(described, path)}${hasFormats ? '&format=json' : ''}`;
        const answer = await get(server, `${route}?${query.includes('path=') ? query : `${query}&path=${path}`}`);
        if (answer.status !== 200) continue;
        expect(mismatches(schema, json(answer), route, components.schemas), path).toEqual([]);
        compared += 1;
      }
      expect(mismatches(schema, { kind: 'other', data: {} }, route, components.schemas), route).not.toEqual([]);
    }
    expect(compared).toBeGreaterThan(25);
  });

  test('the types of the viewer are those of the document', async () => {
    const { text } = await get(server, '/api/v1/openapi.json');
    expect(fs.readFileSync(typesFile, 'utf8')).toBe(openApiTypes(JSON.parse(text)));
  });

  test('lists the media types of replies', async () => {
    const { paths } = await load();
    for (const [route, formats] of [
      ['read', ['bin', 'npy', 'arrow', 'json', 'png']],
      ['readMany', ['bin', 'npy', 'json']],
      ['reduce', ['bin', 'npy', 'json']],
    ] as const) {
      const described = paths[`/api/v1/${route}`]?.get;
      const types = Object.keys(described?.responses['200'].content ?? {});
      const query = described === undefined ? '' : queryFor(described, 'a.npy');
      const found = await Promise.all(
        formats.map((format) => get(server, `/api/v1/${route}?${query}&format=${format}`)),
      );
      expect(
        found.map(({ headers }) => headers['content-type']),
        route,
      ).toEqual(types);
    }
  });
});
