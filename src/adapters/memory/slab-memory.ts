import { deadKind, flagsWord, unitBytes, unitsWord } from './entry-layout.ts';

const emptyWords = new Int32Array(0);
const emptyDoubles = new Float64Array(0);
const emptyBytes = Buffer.alloc(0);

/**
 * Slabs of memory outside of the JavaScript heap, taken one by one. An address is a whole number of 32 bits, of which
 * the upper ones are the slab and the lower ones the unit in it. It may be negative: addresses are compared for
 * equality only. 0 is no address.
 */
export class SlabMemory {
  readonly slabUnits: number;
  readonly #unitBits: number;
  readonly #unitMask: number;
  /** All three are views of the same slabs; the place 0 stays empty. */
  readonly #words: Int32Array[] = [emptyWords];
  readonly #doubles: Float64Array[] = [emptyDoubles];
  readonly #bytes: Buffer[] = [emptyBytes];
  readonly #allocate: (bytes: number) => ArrayBuffer;
  #isExhausted = false;

  constructor(slabBytes: number, allocate = (bytes: number) => new ArrayBuffer(bytes)) {
    this.#allocate = allocate;
    this.slabUnits = Math.floor(slabBytes / unitBytes);
    this.#unitBits = Math.ceil(Math.log2(this.slabUnits));
    this.#unitMask = (1 << this.#unitBits) - 1;
  }

  get slabs(): number {
    return this.#words.length - 1;
  }

  /**
   * The number of a new slab. Its pages cost no memory before they are written to. Undefined where the process cannot
   * have one more: from then on there are those that there are, since to ask anew for each row would be in vain.
   */
  takeSlab(): number | undefined {
    const buffer = this.#isExhausted ? undefined : this.#tryAllocate();
    if (buffer === undefined) return undefined;
    this.#words.push(new Int32Array(buffer));
    this.#doubles.push(new Float64Array(buffer));
    return this.#bytes.push(Buffer.from(buffer)) - 1;
  }

  #tryAllocate(): ArrayBuffer | undefined {
    try {
      return this.#allocate(this.slabUnits * unitBytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#isExhausted = true;
      return undefined;
    }
  }

  addressOf(slab: number, unit: number): number {
    return (slab << this.#unitBits) | unit;
  }

  words(address: number): Int32Array {
    return this.#words[address >>> this.#unitBits] ?? emptyWords;
  }

  doubles(address: number): Float64Array {
    return this.#doubles[address >>> this.#unitBits] ?? emptyDoubles;
  }

  bytes(address: number): Buffer {
    return this.#bytes[address >>> this.#unitBits] ?? emptyBytes;
  }

  /** Where the entry begins in the slab's words; the half of it in doubles, four times of it in bytes. */
  start(address: number): number {
    return (address & this.#unitMask) << 2;
  }

  word(address: number, word: number): number {
    return this.words(address)[this.start(address) + word] ?? 0;
  }

  setWord(address: number, word: number, value: number): void {
    this.words(address)[this.start(address) + word] = value;
  }

  double(address: number, double: number): number {
    return this.doubles(address)[(this.start(address) >>> 1) + double] ?? 0;
  }

  setDouble(address: number, double: number, value: number): void {
    this.doubles(address)[(this.start(address) >>> 1) + double] = value;
  }

  kill(address: number): void {
    this.setWord(address, flagsWord, deadKind);
  }

  /** A dead entry in `units` that hold nothing, so that whoever walks the slab comes past them. */
  fill(address: number, units: number): void {
    this.setWord(address, unitsWord, units);
    this.kill(address);
  }

  /** Within one slab; the places may overlap. */
  move(from: number, to: number, units: number): void {
    const start = this.start(from);
    this.words(from).copyWithin(this.start(to), start, start + units * 4);
  }
}
