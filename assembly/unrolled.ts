/** Loops that the compiler writes out. */

/**
 * `for (let counter: u32 = 0; counter < unrolled(5); counter++)` is compiled as five copies of its body, in each of which
 * the counter is a constant (scripts/unroll.mjs). The number must be a literal. For the few loops whose passes cost as
 * much as their work: V8 moves every variable back to its place and looks at the stack's end at each.
 */
export function unrolled(times: u32): u32 {
  return times;
}
