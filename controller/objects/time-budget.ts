/** A pass may keep all others waiting for so long. After one that took more, its key rests. */
const BUDGET_MS = 250;

/** For so many times as long, so that no document, whatever stands in it, takes more than a tenth of the time of all. */
const REST = 9;

/** How long something rests that took so long to compute, in milliseconds. */
export function restAfter(computedMs: number): number {
  return computedMs > BUDGET_MS ? REST * computedMs : 0;
}

/** What a tenant may have computed at once. Three hundred instances of a usual size, applied one after another, take less. */
const BURST_MS = 2000;

/** What each tenant has computed for it that it asks for itself, as by a webhook: in the long run no more than a tenth of the time of all. */
export class TenantBudget {
  /** When what a tenant has used is paid back, on the monotonic clock. */
  private readonly paidAt = new Map<string, number>();

  /** @param now the monotonic clock, in milliseconds */
  public constructor(private readonly now: () => number) {}

  public isSpent(tenant: string): boolean {
    return this.debtOf(tenant) >= BURST_MS * (REST + 1);
  }

  /** @param ms what was computed for the tenant */
  public charge(tenant: string, ms: number): void {
    this.paidAt.set(tenant, this.now() + this.debtOf(tenant) + ms * (REST + 1));
    // Whoever has paid is like whoever never came.
    for (const [other, paidAt] of this.paidAt) if (paidAt <= this.now()) this.paidAt.delete(other);
  }

  /** Does what a tenant has asked for, and charges it for the time, whatever comes of it. */
  public spend<T>(tenant: string, work: () => T): T {
    const begun = performance.now();
    try {
      return work();
    } finally {
      this.charge(tenant, performance.now() - begun);
    }
  }

  private debtOf(tenant: string): number {
    return Math.max(0, (this.paidAt.get(tenant) ?? 0) - this.now());
  }
}
