import { type GuardOverride, type GuardSettings, type Steering, unsteered } from './guard.ts';

/** A decision that has not been renewed for so long says nothing about now. */
export const blindAfterMs = 5_000;
const mostWhenBlind = 0.5;

interface SteeringFacts {
  readonly settings: GuardSettings | undefined;
  /** The newest decision; undefined: none was ever heard of. */
  readonly heard: { readonly steering: Steering; readonly ageMs: number } | undefined;
  readonly override: GuardOverride | undefined;
}

/** What holds on this instance. Without a guard nobody is slowed; what is lent stays lent as it was last. */
export function steeringInForce({ settings, heard, override }: SteeringFacts): Steering {
  const steering = heard?.steering ?? unsteered;
  if (settings === undefined) return { ...steering, factor: 1, phase: 'open' };
  if (override !== undefined) return { ...steering, factor: override.factor, phase: 'manual' };
  if (heard === undefined || heard.ageMs < blindAfterMs) return steering;
  // As far as is known nobody watches the front end.
  const factor = Math.max(settings.min, Math.min(steering.factor, mostWhenBlind));
  return { ...steering, factor, phase: 'blind' };
}
