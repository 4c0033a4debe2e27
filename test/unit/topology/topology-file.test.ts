import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseTopologyFile } from '../../../src/core/topology/topology-file.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { anyTopology, printTopology, topologyOf } from './topologies.ts';

const node = '54.0.0.1=us-east-1-frontend:us-east-1a:10.0.0.1';
const faultsOf = (text: string) => parseTopologyFile(text).faults;

describe('a topology file', () => {
  it('has one node a line', () => {
    expect(topologyOf(`${node}\n54.0.0.2=us-east-1-backend:us-east-1b:10.0.0.2\n`).entries).toEqual([
      {
        publicAddress: '54.0.0.1',
        datacenter: 'us-east-1-frontend',
        rack: 'us-east-1a',
        privateAddress: '10.0.0.1',
        line: 1,
      },
      {
        publicAddress: '54.0.0.2',
        datacenter: 'us-east-1-backend',
        rack: 'us-east-1b',
        privateAddress: '10.0.0.2',
        line: 2,
      },
    ]);
  });

  test.each([
    ['a comment on a line of its own', `# nodes\n${node}`, 2],
    ['a comment after a node', `${node} # the first`, 1],
    ['a comment that looks like a node', `# ${node}\n${node}`, 2],
    ['blank lines, and lines of blanks', `\n \t \n${node}\n\n`, 3],
    ['line ends of other systems', `# nodes\r\n\r\n${node}\r\n`, 3],
    ['a byte order mark', `\uFEFF${node}`, 1],
    ['blanks around every part', '  54.0.0.1 = us-east-1-frontend : us-east-1a : 10.0.0.1  ', 1],
  ])('may have %s', (_, text, line) => {
    const { topology, faults } = parseTopologyFile(text);
    expect(faults).toEqual([]);
    expect(topology.entries).toEqual([{ ...topologyOf(node).entries[0], line }]);
  });

  it('may give a node one address for both', () => {
    expect(topologyOf('127.0.0.11=dc:r1:127.0.0.11').entries).toMatchObject([
      { publicAddress: '127.0.0.11', privateAddress: '127.0.0.11' },
    ]);
  });

  test.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', 'zeros are left out, letters are small'],
    ['::ffff:10.0.0.9', '10.0.0.9', 'a mapped address reaches the IPv4 one'],
  ])('takes [%s] as %s: %s', (written, canonical) => {
    expect(topologyOf(`[${written}]=dc:r1:[fd00::1]`).entries).toMatchObject([
      { publicAddress: canonical, privateAddress: 'fd00::1' },
    ]);
  });

  it('may name datacenters and racks in any script', () => {
    expect(topologyOf('54.0.0.1=東京 一:rack/7 (old):10.0.0.1').entries).toMatchObject([
      { datacenter: '東京 一', rack: 'rack/7 (old)' },
    ]);
  });

  it('comes back from being printed', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        expect(parseTopologyFile(printTopology(topology))).toEqual({ topology, faults: [] });
      }),
    );
  });
});

describe('a line that is wrong', () => {
  test.each([
    ['no = at all', '54.0.0.1', 1, 'there is no "="'],
    ['a property with a colon', '  54.0.0.1:dc:r1:10.0.0.1', 3, 'there is no "="'],
    ['no public address', '=dc:r1:10.0.0.1', 1, 'the public address is missing'],
    ['no private address', '54.0.0.1=dc:r1:', 16, 'the private address is missing'],
    ['nothing after the =', '54.0.0.1=', 10, 'after the "=" there is one part, not three'],
    ['no rack', '54.0.0.1= dc:10.0.0.1', 11, 'after the "=" there are 2 parts, not three'],
    ['a part too many', '54.0.0.1=dc:r1:10.0.0.1:9042', 10, 'after the "=" there are 4 parts, not three'],
    ['a host name', 'node-1=dc:r1:10.0.0.1', 1, 'the public address is not an IP address'],
    ['a port', '54.0.0.1:9042=dc:r1:10.0.0.1', 1, 'the public address is not an IP address'],
    [
      'a leading zero, octal to some',
      '54.0.0.1=dc:r1:10.0.0.01',
      16,
      'the private address is not an IP address',
    ],
    ['a network', '54.0.0.1=dc:r1:10.0.0.0/8', 16, 'the private address is not an IP address'],
    ['an interface', '[fe80::1%eth0]=dc:r1:10.0.0.1', 1, 'the public address is not an IP address'],
    [
      'the address of every interface',
      '0.0.0.0=dc:r1:10.0.0.1',
      1,
      'the public address stands for every address',
    ],
    ['bare IPv6 before the =', '2001:db8::1=dc:r1:10.0.0.1', 1, 'the public address is not in brackets'],
    ['bare IPv6 at the end', '54.0.0.1=dc:r1:fd00::1', 16, 'the private address is not in brackets'],
    ['IPv4 in brackets', '[54.0.0.1]=dc:r1:10.0.0.1', 1, 'the public address is in brackets'],
    ['an empty datacenter', '54.0.0.1=:r1:10.0.0.1', 10, 'the name of the datacenter is missing'],
    ['a rack of blanks', '54.0.0.1=dc: :10.0.0.1', 14, 'the name of the rack is missing'],
    ['a second =', '54.0.0.1=dc=2:r1:10.0.0.1', 10, 'the name of the datacenter has an "="'],
    ['a bracket in a name', '54.0.0.1=dc:r]1:10.0.0.1', 13, 'the name of the rack has a bracket'],
    [
      'a control character',
      '54.0.0.1=d\u0007c:r1:10.0.0.1',
      10,
      'the name of the datacenter has a character that cannot be seen',
    ],
    [
      'a zero-width blank',
      '54.0.0.1=dc:r\u200B1:10.0.0.1',
      13,
      'the name of the rack has a character that cannot be seen',
    ],
    [
      'bytes that are not UTF-8',
      '54.0.0.1=d\uFFFDc:r1:10.0.0.1',
      10,
      'the name of the datacenter has a character that cannot be seen',
    ],
    [
      'an endless name',
      `54.0.0.1=${'d'.repeat(256)}:r1:10.0.0.1`,
      10,
      'the name of the datacenter is too long',
    ],
  ])('has %s', (_, text, column, what) => {
    expect(
      faultsOf(`${text}\n${node.replace('54.0.0.1', '54.9.9.9').replace('10.0.0.1', '10.9.9.9')}`),
    ).toEqual([{ line: 1, column, what, why: expect.stringMatching(/./) }]);
  });

  it('is told with every fault it has', () => {
    expect(faultsOf('node=:r1:nowhere').map(({ column }) => column)).toEqual([1, 6, 10]);
  });

  it('is left out, and the others are there', () => {
    const { topology, faults } = parseTopologyFile(`${node}\nnonsense\n54.0.0.2=dc:r1:10.0.0.2`);
    expect(topology.entries.map(({ line }) => line)).toEqual([1, 3]);
    expect(faults.map(({ line }) => line)).toEqual([2]);
  });

  it('is not quoted: the file may be another one, with secrets', () => {
    for (const secret of ['password: hunter2', 'hunter2=hunter2:hunter2:hunter2', '[hunter2=a:b:c']) {
      expect(JSON.stringify(faultsOf(secret))).not.toContain('hunter2');
    }
  });
});

describe('an address that stands for two nodes', () => {
  test.each([
    ['54.0.0.1=dc:r2:10.0.0.2', 1, 'the public address is the public one of line 1 too'],
    ['54.0.0.2=dc:r2:10.0.0.1', 16, 'the private address is the private one of line 1 too'],
    ['10.0.0.1=dc:r2:10.0.0.2', 1, 'the public address is the private one of line 1 too'],
    ['54.0.0.2=dc:r2:54.0.0.1', 16, 'the private address is the public one of line 1 too'],
    ['[::ffff:54.0.0.1]=dc:r2:10.0.0.2', 1, 'the public address is the public one of line 1 too'],
  ])('is a fault of the later line: %s', (line, column, what) => {
    const { topology, faults } = parseTopologyFile(`${node}\n${line}`);
    expect(faults).toEqual([{ line: 2, column, what, why: 'an address stands for one node' }]);
    expect(topology.entries).toHaveLength(1);
  });

  it('is found under another spelling', () => {
    expect(faultsOf('[2001:db8::1]=dc:r1:10.0.0.1\n[2001:0db8:0:0::1]=dc:r1:10.0.0.2')).toMatchObject([
      { line: 2, column: 1 },
    ]);
  });
});

describe('the bounds of a topology file', () => {
  test.each(['', '\n\n', '# nobody\n'])('refuse a file without a node: %j', (text) => {
    expect(faultsOf(text)).toEqual([
      { line: 1, column: 1, what: 'the file names no node', why: 'one line a node is needed' },
    ]);
  });

  it('are 10,000 lines', () => {
    const nodes = Array.from({ length: 10_001 }, (_, at) => `fd00::${(at + 1).toString(16)}`);
    const text = (count: number) =>
      nodes
        .slice(0, count)
        .map((ip) => `[${ip}]=dc:r1:[${ip}]\n`)
        .join('');
    expect(topologyOf(text(10_000)).entries).toHaveLength(10_000);
    expect(parseTopologyFile(text(10_001))).toMatchObject({
      topology: { entries: [] },
      faults: [{ line: 10_001, what: 'the file has too many lines' }],
    });
  });

  it('are 1 MiB', () => {
    expect(faultsOf(`${node}#${'x'.repeat(1_048_576)}`)).toMatchObject([{ what: 'the file is too large' }]);
  });

  it('are 100 faults', () => {
    expect(faultsOf('nonsense\n'.repeat(500))).toHaveLength(100);
  });

  it('hold for any text, which never throws', () => {
    const pieces = fc.constantFrom(
      '54.0.0.1',
      '=',
      ':',
      '[',
      ']',
      '::1',
      'dc',
      '#',
      '\n',
      '\r',
      ' ',
      '\uFEFF',
      '\uD800',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (content) => {
        const { topology, faults } = parseTopologyFile(content);
        const lines = content.split(/\r\n|\n|\r/);
        for (const { line, column } of faults) {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        }
        expect(topology.entries.length + faults.length).toBeGreaterThan(0);
        if (faults.length === 0)
          expect(parseTopologyFile(printTopology(topology)).topology).toEqual(topology);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
