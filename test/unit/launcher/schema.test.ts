import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { defaultSpec, parseDatacenter } from '../../../topology/launcher/cluster-spec.ts';
import { checkSchemaFits, splitStatements, wantedReplicas } from '../../../topology/launcher/schema.ts';

const demo = readFileSync(resolve(import.meta.dirname, '../../../topology/schema.cql'), 'utf8');

describe('splitStatements', () => {
  test.each<[string, string, readonly string[]]>([
    ['two statements', 'A b;\nC d;', ['A b', 'C d']],
    ['a last one without its semicolon', 'A; B', ['A', 'B']],
    ['nothing but blanks and semicolons', ' ;\n; ', []],
    ['a semicolon in a string', "A 'x;y'; B", ["A 'x;y'", 'B']],
    ['a doubled quote in a string', "A 'it''s;'; B", ["A 'it''s;'", 'B']],
    ['a semicolon in a quoted name', 'A "x;""y"; B', ['A "x;""y"', 'B']],
    ['line comments of both kinds', '-- a; b\nA; // c; d\nB', ['A', 'B']],
    ['a block comment', 'A /* b;\n c */ d; E', ['A  d', 'E']],
    ['a minus and a slash that begin no comment', 'A -1 a/b; B', ['A -1 a/b', 'B']],
    ['two hyphens in a string', "A '--x'; B", ["A '--x'", 'B']],
    ['an apostrophe in a comment', "-- it's\nA; B", ['A', 'B']],
  ])('copes with %s', (_, cql, statements) => {
    expect(splitStatements(cql)).toEqual(statements);
  });
});

describe('wantedReplicas', () => {
  test.each<[string, Record<string, number>, string]>([
    [
      "WITH replication = {'class': 'NetworkTopologyStrategy', 'a': 3, 'b': '2'}",
      { a: 3, b: 2 },
      'both spellings of a number',
    ],
    [
      "WITH REPLICATION={'class':'org.x.NetworkTopologyStrategy','a':1}",
      { a: 1 },
      'no blanks, the full class name',
    ],
    [
      "WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 3}",
      {},
      'no datacenter named',
    ],
    ["WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}", {}, 'no datacenters at all'],
    ['CREATE TABLE x (a int PRIMARY KEY)', {}, 'not a keyspace'],
  ])('of %s are %j: %s', (statement, replicas) => {
    expect(Object.fromEntries(wantedReplicas(statement))).toEqual(replicas);
  });
});

describe('checkSchemaFits', () => {
  it('passes the demo schema for the default cluster', () => {
    expect(() => checkSchemaFits(demo, defaultSpec)).not.toThrow();
    expect(splitStatements(demo)).toHaveLength(2);
  });

  test.each([
    [
      'a datacenter with too few nodes',
      ['us-east-1-frontend=2', 'us-east-1-backend=2'],
      /3 replicas in datacenter us-east-1-frontend, which has 2/,
    ],
    [
      'a datacenter that is not there',
      ['us-east-1-frontend=3'],
      /2 replicas in datacenter us-east-1-backend, which has 0/,
    ],
  ])('refuses the demo schema for %s', (_, datacenters, message) => {
    const spec = { ...defaultSpec, datacenters: datacenters.map(parseDatacenter) };
    expect(() => checkSchemaFits(demo, spec)).toThrow(message);
  });
});
