import type { UsageCount } from './fleet.ts';
import { type LimitedOperation, limitedOperations } from './limit.ts';

interface Total {
  admitted: number;
  refused: number;
}

/** Names come from the configuration; the bound holds should they not. What comes beyond it is not counted. */
const mostApplications = 10_000;

/** Sums by application and operation. Adding allocates nothing but the first time: it is done at each decision. */
export class UsageTotals {
  readonly #applications = new Map<string, Partial<Record<LimitedOperation, Total>>>();

  add(application: string, operation: LimitedOperation, admitted: number, refused: number): void {
    let totals = this.#applications.get(application);
    if (totals === undefined) {
      if (this.#applications.size >= mostApplications) return;
      totals = {};
      this.#applications.set(application, totals);
    }
    totals[operation] ??= { admitted: 0, refused: 0 };
    const total = totals[operation];
    total.admitted += admitted;
    total.refused += refused;
  }

  addAll(counts: readonly UsageCount[]): void {
    for (const { application, operation, admitted, refused } of counts) {
      this.add(application, operation, admitted, refused);
    }
  }

  /** By name of the application, then in the order of the operations; without those that came to nothing. */
  list(): readonly UsageCount[] {
    const names = [...this.#applications.keys()].sort();
    return names.flatMap((application) =>
      limitedOperations.flatMap((operation) => {
        const total = this.#applications.get(application)?.[operation];
        if (total === undefined || (total.admitted === 0 && total.refused === 0)) return [];
        return { application, operation, ...total };
      }),
    );
  }
}
