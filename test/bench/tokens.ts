/**
 * Tokens per second, beside the tokenizer of the Cassandra driver, over the same keys.
 *
 * `node test/bench/tokens.ts` prints one line of JSON.
 */
import { createRequire } from 'node:module';
import { murmur3Token } from '../../src/core/token/murmur3.ts';

export interface TokenBench {
  readonly keys: number;
  readonly shortestKeyBytes: number;
  readonly longestKeyBytes: number;
  readonly rounds: number;
  /** Medians over the rounds. */
  readonly tokensPerSecond: number;
  readonly driverTokensPerSecond: number;
  readonly ratio: number;
}

interface DriverTokenizer {
  hash(value: Buffer): unknown;
}

const keyCount = 20_000;
const shortestKeyBytes = 8;
const longestKeyBytes = 36;
const rounds = 9;
const warmUpRounds = 2;

/** The two take turns, so that a busy machine slows both; a round hashes every key once. */
export function benchTokens(): TokenBench {
  const keys = makeKeys();
  const tokenizer = driverTokenizer();
  const own: number[] = [];
  const driver: number[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const ownRate = measureRate(keys, 20, (key) => murmur3Token(key).hi);
    const driverRate = measureRate(keys, 1, (key) => (tokenizer.hash(key) === undefined ? 0 : 1));
    if (round < warmUpRounds) continue;
    own.push(ownRate);
    driver.push(driverRate);
  }
  const tokensPerSecond = Math.round(medianOf(own));
  const driverTokensPerSecond = Math.round(medianOf(driver));
  const ratio = Math.round((tokensPerSecond / driverTokensPerSecond) * 10) / 10;
  return {
    keys: keyCount,
    shortestKeyBytes,
    longestKeyBytes,
    rounds,
    tokensPerSecond,
    driverTokensPerSecond,
    ratio,
  };
}

let sink = 0;

/** The results are summed, else the compiler may leave the work out. */
function measureRate(keys: readonly Buffer[], passes: number, hash: (key: Buffer) => number): number {
  const start = performance.now();
  for (let pass = 0; pass < passes; pass += 1) {
    for (const key of keys) sink = (sink + hash(key)) | 0;
  }
  return (keys.length * passes * 1000) / (performance.now() - start);
}

/** All lengths equally often, all byte values; the same keys in every run. */
function makeKeys(): Buffer[] {
  let seed = 1;
  const nextByte = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return seed >>> 24;
  };
  const lengths = longestKeyBytes - shortestKeyBytes + 1;
  return Array.from({ length: keyCount }, (_, index) =>
    Buffer.from(Array.from({ length: shortestKeyBytes + (index % lengths) }, nextByte)),
  );
}

/** Not part of the driver's public interface, hence without types. */
function driverTokenizer(): DriverTokenizer {
  const { Murmur3Tokenizer } = createRequire(import.meta.url)('cassandra-driver/lib/tokenizer.js') as {
    Murmur3Tokenizer: new () => DriverTokenizer;
  };
  return new Murmur3Tokenizer();
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >>> 1] ?? Number.NaN;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(benchTokens())}\n`);
