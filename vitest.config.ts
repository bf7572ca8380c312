import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Property and fuzz suites run long on two cores; a hang is caught by their own step limits.
    testTimeout: 300_000,
    // As many workers as processors: by default one is left free, half of a machine of two.
    maxWorkers: "100%",
  },
});
