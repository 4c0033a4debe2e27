import type { Environment } from './environment.ts';

/** How a variable is written, for people. */
export const referenceForm = `$${'{NAME}'}`;
/** The rule, for people. */
export const referenceRule = `a variable of the environment stands as ${referenceForm}, or as $${'{NAME:-default}'}, the characters themselves as $$${'{'}`;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

interface Resolved {
  readonly text: string;
  /** Whether a variable or its default stands in the text. */
  readonly replaced: boolean;
  /** Whether a default stands in for a variable: that text is the file's own. */
  readonly usesDefault: boolean;
  /** The first fault; names the variable and never what it holds. */
  readonly fault?: string;
}

/**
 * Text with `${NAME}` replaced from the environment, `${NAME:-default}` where the variable is not set or empty by
 * the default, and `$${` by `${`. What a variable holds is not looked through again.
 */
export function resolveReferences(text: string, environment: Environment): Resolved {
  let fault: string | undefined;
  let replaced = false;
  let usesDefault = false;
  const resolved = text.replaceAll(
    /\$(\$?)\{([^}]*)(\}?)/g,
    (whole, escaped: string, content: string, end: string) => {
      if (escaped !== '') return whole.slice(1);
      const split = content.indexOf(':-');
      const name = split < 0 ? content : content.slice(0, split);
      if (end === '' || !namePattern.test(name)) {
        fault ??= `this is not of the form ${referenceForm}`;
        return whole;
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      replaced = true;
      if (split >= 0 && (value ?? '') === '') {
        usesDefault = true;
        return content.slice(split + 2);
      }
      if (value === undefined) fault ??= `the variable ${name} is not set`;
      return value ?? whole;
    },
  );
  return { text: resolved, replaced, usesDefault, ...(fault === undefined ? {} : { fault }) };
}
