import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ServedWeir, serveWeir } from '../support/served-weir.ts';

const serverName = 'weir.test';
const folder = mkdtempSync(path.join(tmpdir(), 'weir-tls-'));
const inFolder = (name: string): string => path.join(folder, name);

const config = `
data:
  host: 127.0.0.1
  port: 0
  tls: { certFile: weir.crt, keyFile: weir.key }
admin: { host: 127.0.0.1, port: 0 }
cassandra: { embedded: { datacenters: { us-east-1-frontend: 3 }, seedRows: 10 } }
auth: trusted
applications:
  storefront: { class: frontend, tables: { shop.products: [read] } }
`;

interface Pair {
  readonly cert: string;
  readonly private: string;
}

const newPair = (): Promise<Pair> =>
  generate([{ name: 'commonName', value: serverName }], { keyType: 'ec' }) as Promise<Pair>;
const install = ({ cert, private: key }: Pair): void => {
  writeFileSync(inFolder('weir.crt'), cert);
  writeFileSync(inFolder('weir.key'), key);
};

describe('weir serve with a certificate', () => {
  let weir: ServedWeir;
  let first: Pair;
  let second: Pair;

  beforeAll(async () => {
    [first, second] = [await newPair(), await newPair()];
    install(first);
    writeFileSync(inFolder('weir.yaml'), config);
    weir = await serveWeir(['--config', inFolder('weir.yaml')]);
  });
  afterAll(async () => {
    await weir.stop();
    rmSync(folder, { recursive: true });
  });

  /** The status of a row, read by a client that trusts this certificate and no other; rejects when it is another. */
  const readRow = async ({ cert }: Pair, agent?: Agent): Promise<number | undefined> => {
    const sent = request(`${weir.dataUrl}/v1/shop/products/row?sku=sku-1`, {
      ca: cert,
      servername: serverName,
      headers: { 'x-weir-app': 'storefront' },
      agent: agent ?? false,
    });
    sent.end();
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  };

  it('serves rows over TLS, with that certificate', async () => {
    expect(weir.dataUrl).toMatch(/^https:/);
    expect(await readRow(first)).toBe(200);
    await expect(readRow(second)).rejects.toThrow(/certificate/i);
  });

  it('speaks to nobody without TLS', async () => {
    await expect(fetch(weir.dataUrl.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('keeps its certificate, and says why, when a renewed one comes without its key', async () => {
    writeFileSync(inFolder('weir.crt'), second.cert);
    weir.signal('SIGHUP');
    const reason = await eventually('readiness names the key', async () => {
      const answer = await (await fetch(`${weir.adminUrl}/readyz?verbose`)).text();
      return answer.includes('keyFile') ? answer : undefined;
    });
    expect(reason).toContain('"ready":true');
    expect(await readRow(first)).toBe(200);
  });

  it('takes the renewed certificate for new connections, and leaves open ones alone', async () => {
    const open = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await readRow(first, open)).toBe(200);
    install(second);
    weir.signal('SIGHUP');
    await eventually('the renewed certificate is shown', () => readRow(second).catch(() => undefined));
    expect(await readRow(first, open)).toBe(200);
    await expect(readRow(first)).rejects.toThrow(/certificate/i);
    open.destroy();
  });
});
