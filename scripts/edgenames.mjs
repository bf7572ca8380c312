// Properties of the edge library that none but its own modules see: bundles have shorter names for them. Left out are those
// of policies, which compileMeter writes down for other bundles (src/edge/compilednames.ts has their short names), and of
// what JavaScript or the core brings along.
export const OWN_NAMES = `
  blockBytes blockedNs blocks checks choice clash columns costs den depth doubles factor firstSlot flag form functions
  headBytes isAlarm isAlarmed isAmount isNegative kinds layout levels limitClock limits load magnitude num places plant
  put quantity ratePerSec refresh refusal result runColumns scale setProfile slotBytes slotsOf stateWords threshold
  times unitName unitNs usual usualAllow views whole wides words writeFastWays
`
  .trim()
  .split(/\s+/u);
