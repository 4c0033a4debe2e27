import { describe, expect, it } from 'vitest';
import { runVerb } from '../../support/run-cli.ts';
import { startScanInstance } from './scan-instance.ts';
import { rowTexts } from './scan-source.ts';

const scan = (url: string, ...options: readonly string[]) => [
  ...['scan', '--table', 'shop.products', '--url', url, '--application', 'report'],
  ...options,
];
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

describe('scan', () => {
  it('prints the rows of a range, one a line, with their number beside them', async () => {
    const { url, scans } = await startScanInstance();
    const options = [
      '--start',
      '0',
      '--end',
      '5',
      '--columns',
      'n,price',
      '--page-size',
      '50',
      '--session',
      'x-1',
    ];
    const { exitCode, stdout, stderr } = await runVerb(scan(url, ...options, '--timeout', '3s'));
    expect([exitCode, stderr]).toEqual([0, 'rows: 5\n']);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 5));
    expect(scans).toMatchObject([
      {
        path: '/v1/shop/products/scan',
        headers: { 'x-weir-app': 'report', 'x-weir-session': 'x-1', 'x-request-timeout-ms': '3000' },
        body: { range: { start: '0', end: '5' }, columns: ['n', 'price'], pageSize: 50 },
      },
    ]);
  });

  it.each([
    [['--split', '2,4'], { range: { start: '2', end: '4' } }],
    [['--key', 'sku-1'], { key: 'sku-1' }],
    [['--key', '{"a":1}'], { key: { a: 1 } }],
    [['--cursor', '3:6'], { cursor: '3:6' }],
    [['--key', 'sku-1', '--cursor', '3:6'], { key: 'sku-1', cursor: '3:6' }],
  ])('asks with %j for %j', async (options, body) => {
    const { url, scans } = await startScanInstance();
    expect((await runVerb(scan(url, ...options))).exitCode).toBe(0);
    expect(scans.map((each) => each.body)).toEqual([body]);
  });

  it('goes on after a connection that breaks, and says how often', async () => {
    const { url, scans } = await startScanInstance((number) =>
      number === 1 ? { kind: 'throws', after: 5 } : undefined,
    );
    const { exitCode, stdout, stderr } = await runVerb(scan(url, '--split', '0,12'));
    expect([exitCode, stderr]).toEqual([0, 'rows: 12, answers that broke off or ended early: 1\n']);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 12));
    expect(scans[1]?.body).toMatchObject({ cursor: '4:12' });
  });

  it('fails instead where it is not to resume, and tells how it would go on', async () => {
    const { url, scans } = await startScanInstance(() => ({ kind: 'throws', after: 5 }));
    const { exitCode, stdout, stderr } = await runVerb(scan(url, '--split', '0,12', '--no-resume'));
    expect([exitCode, scans.length]).toEqual([1, 1]);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 5));
    expect(stderr).toMatch(
      /^rows: 5\nweir: the scan stopped: .*\n {2}go on with --cursor 4:12, and leave out its first rows, which are printed already: 1\n$/,
    );
  });

  it('tells of checkpoints beside the rows', async () => {
    const { url } = await startScanInstance();
    const { stderr } = await runVerb(scan(url, '--split', '0,4', '--checkpoints'));
    expect(linesOf(stderr)).toEqual([
      '{"checkpoint":{"cursor":"2:4","rows":2}}',
      '{"checkpoint":{"cursor":"4:4","rows":4}}',
      'rows: 4',
    ]);
  });

  it('prints lines with what they are', async () => {
    const { url } = await startScanInstance();
    const { stdout } = await runVerb(scan(url, '--split', '0,2', '--json'));
    expect(linesOf(stdout)).toEqual([
      ...rowTexts(0, 2).map((row) => `{"row":${row}}`),
      '{"checkpoint":{"cursor":"2:2","rows":2}}',
      '{"end":{"rows":2,"complete":true}}',
    ]);
  });

  it('ends at its limit with the cursor to go on with', async () => {
    const { url, scans } = await startScanInstance();
    const { exitCode, stdout, stderr } = await runVerb(
      scan(url, '--split', '0,12', '--limit', '5', '--json'),
    );
    expect([exitCode, stderr]).toEqual([0, 'rows: 5\ngo on with --cursor 5:12\n']);
    expect(linesOf(stdout).at(-1)).toBe('{"end":{"rows":5,"complete":false,"cursor":"5:12"}}');
    expect(scans.map(({ body }) => body)).toMatchObject([{ limit: 5 }]);
  });

  it('names the column that a refusal points at', async () => {
    const { url } = await startScanInstance(() => 422);
    const { exitCode, stderr } = await runVerb(scan(url, '--split', '0,12', '--columns', 'prise'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('422 No\n  column prise:');
  });

  it('is not tried again where nobody listens', async () => {
    const { exitCode, stderr } = await runVerb(scan('http://127.0.0.1:1', '--split', '0,12'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'nobody listens there\n  there is no cursor yet: begin again with --split 0,12\n',
    );
  });

  it.each([
    [['--start', '0'], 'given together'],
    [['--split', '0'], 'START,END'],
    [['--split', '0,1,2'], 'START,END'],
    [['--start', 'a', '--end', '5'], 'whole number'],
    [['--split', '0,5', '--key', 'x'], 'one of'],
    [['--split', '0,5', '--parallel', '2'], 'whole table'],
    [['--parallel', '65'], 'at most 64'],
    [['--columns', 'a,,b'], 'single commas'],
    [['--key', '{"a"'], 'begins as JSON does'],
    [['--key', '-'], 'standard input'],
  ])('is a wrong usage with %j: %s', async (options, told) => {
    const { exitCode, stdout, stderr } = await runVerb(scan('http://127.0.0.1:1', ...options));
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(told);
  });
});

describe('the scan of a whole table', () => {
  it('goes split by split, one after another', async () => {
    const { url, scans, most } = await startScanInstance();
    const { exitCode, stdout, stderr } = await runVerb(scan(url));
    expect([exitCode, stderr, most()]).toEqual([0, 'rows: 12\n', 1]);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 12));
    expect(scans.map(({ body }) => body)).toEqual(
      [
        ['0', '3'],
        ['3', '8'],
        ['8', '12'],
      ].map(([start, end]) => ({ range: { start, end } })),
    );
  });

  it('goes as many splits at once as it is told, and prints whole lines', async () => {
    const { url, most } = await startScanInstance((number) =>
      number === 2 ? { kind: 'throws', after: 1 } : undefined,
    );
    const { exitCode, stdout } = await runVerb(scan(url, '--parallel', '2'));
    expect([exitCode, most()]).toEqual([0, 2]);
    expect(linesOf(stdout).toSorted()).toEqual(rowTexts(0, 12).toSorted());
  });

  it('names the split of each checkpoint, and has one end', async () => {
    const { url } = await startScanInstance();
    const { stdout } = await runVerb(scan(url, '--json'));
    const lines = linesOf(stdout);
    expect(lines).toContain('{"split":"s1","checkpoint":{"cursor":"5:8","rows":2}}');
    expect(lines.filter((line) => line.startsWith('{"end"'))).toEqual([
      '{"end":{"rows":12,"complete":true}}',
    ]);
    expect(lines.at(-1)).toContain('"end"');
  });

  it('prints no more than its limit, whatever split the rows are from', async () => {
    const { url, scans } = await startScanInstance();
    const { exitCode, stdout, stderr } = await runVerb(scan(url, '--limit', '6'));
    expect([exitCode, stderr, scans.length]).toEqual([0, 'rows: 6\n', 2]);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 6));
  });

  it('begins no split of no rows where its limit is reached with the last row of the one before', async () => {
    const refusesNone = (_: number, body: object) => ('limit' in body && body.limit === 0 ? 400 : undefined);
    const { url, scans } = await startScanInstance(refusesNone);
    const { exitCode, stdout, stderr } = await runVerb(scan(url, '--limit', '3'));
    expect([exitCode, stderr, scans.length]).toEqual([0, 'rows: 3\n', 1]);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 3));
  });

  it('stops at the first split that fails, and tells what is left', async () => {
    const { url, scans } = await startScanInstance((_, body) =>
      JSON.stringify(body).includes('"start":"3"')
        ? { kind: 'error', after: 3, slug: 'unreadable-value' }
        : undefined,
    );
    const { exitCode, stdout, stderr } = await runVerb(scan(url));
    expect([exitCode, scans.length]).toEqual([1, 2]);
    expect(linesOf(stdout)).toEqual(rowTexts(0, 6));
    expect(linesOf(stderr)).toEqual([
      'rows: 6',
      'weir: the scan stopped: It failed',
      '  s1: go on with --cursor 5:8, and leave out its first rows, which are printed already: 1',
      '  not begun: --start 8 --end 12',
    ]);
  });
});
