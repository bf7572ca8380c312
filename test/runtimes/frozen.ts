/** Takes the clock, timers and random numbers away from all that is loaded after this. */

/** How often each was asked for. */
export const looks = { clock: 0, timers: 0, randoms: 0 };

const STILL_MS = 0;

Date.now = () => {
  looks.clock += 1;
  return STILL_MS;
};
performance.now = () => {
  looks.clock += 1;
  return STILL_MS;
};
globalThis.Date = new Proxy(Date, {
  construct(target, args, self) {
    if (args.length === 0) looks.clock += 1;
    return Reflect.construct(target, args.length === 0 ? [STILL_MS] : args, self) as object;
  },
});
for (const name of ["setTimeout", "setInterval", "queueMicrotask"] as const) {
  Object.defineProperty(globalThis, name, {
    value: () => {
      looks.timers += 1;
      throw new Error(`${name} is not to be used`);
    },
  });
}
Math.random = () => {
  looks.randoms += 1;
  return 0;
};
