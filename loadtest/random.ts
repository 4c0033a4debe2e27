/** Uniform in [0, 1). */
export type RandomSource = () => number;

/** The same sequence for the same seed. Source: Marsaglia, "Xorshift RNGs" (2003), the 32-bit triple 13, 17, 5. */
export function seededRandom(seed: number): RandomSource {
  // Neighbouring seeds must not begin alike, and a state of 0 would stay 0.
  let state = Math.imul(seed ^ (seed >>> 16), 0x9e3779b1) || 1;
  const step = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let warmUp = 0; warmUp < 8; warmUp += 1) step();
  return () => step() / 2 ** 32;
}
