import { describe, expect, it } from 'vitest';
import { runVerb } from '../../support/run-cli.ts';

describe('token', () => {
  // As a real node answers `SELECT token(…)`; the vectors of the hash itself are test/unit/token's.
  it.each([
    [['--type', 'int', '7'], '1634052884888577606\n', 'a number, given as text'],
    [['--type', 'int', '-5'], '4304547803022098149\n', 'a negative number is no option'],
    [['--type', 'text', '--type', 'int', 'a', '1'], '8247712171917364652\n', 'a composite key'],
  ])('prints the token of %j', async (argv, token) => {
    expect(await runVerb(['token', ...argv])).toEqual({ exitCode: 0, stdout: token, stderr: '' });
  });

  it('prints one line a key', async () => {
    const { stdout } = await runVerb(['token', '--type', 'text', '--type', 'int', 'a', '1', 'b', '2']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  it('prints the bytes with the token as JSON', async () => {
    const { stdout } = await runVerb(['token', '--type', 'text', '--type', 'int', 'a', '1', '--json']);
    expect(JSON.parse(stdout)).toEqual([
      { key: ['a', '1'], token: '8247712171917364652', bytes: '0x0001610000040000000100' },
    ]);
  });

  it.each([
    [
      ['--type', 'frozen<list<int>>', '[1,2]'],
      '0x00000002000000040000000100000004000000',
      'collections are JSON',
    ],
    [['--type', 'boolean', 'true'], '0x01', 'a boolean is a word'],
    [['--type', 'blob', '0x00ff'], '0x00ff', 'a blob is hex'],
  ])('takes the values of %j in their own form', async (argv, bytes) => {
    const { stdout } = await runVerb(['token', '--json', ...argv]);
    const [{ bytes: shown }] = JSON.parse(stdout) as [{ bytes: string }];
    expect(shown.startsWith(bytes)).toBe(true);
  });

  it.each([
    [['--type', 'nope', 'x'], 'nope is no CQL type that stands alone', 'an unknown type'],
    [['--type', 'int', 'secret-value'], 'int', 'a value of another type'],
    [['--type', 'int', '1', 'secret-value'], 'key 2: ', 'the second of several keys'],
    [['--type', 'text', '--type', 'int', 'a', 'secret-value'], 'component 2: ', 'the second component'],
    [['--type', 'text', '--type', 'int', 'secret-value'], 'a key has 2 components', 'too few values'],
    [['--type', 'text', ''], 'may not be empty', 'an empty key'],
    [['--type', 'text', 'x'.repeat(65_536)], 'at most 65535 bytes', 'a key beyond the bound'],
    [
      ['--type', 'text', '--type', 'text', 'x'.repeat(65_536), 'y'],
      'at most 65535 bytes',
      'a component beyond it',
    ],
  ])('refuses %j and says %s without the value', async (argv, told) => {
    const { exitCode, stdout, stderr } = await runVerb(['token', ...argv]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('secret-value');
  });
});
