/**
 * A line in which tenants take turns: each gets one key in a round, however many it has in the line. Within a tenant, first come, first served.
 */
export class FairLine {
  /** By tenant, in the order of their turns. */
  private readonly lines = new Map<string, string[]>();
  private count = 0;

  public get length(): number {
    return this.count;
  }

  public push(tenant: string, key: string): void {
    const line = this.lines.get(tenant);
    if (line) line.push(key);
    else this.lines.set(tenant, [key]);
    this.count += 1;
  }

  /** The next key of the first tenant whose turn it is and who may go; that tenant goes to the end of the round. */
  public shift(mayGo: (tenant: string) => boolean): string | undefined {
    for (const [tenant, line] of this.lines) {
      if (!mayGo(tenant)) continue;
      this.lines.delete(tenant);
      const key = line.shift();
      if (line.length > 0) this.lines.set(tenant, line);
      this.count -= 1;
      return key;
    }
    return undefined;
  }

  /** Takes a key out, wherever it stands. */
  public remove(tenant: string, key: string): void {
    const line = this.lines.get(tenant) ?? [];
    const place = line.indexOf(key);
    if (place < 0) return;
    line.splice(place, 1);
    if (line.length === 0) this.lines.delete(tenant);
    this.count -= 1;
  }

  public clear(): void {
    this.lines.clear();
    this.count = 0;
  }
}
