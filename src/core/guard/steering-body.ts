/** Decisions and overrides as text, as a store keeps them. */
import { type LimitedOperation, limitedOperations } from '../throttle/limit.ts';
import {
  type Decision,
  type GuardOverride,
  guardPhases,
  type ProtectedLatency,
  type Steering,
} from './guard.ts';
import { guardBounds } from './guard-bounds.ts';

export function writeSteering({ factor, phase, latency, rates }: Decision): string {
  return JSON.stringify({ factor, phase, latency, rates });
}

/** Undefined for what this version of Weir cannot read. */
export function readSteering(body: string): Decision | undefined {
  const { factor, phase: name, latency: measured, rates: lent } = parse(body);
  const phase = guardPhases.find((known) => known === name);
  const latency = readLatency(measured);
  const rates = lent === undefined ? undefined : readRates(lent);
  const isReadable =
    (factor === undefined || isFactor(factor)) && (lent === undefined || rates !== undefined);
  if (!isReadable || phase === undefined || latency === undefined) return undefined;
  return { factor, phase, latency, rates };
}

export function writeOverride({ factor, by, at }: GuardOverride): string {
  return JSON.stringify({ factor, by, at });
}

/** Undefined for what this version of Weir cannot read. */
export function readOverride(body: string): GuardOverride | undefined {
  const { factor, by, at } = parse(body);
  if (!isFactor(factor) || typeof by !== 'string' || typeof at !== 'string') return undefined;
  return { factor, by, at };
}

function readLatency(value: unknown): ProtectedLatency | undefined {
  if (!isObject(value)) return undefined;
  const { samples, p95Ms } = value;
  if (!isAmount(samples) || !(p95Ms === undefined || isAmount(p95Ms))) return undefined;
  return { samples, p95Ms };
}

function readRates(value: unknown): Steering['rates'] | undefined {
  if (!isObject(value)) return undefined;
  const classes: [string, Partial<Record<LimitedOperation, number>>][] = [];
  for (const [className, given] of Object.entries(value)) {
    if (!isObject(given)) return undefined;
    const rates: Partial<Record<LimitedOperation, number>> = {};
    for (const operation of limitedOperations) {
      const rate = given[operation];
      if (rate === undefined) continue;
      if (!isAmount(rate) || rate === 0) return undefined;
      rates[operation] = rate;
    }
    classes.push([className, rates]);
  }
  return Object.fromEntries(classes);
}

function parse(body: string): Readonly<Record<string, unknown>> {
  if (body.length > guardBounds.body) return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFactor(value: unknown): value is number {
  return isAmount(value) && value > 0 && value <= 1;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
