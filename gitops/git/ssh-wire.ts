/** Numbers and strings as SSH writes them (RFC 4251, section 5). */

/** A string: its length in four bytes, then its bytes. */
export function sshString(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return joined([length, bytes]);
}

/** A number that is not negative, without leading zeros; a first bit that is set needs a zero byte before it. */
export function sshInteger(bytes: Uint8Array): Uint8Array {
  let first = 0;
  while (first < bytes.length && bytes[first] === 0) first += 1;
  const digits = bytes.subarray(first);
  return sshString((digits[0] ?? 0) >= 0x80 ? joined([new Uint8Array(1), digits]) : digits);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => new Uint8Array(part))));
}

/** Reads one field after the other. Throws a RangeError where there is less than a field says. */
export class SshReader {
  private at = 0;

  public constructor(private readonly bytes: Uint8Array) {}

  public number(): number {
    const value = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length).getUint32(this.at);
    this.at += 4;
    return value;
  }

  public string(): Uint8Array {
    return this.take(this.number());
  }

  public text(): string {
    return Buffer.from(this.string()).toString('latin1');
  }

  public take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('the bytes end too early');
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
}
