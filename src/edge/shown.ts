/** Values of callers in errors. */

const LENGTH_MAX = 60;

export function shown(value: unknown): string {
  return String(value).slice(0, LENGTH_MAX);
}
