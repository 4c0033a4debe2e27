import type { FleetStore, SettingsAuditLine, UsageCount, UsageSecond } from '../../core/throttle/fleet.ts';
import { fleetBounds } from '../../core/throttle/fleet-bounds.ts';
import { limitedOperations } from '../../core/throttle/limit.ts';
import { noRunTimeSettings, type RunTimeSettings } from '../../core/throttle/limit-book.ts';
import { StoreError } from '../../core/throttle/limit-store.ts';
import {
  readSettingsBody,
  UnreadableSettingsError,
  writeSettingsBody,
} from '../../core/throttle/settings-body.ts';
import { UsageTotals } from '../../core/throttle/usage-totals.ts';
import { changeSettingsScript, pulseScript, restoreSettingsScript, usageScript } from './fleet-lua.ts';
import type { RedisCommands } from './redis-port.ts';
import { asList, asText, asWhole } from './script-reply.ts';

/** Seconds of the board that one call reads: with thousands of applications more of them would hold up everybody's. */
const secondsPerCall = 10;

const kinds = ['admitted', 'refused'] as const;

/** What the instances of one Redis tell each other. All keys expire, but for settings and audit, which nobody could bring back. */
export function createRedisFleetStore(redis: RedisCommands): FleetStore {
  const settingsKey = redis.key('settings');
  const auditKey = redis.key('settings', 'audit');
  const membersKey = redis.key('members');
  const boardKey = redis.key('board');
  const stateKey = redis.key('invalidations', 'state');

  return {
    async pulse({ instance, aliveMs, counts }) {
      const keys = [membersKey, boardKey, settingsKey, stateKey];
      const args = [redis.clockArgument(), instance, Math.ceil(aliveMs), ...countArguments(counts)];
      const [instances, version, id, sequence, epoch] = asList(await redis.run(pulseScript, keys, args));
      return {
        instances: asWhole(instances),
        settings: settingsName(version ?? 0, id ?? ''),
        invalidations: { sequence: asWhole(sequence ?? 0), epoch: asText(epoch ?? '') },
      };
    },
    async leave(instance) {
      await redis.call('ZREM', membersKey, instance);
    },
    async readSettings() {
      const reply = await redis.call('HMGET', settingsKey, 'version', 'id', 'body').catch(unreadableOf);
      return readSettings(asList(reply));
    },
    async changeSettings({ before, after, audit }) {
      const { version, id } = after;
      const args = [before.version, before.id, version, id, writeSettingsBody(after), fleetBounds.auditLines];
      const lines = audit.map((line) => JSON.stringify(line));
      return (await redis.run(changeSettingsScript, [settingsKey, auditKey], [...args, ...lines])) === 1;
    },
    async restoreSettings(settings) {
      const { version, id } = settings;
      const args = [version, id, writeSettingsBody(settings)];
      return (await redis.run(restoreSettingsScript, [settingsKey], args)) === 1;
    },
    async audit(most) {
      if (most < 1) return [];
      return asList(await redis.call('LRANGE', auditKey, 0, most - 1)).flatMap(readAuditLine);
    },
    async usage(seconds) {
      const read: UsageSecond[] = [];
      let missing = Math.min(seconds, fleetBounds.usageSeconds);
      let last = '';
      while (missing > 0) {
        const wanted = Math.min(missing, secondsPerCall);
        const reply = await redis.run(usageScript, [boardKey], [redis.clockArgument(), last, wanted]);
        const [end, ...found] = asList(reply);
        read.unshift(...found.map(readSecond).filter(({ counts }) => counts.length > 0));
        last = String(asWhole(end) - wanted);
        missing -= wanted;
      }
      return read;
    },
  };
}

/** Field and units, for those that are not 0: `storefront/read/admitted`, `12`. */
function countArguments(counts: readonly UsageCount[]): (string | number)[] {
  return counts.flatMap((count) =>
    kinds.flatMap((kind) =>
      count[kind] === 0 ? [] : [`${count.application}/${count.operation}/${kind}`, Math.round(count[kind])],
    ),
  );
}

function readSecond(reply: unknown): UsageSecond {
  const [second, fields] = asList(reply);
  const totals = new UsageTotals();
  const list = asList(fields);
  for (let at = 0; at + 1 < list.length; at += 2) {
    const [application = '', operationName, kind] = asText(list[at]).split('/');
    const operation = limitedOperations.find((name) => name === operationName);
    const units = asWhole(list[at + 1]);
    // Fields of another version of Weir are none of ours.
    if (operation === undefined) continue;
    if (kind === 'admitted') totals.add(application, operation, units, 0);
    if (kind === 'refused') totals.add(application, operation, 0, units);
  }
  return { second: asWhole(second), counts: totals.list() };
}

function readSettings([version, id, body]: readonly unknown[]): RunTimeSettings {
  if (version === null || version === undefined) return noRunTimeSettings;
  const settings = readSettingsBody(asText(body ?? ''));
  if (settings === undefined || !isWholeText(version)) throw new UnreadableSettingsError();
  return { version: asWhole(version), id: asText(id ?? ''), ...settings };
}

/** What cannot be a version seems newer than any: it is read, found unreadable and told once, and never restored over. */
function settingsName(version: unknown, id: unknown): Pick<RunTimeSettings, 'version' | 'id'> {
  if (version !== 0 && !isWholeText(version)) return { version: Number.MAX_SAFE_INTEGER, id: 'unreadable' };
  return { version: asWhole(version), id: asText(id) };
}

/** Rejects likewise where the key holds no hash at all. */
function unreadableOf(error: unknown): never {
  if (error instanceof StoreError && error.code === 'WRONGTYPE') throw new UnreadableSettingsError();
  throw error;
}

function isWholeText(text: unknown): boolean {
  return typeof text === 'string' && /^\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

/** Lines of another form are left out. */
function readAuditLine(text: unknown): readonly SettingsAuditLine[] {
  try {
    const line: unknown = JSON.parse(asText(text));
    return isAuditLine(line) ? [line] : [];
  } catch {
    return [];
  }
}

function isAuditLine(line: unknown): line is SettingsAuditLine {
  if (typeof line !== 'object' || line === null) return false;
  const { version, at, by, what } = line as Partial<Record<keyof SettingsAuditLine, unknown>>;
  return typeof version === 'number' && [at, by, what].every((text) => typeof text === 'string');
}
