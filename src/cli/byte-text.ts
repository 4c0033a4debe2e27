const units = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** `512 B`, `1.5 KiB`, `256.0 MiB`. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
