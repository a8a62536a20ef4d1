/** Whether the long forms run: `LONG=1 npx jest test/programs`. */
const isLong = Boolean(process.env['LONG']);

/** How much the tests of programs try. */
export const counts = {
  /** States of the data volume: every so-manieth of the list. */
  stateStep: isLong ? 1 : 12,
  /** SIGKILLs at random points of each program. */
  kills: isLong ? 50 : 3,
  /** Steps at which the move of a volume is cut: every so-manieth call. */
  cutStep: isLong ? 1 : 9,
  /** Slow clients of the proxy. */
  slowClients: isLong ? 3000 : 1800,
} as const;
