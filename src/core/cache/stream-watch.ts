import type { StreamPosition } from './invalidation.ts';

/** What is known of a stream without reading it. */
export type StreamState = Pick<StreamPosition, 'sequence' | 'epoch'>;

/**
 * Whether a reader of the stream has missed something. Facts in, verdict out: what becomes of a loss is the follower's.
 */
export interface StreamWatch {
  /** Of the last entry; undefined: the end of the stream has to be asked for. */
  position(): StreamPosition | undefined;
  begin(position: StreamPosition): void;
  /** Something was lost, and it is not known where to go on. */
  forget(): void;
  /** An entry that was read after the last; false: between them something is missing. */
  take(position: StreamPosition): boolean;
  /**
   * What somebody was told who asks again and again, one question after the other; false: the stream has lost what was
   * read from it. Compared with what had been read when the answer before came: of that the question came later.
   */
  notice(state: StreamState): boolean;
  /** Of what a read that begins now has to find something; undefined: it need not. */
  owed(): StreamState | undefined;
  /** The same of an empty read, with what it was owed as it began; false: that is lost. */
  foundNothing(owed: StreamState | undefined): boolean;
}

export function createStreamWatch(): StreamWatch {
  let position: StreamPosition | undefined;
  /** As it was when a state was told for the last time since it is read on from there. */
  let positionBefore: StreamPosition | undefined;
  let told: StreamState | undefined;

  const startFrom = (next: StreamPosition | undefined): void => {
    position = next;
    // A question may be under way that was asked before what is lost was.
    positionBefore = undefined;
    told = undefined;
  };

  const owed = (): StreamState | undefined =>
    position !== undefined && told?.epoch === position.epoch && told.sequence > position.sequence
      ? told
      : undefined;

  return {
    position: () => position,
    begin: startFrom,
    forget: () => startFrom(undefined),
    take(next) {
      const isNext = next.epoch === position?.epoch && next.sequence === position.sequence + 1;
      if (isNext) position = next;
      else startFrom(next);
      return isNext;
    },
    notice(state) {
      if (positionBefore !== undefined && isBehind(state, positionBefore)) return false;
      positionBefore = position;
      told = state;
      return true;
    },
    owed,
    foundNothing: (before) => before === undefined || position === undefined || !isBehind(position, before),
  };
}

/** Whether a stream in this state cannot have been read up to `position`, or a reader in it has not come so far. */
export function isBehind(state: StreamState, position: StreamState): boolean {
  return state.epoch !== position.epoch || state.sequence < position.sequence;
}
