import type { InitPlan } from './init-plan.ts';

export interface WrittenConfig {
  /** How the program is called. */
  readonly command: string;
  readonly plan: InitPlan;
  readonly out: string;
  readonly credentialFile: string | undefined;
  /** Undefined where callers need none. */
  readonly credential: string | undefined;
  readonly sampleKeys: readonly unknown[];
}

/** What to do with a configuration that was just written. The credential stands here when it has no file, and nowhere else. */
export function nextSteps({
  command,
  plan,
  out,
  credentialFile,
  credential,
  sampleKeys,
}: WrittenConfig): string {
  const { name, tables } = plan.application;
  const [table = ''] = tables;
  const file = shellWord(out);
  const shown =
    credential !== undefined && credentialFile === undefined
      ? [`The credential of ${name}, shown only now:`, `  ${credential}`]
      : [];
  const exporting =
    credential === undefined
      ? []
      : [
          `  export WEIR_CREDENTIAL=${credentialFile === undefined ? '…' : `"$(cat ${shellWord(credentialFile)})"`}`,
        ];
  const identity =
    credential === undefined ? `'X-Weir-App: ${name}'` : '"Authorization: Bearer $WEIR_CREDENTIAL"';
  const body = JSON.stringify({ keys: sampleKeys }).replaceAll("'", "'\\''");
  return [
    ...shown,
    'Next:',
    `  ${command} check --live --config ${file}`,
    `  ${command} serve --config ${file}`,
    credential === undefined ? 'Then, beside it:' : 'Then, beside it, with a key of your own:',
    ...exporting,
    `  curl -sS http://127.0.0.1:8080/v1/${table.replace('.', '/')}/lookup -H ${identity} -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
