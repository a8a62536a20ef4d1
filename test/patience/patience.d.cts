/**
 * How much longer than on the machine that deadlines were written for a test must wait here: at least 1. Measured once in a run (a
 * quarter of a second) and handed down to every process of it; the environment variable OPENCLAW_TEST_PATIENCE sets it by hand.
 *
 * @throws Error if that variable holds no number of at least 1
 */
export function patience(): number;

/** A deadline of the tests, in milliseconds, as it stands on this machine. What is written is for two quiet cores. */
export function patient(milliseconds: number): number;
