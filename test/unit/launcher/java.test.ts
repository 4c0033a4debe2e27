import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { findJava, majorOf, parseJavaVersion } from '../../../topology/launcher/java.ts';

describe('parseJavaVersion', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', '17.0.15'],
    ['java version "1.8.0_392"', '1.8.0_392'],
    ['openjdk version "21-ea" 2023-09-19', '21-ea'],
  ])('finds the version in %j', (printed, version) => {
    expect(parseJavaVersion(printed)).toBe(version);
  });

  it('finds none in another text', () => {
    expect(parseJavaVersion('command not found')).toBeUndefined();
  });
});

describe('majorOf', () => {
  test.each([
    ['17.0.15', 17],
    ['1.8.0_392', 8],
    ['21-ea', 21],
  ])('of %s is %i', (version, major) => {
    expect(majorOf(version)).toBe(major);
  });
});

describe('findJava', () => {
  let home: string;
  const install = (script: string) => {
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin/java'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(home, 'bin/java'), 0o755);
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'weir-java-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('finds the one of JAVA_HOME', async () => {
    install(`echo 'openjdk version "17.0.1"' >&2`);
    expect(await findJava(home)).toEqual({ path: join(home, 'bin/java'), major: 17, version: '17.0.1' });
  });

  test.each([
    ['too old', `echo 'openjdk version "11.0.2"' >&2`, /Java 11\.0\.2 is too old/],
    ['too new', `echo 'openjdk version "25.0.1"' >&2`, /Java 25\.0\.1 is too new/],
    ['silent', 'exit 0', /does not tell a version/],
    ['broken', 'exit 1', /failed/],
  ])('says what to install when Java is %s', async (_, script, message) => {
    install(script);
    await expect(findJava(home)).rejects.toThrow(message);
    await expect(findJava(home)).rejects.toThrow(/openjdk-17-jre-headless/);
  });

  it('says so when JAVA_HOME has none', async () => {
    await expect(findJava(home)).rejects.toThrow(/JAVA_HOME has no bin\/java/);
  });
});
