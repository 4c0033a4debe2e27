import { describe, expect, it } from 'vitest';
import { writeConfig } from '../../support/config-file.ts';
import { startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const found = (title: unknown) => ({ status: 'found', rows: [{ title }] });
const answer = (...results: readonly object[]) => ({
  body: { results, summary: { found: 1, missing: 1, error: 0, unprocessed: 0 } },
});

describe('lookup', () => {
  it('asks for the keys and prints a line a row, with a summary beside it', async () => {
    const { url, calls } = await startFakeInstance(() =>
      answer(found('Lamp'), { status: 'missing', rows: [] }),
    );
    const argv = ['lookup', 'shop.products', 'sku-1', 'sku-2', '--url', url, '--application', 'storefront'];
    expect(await runVerb(argv)).toEqual({
      exitCode: 0,
      stdout: 'key    status   title\nsku-1  found    Lamp\nsku-2  missing\n',
      stderr: '1 found, 1 missing, 0 error, 0 unprocessed\n',
    });
    expect(calls).toMatchObject([
      {
        method: 'POST',
        path: '/v1/shop/products/lookup',
        headers: { 'x-weir-app': 'storefront', 'content-type': 'application/json' },
        body: { keys: ['sku-1', 'sku-2'] },
      },
    ]);
  });

  it('passes on what a look-up may be told', async () => {
    const { url, calls } = await startFakeInstance(() => answer(found('Lamp')));
    const options = [
      '--column',
      'a',
      '--column',
      'b',
      '--limit-per-key',
      '7',
      '--consistency',
      'LOCAL_QUORUM',
    ];
    const flags = ['--strict', '--debug', '--timeout', '3s', '--application', 'storefront', '--url', url];
    await runVerb(['lookup', 'shop.products', 'x', ...options, ...flags]);
    expect(calls).toMatchObject([
      {
        headers: { prefer: 'handling=strict', 'x-debug': '1', 'x-request-timeout-ms': '3000' },
        body: { keys: ['x'], columns: ['a', 'b'], limitPerKey: 7, consistency: 'LOCAL_QUORUM' },
      },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['sku-1', 'sku-1', 'text'],
    ['42', '42', 'a number stays text, and loses no digit'],
    ['{"a":1,"b":"x"}', { a: 1, b: 'x' }, 'an object'],
    ['[1,2]', [1, 2], 'an array'],
    ['"{not json}"', '{not json}', 'text that begins as JSON does'],
  ])('takes the key %s as %j: %s', async (given, key) => {
    const { url, calls } = await startFakeInstance(() => answer(found('Lamp')));
    await runVerb(['lookup', 'shop.products', given, '--url', url, '--application', 'a']);
    expect(calls).toMatchObject([{ body: { keys: [key] } }]);
  });

  it('shows every row of a partition, other values as JSON, and that there are more', async () => {
    const rows = [
      { day: 1, tags: ['a'] },
      { day: 2, tags: null },
    ];
    const { url } = await startFakeInstance(() => answer({ status: 'found', rows, truncated: true }));
    const { stdout } = await runVerb(['lookup', 'shop.days', 'u', '--url', url, '--application', 'a']);
    expect(stdout.split('\n').slice(1)).toEqual([
      'u    found: there are more rows  1    ["a"]',
      'u                                2    null',
      '',
    ]);
  });

  it('lets no value move the cursor of a terminal', async () => {
    const { url } = await startFakeInstance(() => answer(found('a\u001b[2Jb\r\nc\u202ed')));
    const argv = ['lookup', 'shop.products', 'x', '--url', url, '--application', 'a'];
    const { stdout } = await runVerb(argv, { terminal: true, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('a\\u001b[2Jb\\u000d\\u000ac\\u202ed');
  });

  it('prints the answer as it came when asked', async () => {
    const text = '{"results":[{"status":"missing","rows":[]}],"summary":{"missing":1}}';
    const { url } = await startFakeInstance(() => ({ body: text }));
    const argv = ['lookup', 'shop.products', 'x', '--url', url, '--application', 'a', '--json'];
    expect(await runVerb(argv)).toEqual({ exitCode: 0, stdout: `${text}\n`, stderr: '' });
  });

  it('reads keys from the standard input, however it is cut, a hundred a request', async () => {
    const { url, calls } = await startFakeInstance(({ body }) =>
      answer(...(body as { keys: string[] }).keys.map(() => ({ status: 'missing', rows: [] }))),
    );
    const lines = Array.from({ length: 150 }, (_, index) => `sku-${index}`);
    const text = `${lines.join('\n')}\n\n`;
    const input = [text.slice(0, 3), text.slice(3, 301), text.slice(301)];
    const argv = ['lookup', 'shop.products', '-', '--url', url, '--application', 'a'];
    expect(await runVerb(argv, { input })).toMatchObject({ exitCode: 0 });
    const keys = calls.map(({ body }) => (body as { keys: string[] }).keys);
    expect(keys.map((batch) => batch.length)).toEqual([100, 50]);
    expect(keys.flat()).toEqual(lines);
  });

  it('asks nobody when the standard input has no key, and says so', async () => {
    const { url, calls } = await startFakeInstance(() => answer());
    const argv = ['lookup', 'shop.products', '-', '--url', url, '--application', 'a'];
    expect(await runVerb(argv, { input: ['\n', ' \n'] })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'weir: no key came from the standard input\n',
    });
    expect(calls).toEqual([]);
  });

  it('asks for fewer keys at once where each may have many rows', async () => {
    const { url, calls } = await startFakeInstance(() => answer());
    const argv = [
      'lookup',
      'shop.products',
      '-',
      '--limit-per-key',
      '1000',
      '--url',
      url,
      '--application',
      'a',
    ];
    await runVerb(argv, { input: [Array.from({ length: 11 }, () => 'x').join('\n')] });
    expect(calls.map(({ body }) => (body as { keys: string[] }).keys.length)).toEqual([10, 1]);
  });
});

describe('who looks up', () => {
  it.each([
    ['--credential-file', {}, 'weir_of-the-file'],
    [undefined, { WEIR_CREDENTIAL: 'weir_of-the-environment' }, 'weir_of-the-environment'],
    ['--credential-file', { WEIR_CREDENTIAL: 'weir_of-the-environment' }, 'weir_of-the-file'],
  ])('with %s and %j is %s', async (option, env, credential) => {
    const { url, calls } = await startFakeInstance(() => answer(found('Lamp')));
    const file = writeConfig('weir_of-the-file\n');
    const more = option === undefined ? [] : [option, file];
    await runVerb(['lookup', 'shop.products', 'x', '--url', url, ...more], { env });
    expect(calls.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${credential}`]);
  });

  it.each<[string[], Record<string, string>, string, string]>([
    [[], {}, 'who asks?', 'nobody'],
    [['--application', 'a', '--credential-file', 'x'], {}, 'not both', 'two at once'],
    [['--application', 'a b'], {}, 'no name', 'a name that no header carries'],
    [['--credential-file', 'not-there'], {}, 'there is no such file', 'a file that is not there'],
    [
      [],
      { WEIR_CREDENTIAL: 'secret\nword' },
      'WEIR_CREDENTIAL holds no credential',
      'what no header carries',
    ],
    [
      ['--application', 'a', '--url', 'http://me:secret@127.0.0.1'],
      {},
      'no place in an address',
      'a credential in the address',
    ],
    [['--application', 'a', '--url', 'ftp://x'], {}, 'http://HOST:PORT', 'another protocol'],
  ])('is refused with %j and %j: %s', async (more, env, told) => {
    const { exitCode, stdout, stderr } = await runVerb(['lookup', 'shop.products', 'x', ...more], { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('secret');
  });
});

describe('a look-up that fails', () => {
  const argv = (url: string) => ['lookup', 'shop.products', 'x', '--url', url, '--application', 'a'];

  it('ends with 1 and tells the problem, its places and the id for the log', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 400,
      body: {
        type: '/problems/invalid-request',
        title: 'The request is malformed',
        status: 400,
        detail: 'a key is wrong',
        instance: 'f00d',
        errors: [{ pointer: '/keys/0', detail: 'must be an int' }],
      },
    }));
    expect(await runVerb(argv(url))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'weir: 400 The request is malformed: a key is wrong\n  /keys/0 must be an int\n  request id f00d\n',
    });
  });

  it('names the column that a refusal points at', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 422,
      body: { title: 'No', errors: [{ pointer: '/columns/1', detail: 'unknown column' }] },
    }));
    const { stderr } = await runVerb([...argv(url), '--column', 'title', '--column', 'prise']);
    expect(stderr).toBe('weir: 422 No\n  column prise: unknown column\n');
  });

  it('still shows what became of each key', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 503,
      body: {
        title: 'No owner of the key is up',
        status: 503,
        results: [{ status: 'error', rows: [], error: { title: 'No owner of the key is up' } }],
      },
    }));
    const { exitCode, stdout } = await runVerb(argv(url));
    expect(exitCode).toBe(1);
    expect(stdout).toContain('x    error: No owner of the key is up\n');
  });

  it.each([
    ['<html>', 200, 'no answer of a Weir'],
    ['<html>', 502, 'the status 502 and is none of Weir'],
  ])('says of %s with %i that %s', async (body, status, told) => {
    const { url } = await startFakeInstance(() => ({ status, body }));
    const { exitCode, stderr } = await runVerb(argv(url));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(told);
  });

  it('stops at the first request that fails', async () => {
    const { url, calls } = await startFakeInstance(() => ({ status: 503, body: { title: 'Too much' } }));
    const input = [Array.from({ length: 250 }, () => 'x').join('\n')];
    const { exitCode } = await runVerb(['lookup', 'a.b', '-', '--url', url, '--application', 'a'], { input });
    expect({ exitCode, calls: calls.length }).toEqual({ exitCode: 1, calls: 1 });
  });

  it.each([
    [['shop', 'x'], 'KEYSPACE.TABLE', 'no table'],
    [['shop.products', '{"a":'], 'key 1 begins as JSON does', 'broken JSON'],
    [['shop.products', 'a', '-'], 'all of them', 'the standard input beside other keys'],
  ])('is a wrong usage with %j: %s', async (given, told) => {
    const { url, calls } = await startFakeInstance(() => answer());
    const { exitCode, stderr } = await runVerb(['lookup', ...given, '--url', url, '--application', 'a']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(told);
    expect(calls).toEqual([]);
  });
});
