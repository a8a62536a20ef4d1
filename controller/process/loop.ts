/**
 * One kind of work that goes on for as long as the process lives, such as the care for instances.
 *
 * A process that does not lead keeps the caches of its loops warm and makes no pass, so that it can lead at once. `Controller` calls these one
 * after another, and `lead` and `rest` by turns.
 */
export interface Loop {
  /** For the log. */
  readonly name: string;
  /** Fills the caches, and writes nothing. Resolves when they have been filled once. */
  start(): Promise<void>;
  /** Begins passes, from what the caches hold. What was remembered of an earlier term counts only as far as it can be proven. */
  lead(): Promise<void>;
  /** Begins no further pass and resolves when those under way have ended; a closed fence makes them end at their next write. */
  rest(): Promise<void>;
  /** Lets passes end and gives up the caches, for good. */
  stop(): Promise<void>;
  /** Resolves when everything is done that can be. */
  settled(): Promise<void>;
  /** Why it is not ready, for whoever reads the answer to the kubelet. @default - it knows what it needs to begin */
  readonly waitsFor: string | undefined;
  /** It hears from the server; a restart would not help it otherwise either. */
  readonly isAlive: boolean;
  /** What did not get through in its last pass, sorted. */
  readonly failing: readonly string[];
  /** Rights that the controller lacks, in words. */
  readonly missingRights: readonly string[];
  /** What is to be known before the process ends, though it does its work. @default - nothing */
  readonly warnings?: readonly string[];
}
