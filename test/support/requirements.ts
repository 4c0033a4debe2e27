/** What must not be skipped in this run: WEIR_REQUIRE, a list such as `cassandra,redis`. */
export function isRequired(name: string, environment: NodeJS.ProcessEnv = process.env): boolean {
  return (environment['WEIR_REQUIRE'] ?? '').split(',').some((part) => part.trim() === name);
}
