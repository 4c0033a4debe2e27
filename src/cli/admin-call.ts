import type { Command } from 'commander';
import { failure } from './cli-error.ts';
import type { HttpAnswer } from './http-call.ts';
import { type Call, findInstance, type InstanceOptions, withInstanceOptions } from './instance.ts';
import { problemText } from './problem-text.ts';
import { readSecret } from './secret-source.ts';
import type { Surroundings } from './surroundings.ts';

export interface AdminOptions extends Omit<InstanceOptions, 'url'> {
  readonly adminUrl?: string;
  readonly adminKeyFile?: string;
}

/** The options of the verbs that ask the admin port. */
export function withAdminOptions(command: Command): Command {
  command.option('--admin-key-file <file>', 'file with a key of the admin port; default: WEIR_ADMIN_KEY');
  return withInstanceOptions(command, 'admin');
}

export interface AdminPort {
  /** What comes with status 200; `columns` as of `problemText`. Rejects with a `CliError` in words for anything else. */
  readonly call: (call: Call, columns?: readonly string[]) => Promise<HttpAnswer>;
}

/** Throws a usage error for options that cannot be, a `ConfigError` for a configuration that is refused. */
export async function findAdminPort(
  { adminUrl, adminKeyFile, ...others }: AdminOptions,
  surroundings: Surroundings,
): Promise<AdminPort> {
  const key = readSecret(adminKeyFile, 'WEIR_ADMIN_KEY', surroundings.env);
  const found = { ...others, ...(adminUrl === undefined ? {} : { url: adminUrl }) };
  const instance = await findInstance(found, 'admin', surroundings);
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return {
    call: async (call, columns) => {
      const answer = await instance.call({ ...call, headers: { ...call.headers, ...headers } });
      if (answer.status !== 200) throw failure(problemText(answer, hints, columns));
      return answer;
    },
  };
}

const hints: Readonly<Record<number, string>> = {
  401: 'give a key of the admin port: --admin-key-file or WEIR_ADMIN_KEY',
  403: 'this takes a key of an operator: --admin-key-file or WEIR_ADMIN_KEY',
  412: 'somebody else changed the limits in the meantime; look at them and try again',
};
