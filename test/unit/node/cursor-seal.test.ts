import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCursorSeal, randomCursorKey } from '../../../src/adapters/node/cursor-seal.ts';

const bytesOf = (fill: number, length = 32) => new Uint8Array(length).fill(fill);
const plain = new TextEncoder().encode('{"table":"shop.products","after":"-5"}');

describe('a seal of cursors', () => {
  it('opens what it sealed, whatever it is', () => {
    const seal = createCursorSeal([randomCursorKey()]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect([...(seal.open(seal.seal(bytes)) ?? [])]).toEqual([...bytes]);
      }),
    );
    expect(seal.open(seal.seal(new Uint8Array()))).toHaveLength(0);
  });

  it('shows nothing of it, and never seals twice alike', () => {
    const seal = createCursorSeal([bytesOf(1)]);
    const [one, other] = [seal.seal(plain), seal.seal(plain)];
    expect(Buffer.from(one).includes(Buffer.from('shop'))).toBe(false);
    expect(one).toHaveLength(plain.length + 33);
    expect(Buffer.from(one).equals(other)).toBe(false);
  });

  it('opens nothing in which a bit is another', () => {
    const seal = createCursorSeal([bytesOf(1), bytesOf(2)]);
    const sealed = seal.seal(plain);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(seal.open(changed), `bit ${bit}`).toBeUndefined();
    }
  });

  it('opens nothing that is cut, longer, or made up', () => {
    const seal = createCursorSeal([bytesOf(1)]);
    const sealed = seal.seal(plain);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(seal.open(sealed.subarray(0, length))).toBeUndefined();
    }
    expect(seal.open(Uint8Array.of(...sealed, 0))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(seal.open(Uint8Array.of(...sealed.subarray(0, 5), ...bytes))).toBeUndefined();
      }),
    );
  });

  it('opens a view into larger bytes', () => {
    const seal = createCursorSeal([bytesOf(1)]);
    const sealed = seal.seal(plain);
    const around = Uint8Array.of(9, 9, ...sealed, 9);
    expect([...(seal.open(around.subarray(2, 2 + sealed.length)) ?? [])]).toEqual([...plain]);
  });

  it('lets another key take the place of one: the first seals, all open', () => {
    const [before, during, after] = [
      createCursorSeal([bytesOf(1)]),
      createCursorSeal([bytesOf(2), bytesOf(1)]),
      createCursorSeal([bytesOf(2)]),
    ];
    const old = before.seal(plain);
    expect(during.open(old)).toEqual(Buffer.from(plain));
    expect(after.open(old)).toBeUndefined();
    const renewed = during.seal(plain);
    expect(after.open(renewed)).toEqual(Buffer.from(plain));
    expect(before.open(renewed)).toBeUndefined();
  });

  it('is the same on every instance with the key, and on none with another', () => {
    const sealed = createCursorSeal([bytesOf(7, 4_096)]).seal(plain);
    expect(createCursorSeal([bytesOf(7, 4_096)]).open(sealed)).toEqual(Buffer.from(plain));
    expect(createCursorSeal([bytesOf(7, 4_095)]).open(sealed)).toBeUndefined();
    expect(createCursorSeal([randomCursorKey()]).open(sealed)).toBeUndefined();
  });

  it('is not made of too little: the error says how much it takes, and nothing of the key', () => {
    expect(() => createCursorSeal([])).toThrow(RangeError);
    expect(() => createCursorSeal([bytesOf(1), bytesOf(0x41, 31)])).toThrow(
      new RangeError('a key for cursors has 31 bytes and needs at least 32, as `openssl rand 32` gives them'),
    );
    expect(randomCursorKey()).toHaveLength(32);
  });
});
