import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { isLong } from '../long';
import { patient } from './patience.cjs';

/** What a long form may take: it is waited for by hand. */
const HOUR = 3_600_000;

/** Node's environment, in which the deadline of every test and hook is longer on a slower machine: no test has to think of it. */
export default class PatientEnvironment extends TestEnvironment {
  /** A hook runs before each test; its deadline grows once. */
  private readonly grown = new WeakSet<object>();

  public handleTestEvent(event: Circus.Event, state: Circus.State): void {
    if (event.name === 'test_start') this.grow(event.test, state);
    if (event.name === 'hook_start') this.grow(event.hook, state);
  }

  private grow(timed: { timeout?: number | null | undefined }, { testTimeout }: Circus.State): void {
    if (this.grown.has(timed)) return;
    this.grown.add(timed);
    timed.timeout = isLong ? HOUR : patient(timed.timeout ?? testTimeout);
  }
}
