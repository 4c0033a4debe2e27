import { totalmem } from 'node:os';
import type { Config } from '../config/config.ts';
import { byteText } from './byte-text.ts';
import { type Finding, warning } from './finding.ts';

/** Of the machine, or of the container where that is given less. */
export function memoryOfMachine(): number {
  const granted = process.constrainedMemory();
  return granted > 0 ? Math.min(granted, totalmem()) : totalmem();
}

/** What is odd about the row cache on a machine with so much memory. */
export function checkCache({ cache, tables }: Config, memoryBytes: number): readonly Finding[] {
  const findings: Finding[] = [];
  if (cache.sizeBytes > memoryBytes) {
    findings.push(
      warning(
        `cache.size is ${byteText(cache.sizeBytes)}, and there are ${byteText(memoryBytes)} of memory here`,
        'give less than the machine that serves has; once it is full the process would be ended',
      ),
    );
  }
  for (const [name, { cache: kept }] of tables) {
    if (kept === undefined || kept.ttlMs >= 1_000) continue;
    findings.push(
      warning(
        `rows of ${name} are kept for ${kept.ttlMs} ms: few keys are asked for again so soon`,
        `give tables.${name}.cache.ttl seconds, or remove the cache`,
      ),
    );
  }
  return findings;
}
