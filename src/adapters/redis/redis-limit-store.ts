import {
  type Charge,
  type ChargedLimit,
  type ChargeVerdict,
  type LimitStore,
  StoreError,
} from '../../core/throttle/limit-store.ts';
import { readVerdicts } from './charge-reply.ts';
import type { RedisCommands, RedisScript } from './redis-port.ts';
import { chargeArguments, chargeKeys, throttleLua } from './throttle-lua.ts';

/** Keys: the limits'. Arguments: clock, three for each limit, then units and at least of each charge. */
const chargeScript: RedisScript = {
  name: 'charge',
  source: `${throttleLua}
return weir_charge_each(weir_now(ARGV[1]), weir_limits(1, #KEYS, 2), 2 + 3 * #KEYS)
`,
};

/** Keys: the limits'. Arguments: clock, units, three for each limit. */
const adjustScript: RedisScript = {
  name: 'adjust',
  source: `${throttleLua}
weir_adjust(weir_now(ARGV[1]), weir_limits(1, #KEYS, 3), tonumber(ARGV[2]))
return 1
`,
};

/** Charges in one call: few enough that nobody else waits long for the script. */
const mostTogether = 256;
/** A call to the same limits that takes longer than this is not waited for. */
const mostWaitMs = 10;

/**
 * Limits counted in Redis, for all instances of a fleet. A decision is never more than one script call. Charges of the
 * same limits that come while one of their calls is under way, or in one turn of the event loop, share the next call and
 * are decided in their order: what is asked the most costs the least.
 */
export function createRedisLimitStore(redis: RedisCommands): LimitStore {
  /** By the limits: the array itself, which stays the same until a setting changes. */
  const lines = new WeakMap<readonly ChargedLimit[], ChargeLine>();
  return {
    charge(charge) {
      const { limits } = charge;
      let line = lines.get(limits);
      if (line === undefined) {
        line = new ChargeLine(redis, limits);
        lines.set(limits, line);
      }
      return line.charge(charge);
    },
    async adjust(limits, units) {
      const args = [redis.clockArgument(), units, ...chargeArguments(limits)];
      await redis.run(adjustScript, chargeKeys(redis, limits), args);
    },
  };
}

interface AskedCharge extends PromiseWithResolvers<ChargeVerdict> {
  readonly charge: Charge;
}

/** The charges of one list of limits, in the order in which they came. Those who ask bound how many there are. */
class ChargeLine {
  readonly #redis: RedisCommands;
  readonly #limits: readonly ChargedLimit[];
  readonly #keys: readonly string[];
  readonly #limitArguments: readonly number[];
  #asked: AskedCharge[] = [];
  #cancelNext: (() => void) | undefined;
  #underWay = 0;

  constructor(redis: RedisCommands, limits: readonly ChargedLimit[]) {
    this.#redis = redis;
    this.#limits = limits;
    this.#keys = chargeKeys(redis, limits);
    this.#limitArguments = chargeArguments(limits);
  }

  charge(charge: Charge): Promise<ChargeVerdict> {
    const asked: AskedCharge = { charge, ...Promise.withResolvers<ChargeVerdict>() };
    this.#asked.push(asked);
    if (this.#asked.length >= mostTogether) this.#sendNow();
    else if (this.#cancelNext === undefined) this.#plan();
    return asked.promise;
  }

  #plan(): void {
    if (this.#underWay > 0) {
      const timer = setTimeout(() => this.#sendNow(), mostWaitMs);
      this.#cancelNext = () => clearTimeout(timer);
      return;
    }
    const turn = setImmediate(() => this.#sendNow());
    this.#cancelNext = () => clearImmediate(turn);
  }

  #sendNow(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    const asked = this.#asked;
    this.#asked = [];
    if (asked.length === 0) return;
    this.#underWay += 1;
    this.#send(asked).then(
      (verdicts) => {
        for (const [index, { resolve }] of asked.entries()) resolve(verdicts[index] as ChargeVerdict);
        this.#goOn();
      },
      (error: unknown) => {
        for (const { reject } of asked) reject(error);
        this.#goOn();
      },
    );
  }

  #goOn(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#sendNow();
  }

  async #send(asked: readonly AskedCharge[]): Promise<readonly ChargeVerdict[]> {
    const args = [this.#redis.clockArgument(), ...this.#limitArguments];
    for (const { charge } of asked) args.push(charge.units, charge.atLeast);
    const reply = await this.#redis.run(chargeScript, this.#keys, args);
    try {
      return readVerdicts(reply, this.#limits.length, asked.length);
    } catch (cause) {
      throw new StoreError('failed', { cause });
    }
  }
}
