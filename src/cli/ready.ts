import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { failure } from './cli-error.ts';
import { examples } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { CallError, type HttpAnswer } from './http-call.ts';
import { findInstance, type Instance, type InstanceOptions, withInstanceOptions } from './instance.ts';
import { parseDuration } from './option-values.ts';
import { type Paint, paintFor } from './paint.ts';
import { printableText } from './printable-text.ts';
import { parseObject } from './problem-text.ts';
import { withProgress } from './progress.ts';
import type { Finish, Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';

interface Condition {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly ageMs: number;
}

interface Report {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly conditions: readonly Condition[];
}

/** Between two questions while waiting. */
const pauseMs = 250;

export function addReady(parent: Command, surroundings: Surroundings, finish: Finish): void {
  const ready = parent
    .command('ready')
    .description(
      'Tells whether a running Weir can serve requests: exit 0, or 4 when it cannot or is not there.',
    )
    .option('--wait <duration>', 'ask again for so long until it is ready, for example 30s', parseDuration)
    .option('--json', 'print the conditions as one JSON object');
  withInstanceOptions(ready, 'data')
    .addHelpText(
      'after',
      examples('weir ready --url http://127.0.0.1:8080', 'weir ready --config weir.yaml --wait 30s --json'),
    )
    .action(async (options: InstanceOptions & { wait?: number; json?: true }) => {
      const instance = await findInstance(options, 'data', surroundings);
      const waiting = askUntilReady(instance, options.wait ?? 0);
      const report = await withProgress(surroundings, 'waiting until it is ready', waiting);
      const { stdout, env } = surroundings;
      stdout.write(
        options.json ? `${JSON.stringify(report)}\n` : formatReport(report, paintFor(stdout, env)),
      );
      finish(report.ready ? exitCodes.ok : exitCodes.notReady);
    });
}

async function askUntilReady(instance: Instance, waitMs: number): Promise<Report> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    const report = await askOnce(instance);
    if (report.ready || performance.now() + pauseMs > endMs) return report;
    await sleep(pauseMs);
  }
}

/** An instance that is not there yet is not ready; whoever else answers is a mistake, and is not waited for. */
async function askOnce(instance: Instance): Promise<Report> {
  let answer: HttpAnswer;
  try {
    answer = await instance.tryCall({ path: '/readyz?verbose', method: 'GET' });
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.kind === 'tls' || error.kind === 'too-large') throw failure(error.message);
    return { ready: false, reasons: [error.message], conditions: [] };
  }
  const report = parseObject(answer.text) as Partial<Report> | undefined;
  if (typeof report?.ready !== 'boolean' || !Array.isArray(report.conditions)) {
    throw failure(
      `the answer has the status ${answer.status} and is no readiness of a Weir; is this its address?`,
    );
  }
  return { ready: report.ready, reasons: report.reasons ?? [], conditions: report.conditions };
}

function formatReport({ ready, reasons, conditions }: Report, paint: Paint): string {
  const verdict = ready ? paint('green', 'ready') : paint('red', 'not ready');
  if (conditions.length === 0) return `${verdict}: ${reasons.map(printableText).join('; ')}\n`;
  const colours = { ok: 'green', warning: 'yellow', failed: 'red' } as const;
  const lines = conditions.map(({ name, state, reason, ageMs }) => [
    printableText(name),
    paint(colours[state as keyof typeof colours] ?? 'yellow', printableText(state)),
    `${Math.round(ageMs / 1_000)} s`,
    printableText(reason),
  ]);
  return `${verdict}\n${formatTextTable(['condition', 'state', 'for', 'reason'], lines, paint)}`;
}
