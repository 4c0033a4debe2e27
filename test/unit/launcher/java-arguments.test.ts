import { describe, expect, it, test } from 'vitest';
import { daemonArguments, type JavaSettings } from '../../../topology/launcher/java-arguments.ts';

const settings: JavaSettings = {
  directory: '/data/node-1',
  classPath: '/jars/a.jar:/jars/b.jar',
  javaMajor: 17,
  heapMiB: 384,
  jmxPort: 7199,
  bootstrap: false,
  quickStart: false,
};
const args = (change: Partial<JavaSettings> = {}) => daemonArguments({ ...settings, ...change });

describe('daemonArguments', () => {
  it('ends with the class path and the main class', () => {
    expect(args().slice(-3)).toEqual([
      '-classpath',
      '/jars/a.jar:/jars/b.jar',
      'org.apache.cassandra.service.CassandraDaemon',
    ]);
  });

  it('names the files of the node as URLs, whatever is in the path', () => {
    expect(args({ directory: '/a b' })).toContain('-Dcassandra.config=file:///a%20b/cassandra.yaml');
  });

  it('keeps the full compiler unless a quick start is asked for', () => {
    expect(args()).not.toContain('-XX:TieredStopAtLevel=1');
    expect(args({ quickStart: true })).toContain('-XX:TieredStopAtLevel=1');
  });

  it('lets a joining node listen long enough to find peers to stream from', () => {
    expect(args({ bootstrap: true })).toContain('-Dcassandra.ring_delay_ms=8000');
    expect(args()).toContain('-Dcassandra.ring_delay_ms=2000');
  });

  test.each([
    ['use', '-XX:SharedArchiveFile=/cache/classes.jsa'],
    ['write', '-XX:ArchiveClassesAtExit=/cache/classes.jsa'],
  ] as const)('can %s an archive of classes', (mode, argument) => {
    expect(args({ classArchive: { path: '/cache/classes.jsa', mode } })).toContain(argument);
  });

  it('allows the security manager where Java asks for leave', () => {
    expect(args({ javaMajor: 21 })).toContain('-Djava.security.manager=allow');
    expect(args()).not.toContain('-Djava.security.manager=allow');
  });
});
