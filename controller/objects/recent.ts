/** Values that are made from keys, as long as they were asked for a short while ago. */
export class Recent<Key, Value> {
  private readonly values = new Map<Key, Value>();

  /** @param most so many are kept, those that were asked for last */
  public constructor(private readonly most: number) {}

  public has(key: Key): boolean {
    return this.values.has(key);
  }

  /** The value that is kept, or else a new one. */
  public get(key: Key, make: () => Value): Value {
    const known = this.values.get(key);
    const value = known ?? make();
    // A map keeps the order in which its keys came.
    this.values.delete(key);
    this.values.set(key, value);
    for (const oldest of this.values.keys()) {
      if (this.values.size <= this.most) break;
      this.values.delete(oldest);
    }
    return value;
  }
}
