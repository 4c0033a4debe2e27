import { describe, expect, test } from 'vitest';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { jsonFromValue } from '../../../src/core/encoding/json-from-value.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';

const read = (type: string, json: string) => valueFromJson(parseCqlType(type), JSON.parse(json));
const write = (type: string, value: CqlValue) => jsonFromValue(parseCqlType(type), value);

describe('valueFromJson, then jsonFromValue', () => {
  const kept: readonly [string, string, string, string][] = [
    ['tinyint', '-128', '-128', 'the least'],
    ['smallint', '"32767"', '32767', 'digits are taken too'],
    ['int', '2147483647', '2147483647', 'the greatest'],
    ['int', '1e3', '1000', 'JSON does not tell 1e3 from 1000'],
    ['int', '-0', '0', 'a whole number has no signed zero'],
    ['bigint', '9007199254740991', '"9007199254740991"', 'safe as a number, digits out'],
    ['bigint', '"-9223372036854775808"', '"-9223372036854775808"', 'all 64 bits'],
    ['counter', '"007"', '"7"', 'leading zeros mean nothing'],
    ['varint', `"${'9'.repeat(60)}"`, `"${'9'.repeat(60)}"`, 'any length'],
    ['decimal', '"1.10"', '"1.10"', 'the scale is kept'],
    ['decimal', '"1.1"', '"1.1"', 'and is another'],
    ['decimal', '19.9', '"19.9"', 'a number'],
    ['decimal', '"1.10E-20"', '"1.10E-20"', 'scientific'],
    ['decimal', '"0.00000110"', '"0.00000110"', 'an exponent of -6 is still plain'],
    ['decimal', '"0.000000110"', '"1.10E-7"', 'below it is not'],
    ['decimal', '"1e3"', '"1E+3"', 'a scale below zero is never written out'],
    ['decimal', '"12E+2000000000"', '"1.2E+2000000001"', 'nor is a huge exponent'],
    ['decimal', '"0.000"', '"0.000"', 'a zero has a scale'],
    ['decimal', '"0E-10"', '"0E-10"', 'a small one too'],
    ['decimal', '"-.5"', '"-0.5"', 'no whole part'],
    ['decimal', '"+5."', '"5"', 'no fraction'],
    ['decimal', '0.1234567890123', '"0.1234567890123"', 'fifteen digits survive a number'],
    ['duration', '"1y2mo3w4d5h6m7s8ms9us10ns"', '"1y2mo25d5h6m7s8ms9us10ns"', 'weeks are days'],
    ['duration', '"14mo"', '"1y2mo"', 'a year has twelve months'],
    ['duration', '"36h"', '"36h"', 'a day is no number of hours'],
    ['duration', '"90m"', '"1h30m"', 'an hour has sixty minutes'],
    ['duration', '"-1D2H"', '"-1d2h"', 'one sign for all, units in any case'],
    ['duration', '"5\u00b5s"', '"5us"', 'microseconds by their letter'],
    ['duration', '"0d"', '"0s"', 'no time at all'],
    ['duration', '"P1Y2M3DT4H5M6S"', '"1y2mo3d4h5m6s"', 'ISO 8601'],
    ['duration', '"-P1D"', '"-1d"', 'ISO 8601, below zero'],
    ['duration', '"PT5M"', '"5m"', 'ISO 8601, minutes'],
    ['duration', '"P5M"', '"5mo"', 'ISO 8601, months'],
    ['duration', '"P3W"', '"21d"', 'ISO 8601, weeks'],
    ['duration', '"P0001-02-03T04:05:06"', '"1y2mo3d4h5m6s"', 'ISO 8601, the alternative form'],
    ['duration', '"2147483647mo"', '"178956970y7mo"', 'the most months'],
    ['duration', '"-2147483648d"', '"-2147483648d"', 'the fewest days'],
    ['duration', '"-9223372036854775808ns"', '"-2562047h47m16s854ms775us808ns"', 'the least of 64 bits'],
    ['float', '0.1', '0.1', 'the shortest decimal of 32 bits, not 0.10000000149011612'],
    ['float', '16777217', '16777216', 'rounded to 32 bits'],
    ['float', '1e-45', '1e-45', 'the least denormal'],
    ['float', '"3.4028235e38"', '3.4028235e+38', 'the greatest, as a numeric string'],
    ['float', '-0.0', '-0.0', 'the sign of zero'],
    ['float', '"NaN"', '"NaN"', 'no number'],
    ['double', '0.1', '0.1', 'the shortest decimal'],
    ['double', '-0', '-0.0', 'the sign of zero, also for readers that have integers'],
    ['double', '"-Infinity"', '"-Infinity"', 'beyond numbers'],
    ['double', '"5"', '5', 'a numeric string'],
    ['text', '"a\\u0000\\"\\u2028😀"', '"a\\u0000\\"\u2028😀"', 'any well-formed string'],
    ['text', '""', '""', 'the empty one is no null'],
    ['ascii', '"\\u007f"', '"\u007f"', 'the last of ASCII'],
    ['blob', '"0x00fF"', '"0x00ff"', 'lower-case out'],
    ['blob', '"0x"', '"0x"', 'no bytes'],
    ['boolean', 'true', 'true', 'strict'],
    [
      'uuid',
      '"00112233-4455-6677-8899-AABBCCDDEEFF"',
      '"00112233-4455-6677-8899-aabbccddeeff"',
      'any case in',
    ],
    [
      'timeuuid',
      '"00112233-4455-1677-8899-aabbccddeeff"',
      '"00112233-4455-1677-8899-aabbccddeeff"',
      'version 1',
    ],
    ['inet', '"192.0.2.1"', '"192.0.2.1"', 'IPv4'],
    ['inet', '"2001:DB8:0:0:0:0:0:1"', '"2001:db8::1"', 'canonical out'],
    [
      'inet',
      '"::FFFF:192.0.2.1"',
      '"::ffff:192.0.2.1"',
      'mapped: neither its bytes nor its form become IPv4',
    ],
    ['time', '"08:12:54.1"', '"08:12:54.100000000"', 'shorter fractions'],
    ['time', '"08:12"', '"08:12:00.000000000"', 'no seconds'],
    ['time', '86399999999999', '"23:59:59.999999999"', 'nanoseconds, up to the last'],
    ['date', '"1970-01-01"', '"1970-01-01"', 'the epoch'],
    ['date', '-1', '"1969-12-31"', 'days'],
    ['date', '"2000-02-29"', '"2000-02-29"', 'a leap day of a century'],
    ['date', '"+010000-01-01"', '"+010000-01-01"', 'beyond four digits'],
    ['date', '"-000001-12-31"', '"-000001-12-31"', 'before the year 0'],
    ['date', '-2147483648', '"-5877641-06-23"', 'the first day that Cassandra has'],
    ['date', '"+5881580-07-11"', '"+5881580-07-11"', 'and the last'],
    ['timestamp', '"2011-02-03T04:05:06.789Z"', '"2011-02-03T04:05:06.789Z"', 'RFC 3339'],
    ['timestamp', '"2011-02-03t04:05:06z"', '"2011-02-03T04:05:06.000Z"', 'in any case'],
    ['timestamp', '"2011-02-03T04:05:06.7+01:30"', '"2011-02-03T02:35:06.700Z"', 'with an offset'],
    ['timestamp', '"2011-02-03 04:05+0000"', '"2011-02-03T04:05:00.000Z"', "Cassandra's own"],
    [
      'timestamp',
      '"2011-02-03 04:05:06.789 -08"',
      '"2011-02-03T12:05:06.789Z"',
      "Cassandra's own, with a space",
    ],
    ['timestamp', '"2011-02-03"', '"2011-02-03T00:00:00.000Z"', 'a day begins in UTC'],
    ['timestamp', '"2011-02-03+0100"', '"2011-02-02T23:00:00.000Z"', 'or at its offset'],
    ['timestamp', '"2011-02-03T04:05:06.789000000Z"', '"2011-02-03T04:05:06.789Z"', 'zeros that say nothing'],
    ['timestamp', '-1', '"1969-12-31T23:59:59.999Z"', 'epoch ms'],
    ['timestamp', '"1299038700000"', '"2011-03-02T04:05:00.000Z"', 'epoch ms as digits'],
    ['timestamp', '"0000-01-01T00:00:00Z"', '"0000-01-01T00:00:00.000Z"', 'the year 0'],
    ['timestamp', '-62167219200001', '"-000001-12-31T23:59:59.999Z"', 'and before'],
    ['timestamp', '8640000000000000', '"+275760-09-13T00:00:00.000Z"', 'the last one with a form'],
  ];
  test.each(kept)('takes %s %s and gives %s: %s', (type, json, out) => {
    expect(write(type, read(type, json))).toBe(out);
  });
});

describe('valueFromJson', () => {
  const refused: readonly [string, string, string][] = [
    ['tinyint', '128', 'out of range'],
    ['smallint', '-32769', 'out of range'],
    ['int', '2147483648', 'out of range'],
    ['int', '1.5', 'not whole'],
    ['int', '"1.0"', 'digits only'],
    ['int', '"0x10"', 'digits only'],
    ['int', '""', 'no digit'],
    ['int', 'true', 'no number'],
    ['int', '[1]', 'no number'],
    ['bigint', '9007199254740993', 'may have been rounded already'],
    ['bigint', '"9223372036854775808"', 'out of range'],
    ['bigint', '1.5', 'not whole'],
    ['varint', '1e300', 'may have been rounded already'],
    ['varint', `"${'9'.repeat(20_000)}"`, 'a long one costs more than it weighs'],
    ['decimal', '"NaN"', 'no number'],
    ['decimal', '"."', 'no digit'],
    ['decimal', '""', 'no digit'],
    ['decimal', '"1,5"', 'a comma is no point'],
    ['decimal', '" 1"', 'no space'],
    ['decimal', '"1e2147483649"', 'the scale is 32 bits'],
    ['decimal', '"1e99999999999999999999"', 'the scale is 32 bits'],
    ['decimal', `"${'1'.repeat(20_000)}"`, 'a long one costs more than it weighs'],
    ['decimal', '0.30000000000000004', 'more digits than a number carries'],
    ['decimal', '12345678901234567890', 'may have been rounded already'],
    ['float', '1e39', 'out of range: not infinity'],
    ['float', '"nan"', 'one way of writing it'],
    ['double', '"1e400"', 'out of range: not infinity'],
    ['double', '"0x10"', 'decimal only'],
    ['double', '" 1"', 'no space'],
    ['double', '""', 'no digit'],
    ['text', '5', 'no string'],
    ['text', '"\\ud800"', 'a lone surrogate has no UTF-8'],
    ['ascii', '"\\u0080"', 'beyond ASCII'],
    ['blob', '"00"', 'no 0x'],
    ['blob', '"0x0"', 'half a byte'],
    ['blob', '"0xgg"', 'no hex'],
    ['boolean', '"true"', 'a string'],
    ['boolean', '1', 'a number'],
    ['uuid', '"00112233445566778899aabbccddeeff"', 'no hyphens'],
    ['uuid', '"{00112233-4455-6677-8899-aabbccddeeff}"', 'braces'],
    ['timeuuid', '"00112233-4455-4677-8899-aabbccddeeff"', 'version 4'],
    ['inet', '"localhost"', 'a name'],
    ['inet', '"192.0.2"', 'three parts'],
    ['inet', '"192.0.2.256"', 'out of range'],
    ['inet', '"192.0.2.01"', 'octal to some'],
    ['inet', '"1:2:3:4:5:6:7"', 'seven groups'],
    ['inet', '"1:2:3:4:5:6:7::8"', 'nothing left to leave out'],
    ['inet', '"::1::"', 'two gaps'],
    ['inet', '":1:2:3:4:5:6:7"', 'half a gap'],
    ['inet', '"192.0.2.1::"', 'IPv4 stands at the end'],
    ['inet', '"fe80::1%eth0"', 'a zone'],
    ['inet', '""', 'nothing'],
    ['time', '"24:00:00"', 'the day has ended'],
    ['time', '"08:60:00"', 'no such minute'],
    ['time', '"08:00:00.1234567890"', 'finer than nanoseconds'],
    ['time', '-1', 'before midnight'],
    ['date', '"2011-02-29"', 'no leap year'],
    ['date', '"1900-02-29"', 'no leap year'],
    ['date', '"2011-13-01"', 'no such month'],
    ['date', '"2011-00-01"', 'no such month'],
    ['date', '"2011-1-1"', 'two digits'],
    ['date', '"2147483648"', 'digits count from another day in Cassandra'],
    ['date', '"+9999999-01-01"', 'more than 32 bits of days'],
    ['date', '2147483648', 'more than 32 bits of days'],
    ['date', '1.5', 'not whole'],
    ['timestamp', '"2011-02-03T04:05:06.7891Z"', 'finer than milliseconds'],
    ['timestamp', '"2011-02-30T00:00:00Z"', 'no such day'],
    ['timestamp', '"2011-02-03T24:00:00Z"', 'no such hour'],
    ['timestamp', '"2011-02-03T23:59:60Z"', 'no leap seconds'],
    ['timestamp', '"2011-02-03T04:05:06+24:00"', 'no such offset'],
    ['timestamp', '"yesterday"', 'no date'],
    ['timestamp', '1.5', 'not whole'],
    ['timestamp', '"9223372036854775808"', 'more than 64 bits'],
    ['duration', '""', 'no part at all'],
    ['duration', '"1"', 'no unit'],
    ['duration', '"1d1mo"', 'the greater unit comes first'],
    ['duration', '"1d1d"', 'a unit twice'],
    ['duration', '"1.5d"', 'not whole'],
    ['duration', '"+1d"', 'a sign is a minus'],
    ['duration', '"-"', 'a sign alone'],
    ['duration', '"P"', 'ISO 8601 without a part'],
    ['duration', '"P1DT"', 'a time without a part'],
    ['duration', '"P1W2D"', 'weeks stand alone in ISO 8601'],
    ['duration', '"P1Y2D3M"', 'in order'],
    ['duration', '"2147483648mo"', 'more than 32 bits of months'],
    ['duration', '"178956971y"', 'more than 32 bits of months, in years'],
    ['duration', '"2147483648d"', 'more than 32 bits of days'],
    ['duration', '"9223372036854775808ns"', 'more than 64 bits of nanoseconds'],
    ['duration', '"2562048h"', 'the same in hours'],
    ['duration', `"${'1'.repeat(5_000)}d"`, 'more digits than any'],
    ['duration', '5', 'a number has no unit'],
  ];
  test.each(refused)('refuses %s %s: %s', (type, json) => {
    expect(() => read(type, json)).toThrow(ValueFault);
  });

  test('names the type and the rule, never the value', () => {
    expect(() => read('int', '"secret-5"')).toThrow(
      /^an int is a whole number from -2147483648 to 2147483647$/,
    );
  });

  test('advises a string where a number may have been rounded', () => {
    expect(() => read('bigint', '9007199254740993')).toThrow(/write .* as a string$/);
    expect(() => read('decimal', '0.30000000000000004')).toThrow(/write .* as a string$/);
  });

  test('reads null as null', () => {
    expect(read('int', 'null')).toBeNull();
  });
});

describe('jsonFromValue', () => {
  test('has no form for a timestamp that clients could not read', () => {
    expect(() => write('timestamp', 8_640_000_000_000_001n)).toThrow(ValueFault);
    expect(() => write('timestamp', -(2n ** 63n))).toThrow(ValueFault);
  });

  test('has no form for a number of more than 10,000 digits', () => {
    expect(() => write('varint', 10n ** 10_000n)).toThrow(ValueFault);
    expect(() => write('decimal', { unscaled: -(10n ** 10_000n), scale: 5 })).toThrow(ValueFault);
    expect(write('varint', 10n ** 9_999n)).toHaveLength(10_002);
  });

  const types = [
    'int',
    'bigint',
    'varint',
    'decimal',
    'float',
    'text',
    'blob',
    'uuid',
    'inet',
    'timestamp',
    'date',
    'time',
  ];
  test.each([...types, 'boolean', 'list<int>', 'map<text, int>', 'map<int, int>', 'duration'])(
    'faults on a %s that could not be decoded, and says null for none',
    (type) => {
      expect(() => write(type, { unreadable: 'beyond the range' })).toThrow(ValueFault);
      expect(write(type, null)).toBe('null');
    },
  );

  test('faults on a number that is no int', () => {
    expect(() => write('int', Number.NaN)).toThrow(ValueFault);
    expect(() => write('int', 1.5)).toThrow(ValueFault);
  });
});
