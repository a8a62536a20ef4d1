/** Two parts, or a part and an author of a cdk8s app, gave one name to two things. */
export class ClashError extends Error {
  public override readonly name = 'ClashError';
}

/** Names of which there may be one each, and who took them. */
export class OwnedNames {
  private readonly owners = new Map<string, string>();

  /** @param what one of the things that bear these names, in messages: `volume` */
  public constructor(private readonly what: string) {}

  /** @throws {@link ClashError} where the name is taken; it names both owners */
  public claim(name: string, owner: string): void {
    const other = this.owners.get(name);
    if (other !== undefined) throw new ClashError(`${this.what} "${name}" of part "${owner}" is already there, added by part "${other}"`);
    this.owners.set(name, owner);
  }

  /** The part that took the name; `undefined` where it is free. */
  public ownerOf(name: string): string | undefined {
    return this.owners.get(name);
  }

  public get names(): Iterable<string> {
    return this.owners.keys();
  }
}
