import type { RequestFault } from '../errors.ts';
import { echoName, maxFaults } from '../reads/request-options.ts';

/** What is wrong with a body, found place by place: at most as many places of each kind as are told. */
export class RequestFaults {
  /** Not of the expected form. */
  readonly malformed: RequestFault[] = [];
  /** Of the right form, and not offered. */
  readonly impossible: RequestFault[] = [];

  /** Whoever has sent so much that is malformed has enough to go by. */
  get isFull(): boolean {
    return this.malformed.length >= maxFaults;
  }

  refuse(pointer: string, detail: string): void {
    if (!this.isFull) this.malformed.push({ pointer, detail });
  }

  deny(pointer: string, detail: string): void {
    if (this.impossible.length < maxFaults) this.impossible.push({ pointer, detail });
  }
}

/** The place of a member, by RFC 6901. Names of the caller are echoed as places. */
export function placeOf(pointer: string, name: string): string {
  return `${pointer}/${echoName(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
