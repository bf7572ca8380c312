/** Which names stand for binary files of columns. */
import { ConfigError } from "../errors.ts";

const ARROW = "apache-arrow";

/** True when a file of this name is one of columns. */
export function isColumnFile(name: string): boolean {
  return /\.(?:parquet|arrow)$/u.test(name);
}

/** Checks before a run that the file's format can be written. Throws ConfigError. */
export function checkColumnFile(option: string, name: string): void {
  if (!name.endsWith(".arrow")) return;
  try {
    import.meta.resolve(ARROW);
  } catch {
    const detail = `Arrow needs the package ${ARROW}; run npm install ${ARROW}, or write a .parquet or .csv`;
    throw new ConfigError("FILE", option, name, detail);
  }
}
