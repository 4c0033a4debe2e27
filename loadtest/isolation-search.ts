/** A trial of a search, in the order in which it was made. */
export interface Trial<Result> {
  readonly at: number;
  readonly isWithin: boolean;
  readonly result: Result;
}

export interface Search<Result> {
  /** The highest trial that was within; undefined: none was. */
  readonly best: Trial<Result> | undefined;
  readonly trials: readonly Trial<Result>[];
}

interface Measurement<Result> {
  readonly isWithin: boolean;
  readonly result: Result;
}

type Measure<Result> = (at: number) => Promise<Measurement<Result>>;

/**
 * Looks for the highest number between `least` and `most` that is within bounds, by halving what is left of the
 * logarithmic scale; the highest first, as nothing else has to be tried where that is within.
 */
export async function searchBelow<Result>(
  { least, most, turns }: { readonly least: number; readonly most: number; readonly turns: number },
  measure: Measure<Result>,
): Promise<Search<Result>> {
  const trials: Trial<Result>[] = [];
  let low = least;
  let high = most;
  let at = most;
  while (trials.length < turns) {
    const trial = { at, ...(await measure(at)) };
    trials.push(trial);
    if (trial.isWithin) low = at;
    else high = at;
    if (low === most) break;
    at = Math.sqrt(low * high);
  }
  return { best: highestWithin(trials), trials };
}

/** As `searchBelow` where nobody knows how high to begin: from `least`, doubling, and then between the last two. */
export async function searchUpwards<Result>(
  { least, most, turns }: { readonly least: number; readonly most: number; readonly turns: number },
  measure: Measure<Result>,
): Promise<Search<Result>> {
  const trials: Trial<Result>[] = [];
  for (let at = least; ; at = Math.min(most, at * 2)) {
    const trial = { at, ...(await measure(at)) };
    trials.push(trial);
    if (!trial.isWithin || at === most) break;
  }
  let low = highestWithin(trials)?.at;
  let high = trials.at(-1)?.at ?? least;
  for (let turn = 0; turn < turns && low !== undefined && low < high; turn += 1) {
    const at = Math.sqrt(low * high);
    const trial = { at, ...(await measure(at)) };
    trials.push(trial);
    if (trial.isWithin) low = at;
    else high = at;
  }
  return { best: highestWithin(trials), trials };
}

function highestWithin<Result>(trials: readonly Trial<Result>[]): Trial<Result> | undefined {
  return trials.filter(({ isWithin }) => isWithin).toSorted((a, b) => b.at - a.at)[0];
}
