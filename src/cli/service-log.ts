import type { Logger } from 'pino';
import type { LogLevel } from '../core/administration.ts';
import { LogLines, logTime, sharedPipeCharacters } from './log-lines.ts';
import type { TextSink } from './surroundings.ts';

/** The log of a running service, one JSON object a line; lines of a worker tell its number and its process. */
export async function openLog(
  level: LogLevel,
  stderr: TextSink,
  worker?: { readonly worker: number; readonly pid: number },
): Promise<{ readonly logger: Logger; readonly lines: LogLines }> {
  const { pino } = await import('pino');
  const lines = new LogLines(stderr, worker === undefined ? undefined : sharedPipeCharacters);
  const logger = pino(
    {
      base: worker ?? null,
      level,
      timestamp: logTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    lines,
  );
  return { logger, lines };
}
