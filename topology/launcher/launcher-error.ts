/** Something that the launcher could not do, with words for the user. The exit code is 1. */
export class LauncherError extends Error {
  override readonly name: string = 'LauncherError';
}

/** Something that was asked wrongly. The exit code is 2. */
export class UsageError extends LauncherError {
  override readonly name = 'UsageError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
