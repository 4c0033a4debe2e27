import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeSystem, type RunningSystem } from '../../../src/compose.ts';
import { loadConfigAndSettings } from '../../../src/config/load.ts';
import { type CurlRequest, curlRequests } from '../../support/curl-example.ts';
import { fencedBlocks } from '../../support/markdown.ts';
import { projectRoot, readProjectFile } from '../../support/project-files.ts';
import { parseBody, readShownAnswer, type ShownAnswer, withoutChanging } from '../../support/shown-answer.ts';

interface Example {
  readonly page: string;
  readonly request: CurlRequest;
  /** Undefined where the page shows none: then it has to be a success. */
  readonly shown: ShownAnswer | undefined;
}

const pages = ['README.md', 'docs/reference/http.md', 'docs/reference/admin.md'];
const examples = pages.flatMap(examplesOf);
let system: RunningSystem;

beforeAll(async () => {
  const file = path.join(projectRoot, 'topology/demo/weir.yaml');
  const loaded = loadConfigAndSettings({ file, env: {}, flags: ['data.port=0', 'admin.port=0'] });
  system = await composeSystem(loaded, { logger: pino({ level: 'info' }, { write: () => {} }) });
});
afterAll(() => system.stop());

describe('the examples', () => {
  it.each(pages)('of %s are seen by this test', (page) => {
    const commands = readProjectFile(page).match(/^curl /gm) ?? [];
    expect(commands.length).toBeGreaterThan(0);
    expect(examples.filter((example) => example.page === page)).toHaveLength(commands.length);
  });

  it.each(examples)('of $page get the answer that is shown: $request.url', async ({ request, shown }) => {
    const { method, headers, body } = request;
    const response = await fetch(servedUrl(request.url), { method, headers, ...(body && { body }) });
    const text = await response.text();
    if (shown === undefined) {
      expect(response.status).toBe(200);
      return;
    }
    expect(`HTTP/1.1 ${response.status} ${response.statusText}`).toBe(shown.statusLine);
    expect(Object.fromEntries(response.headers)).toMatchObject(shown.headers);
    if (shown.json !== undefined) {
      const json = parseBody(text, response.headers.get('content-type'));
      expect(withoutChanging(json)).toEqual(withoutChanging(shown.json));
    }
  });
});

/** The demo's own ports stand in the pages; here it listens on free ones. */
function servedUrl(url: string): string {
  const { dataUrl, adminUrl } = system;
  const served = url
    .replace('http://127.0.0.1:8080/', `${dataUrl}/`)
    .replace('http://127.0.0.1:8081/', `${adminUrl}/`);
  if (served === url) throw new Error(`this is no address of the demo: ${url}`);
  return served;
}

/** The answer is the block of HTTP right after the command. */
function examplesOf(page: string): Example[] {
  const blocks = fencedBlocks(readProjectFile(page));
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'sh') return [];
    const next = blocks[index + 1];
    const shown = next?.language === 'http' ? readShownAnswer(next.text) : undefined;
    return curlRequests(text).map((request) => ({ page, request, shown }));
  });
}
