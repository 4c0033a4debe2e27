/**
 * Waits until `look` gives something, looking again after a pause; for what a real cluster does in its own
 * time. The first look comes at once. Rejects after `attempts` looks.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  { attempts = 600, pauseMs = 50 } = {},
): Promise<T> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`not seen after ${attempts} looks: ${what}`);
}
