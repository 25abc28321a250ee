// The page of h5web-provider.test.ts: shows a file with h5web, which reads it through the API of h5grove. The query of
// the page has the address of the API, the token and the file.
import { App, createBasicFetcher, H5GroveProvider } from '@h5web/app';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const query = new URLSearchParams(location.search);
const fetcher = createBasicFetcher({ headers: { Authorization: `Bearer ${query.get('token')}` } });
const settings = { url: query.get('url'), filepath: query.get('file'), fetcher };
createRoot(document.body).render(createElement(H5GroveProvider, settings, createElement(App)));
