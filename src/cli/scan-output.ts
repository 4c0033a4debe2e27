import type { Surroundings, TextSink } from './surroundings.ts';

/** Where rows go. */
export interface ScanOutput {
  /** Resolves when more may come. */
  rows(rows: readonly string[]): Promise<void>;
  /** `rows`: those of the range before the cursor. `split`: of which, where there are several. */
  checkpoint(cursor: string, rows: number, split: string | undefined): Promise<void>;
  end(complete: boolean, rows: number, cursor?: string): Promise<void>;
}

export interface OutputOptions {
  /** Lines as the scan has them, with what they are, instead of bare rows. */
  readonly json?: true;
  /** Tell of checkpoints also where only rows are printed: beside them. */
  readonly checkpoints?: true;
}

/** `signal`: nothing is waited for any more, such as a reader that takes nothing. */
export function createScanOutput(
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
  { json, checkpoints }: OutputOptions,
  signal?: AbortSignal,
): ScanOutput {
  const write = createPatientWriter(stdout, signal);
  return {
    rows: async (rows) => {
      if (rows.length === 0) return;
      const lines = json ? rows.map((row) => `{"row":${row}}\n`) : rows.map((row) => `${row}\n`);
      await write(lines.join(''));
    },
    checkpoint: async (cursor, rows, split) => {
      const line = `${JSON.stringify({ ...(split === undefined ? {} : { split }), checkpoint: { cursor, rows } })}\n`;
      if (json) await write(line);
      else if (checkpoints) stderr.write(line);
    },
    end: async (complete, rows, cursor) => {
      const end = { rows, complete, ...(cursor === undefined ? {} : { cursor }) };
      if (json) await write(`${JSON.stringify({ end })}\n`);
    },
  };
}

/** All who write wait for one emptying of the sink: each on its own would be too many listeners. */
function createPatientWriter(
  sink: TextSink,
  signal: AbortSignal | undefined,
): (text: string) => Promise<void> {
  let drained: Promise<void> | undefined;
  return async (text) => {
    if (sink.write(text) !== false || sink.once === undefined || signal?.aborted) return;
    drained ??= new Promise((resolve) => {
      const end = (): void => {
        drained = undefined;
        signal?.removeEventListener('abort', end);
        resolve();
      };
      sink.once?.('drain', end);
      signal?.addEventListener('abort', end);
    });
    await drained;
  };
}
