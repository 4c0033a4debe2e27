import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { TypeDefinition } from './cluster-fixture.ts';

/** A CQL type and values of it that some step on the way could lose. */
export const valueTypes: readonly (readonly [type: string, values: readonly CqlValue[]])[] = [
  ['ascii', ['', 'plain']],
  ['bigint', [0n, -(2n ** 63n), 2n ** 63n - 1n]],
  ['blob', [Uint8Array.of(), Uint8Array.of(0, 0x80, 0xff)]],
  ['boolean', [true, false]],
  ['date', [0, -719_528, 20_454, 2_147_483_647, -2_147_483_648]],
  [
    'decimal',
    [
      { unscaled: 110n, scale: 2 },
      { unscaled: -1n, scale: -20 },
      { unscaled: 0n, scale: 9 },
    ],
  ],
  ['double', [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE]],
  ['float', [0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['inet', ['10.1.2.3', '2001:db8::1', '::']],
  ['int', [0, 2_147_483_647, -2_147_483_648]],
  ['smallint', [0, 32_767, -32_768]],
  ['text', ['', 'a\0b', 'ž', '\u{1d11e}', '"quoted" \\ {"json":1}']],
  ['time', [0n, 86_399_999_999_999n]],
  ['timestamp', [0n, -1n, -62_198_755_200_000n, 8_640_000_000_000_000n]],
  ['timeuuid', ['58e0a7d7-eebc-11d8-9669-0800200c9a66']],
  ['tinyint', [0, 127, -128]],
  ['uuid', ['f47ac10b-58cc-4372-a567-0e02b2c3d479', '00000000-0000-0000-0000-000000000000']],
  ['varint', [0n, -1n, 128n, -129n, 10n ** 40n]],
  ['list<int>', [[3, 1, 2, 1]]],
  ['set<int>', [[-1, 0, 5]]],
  ['set<text>', [['a', 'b', 'ž']]],
  [
    'map<text, int>',
    [
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
  ],
  [
    'map<int, text>',
    [
      [
        [-1, 'minus'],
        [7, 'seven'],
      ],
    ],
  ],
  [
    'map<text, text>',
    [
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ],
  ],
  ['frozen<list<text>>', [[], ['x', '']]],
  [
    'map<text, frozen<list<int>>>',
    [
      [
        ['empty', []],
        ['two', [1, 2]],
      ],
    ],
  ],
  ['set<blob>', [[Uint8Array.of(0), Uint8Array.of(0xff)]]],
  ['map<uuid, timestamp>', [[['f47ac10b-58cc-4372-a567-0e02b2c3d479', 5n]]]],
  ['list<frozen<map<text, decimal>>>', [[[['price', { unscaled: 990n, scale: 2 }]]]]],
  [
    'duration',
    [
      { months: 0, days: 0, nanoseconds: 0n },
      { months: 14, days: 3, nanoseconds: 5n },
      { months: -1, days: 0, nanoseconds: -(2n ** 63n) + 1n },
    ],
  ],
  [
    'frozen<tuple<int, frozen<tuple<text, duration>>>>',
    [
      [1, ['a', null]],
      [null, null],
    ],
  ],
  ['vector<float, 3>', [[0.5, -0, Number.NaN]]],
  ['vector<text, 2>', [['', 'long enough for more than one byte of length'.repeat(4)]]],
  [
    'vector<frozen<vector<smallint, 2>>, 2>',
    [
      [
        [1, -2],
        [3, 4],
      ],
    ],
  ],
  [
    'frozen<"Odd ""Type""">',
    [
      [1, 'a', null],
      [null, null, null],
      [null, '', [['x', [2, null]]]],
    ],
  ],
  // Not frozen: cells of their own, put together by the node.
  [
    '"Odd ""Type"""',
    [
      [1, 'a', null],
      [null, '', [['x', [2, null]]]],
    ],
  ],
  [
    'list<frozen<place>>',
    [
      [
        [1, null],
        [null, { unscaled: 1n, scale: 1 }],
      ],
    ],
  ],
  [
    'set<frozen<place>>',
    [
      [
        [null, null],
        [1, null],
        [2, null],
      ],
    ],
  ],
  [
    'map<frozen<place>, frozen<list<frozen<place>>>>',
    [
      [
        [
          [1, null],
          [
            [2, null],
            [3, null],
          ],
        ],
      ],
    ],
  ],
  ['map<frozen<tuple<int, text>>, int>', [[[[1, 'a'], 2]]]],
];

/** Every type of the suite that is user-defined; the fields of an object would lose one of these names. */
export const userTypes: readonly Omit<TypeDefinition, 'keyspace'>[] = [
  {
    name: 'place',
    fields: [
      { name: 'zip', type: 'int' },
      { name: 'x', type: 'decimal' },
    ],
  },
  {
    name: 'Odd "Type"',
    fields: [
      { name: '__proto__', type: 'int' },
      { name: 'with "quotes". and 😀', type: 'text' },
      { name: 'Nested', type: 'frozen<map<text, frozen<place>>>' },
    ],
  },
];
