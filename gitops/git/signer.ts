/** Puts the name of the writer under a commit. */
export interface CommitSigner {
  /** `ssh`, or `openpgp` where what reads the repository verifies nothing else. */
  readonly scheme: 'ssh' | 'openpgp';
  /** What a verifier has to be given: a line of an `authorized_keys` file, or an armored public key. */
  readonly publicKey: string;
  /** The same in one line, for a status: the public SSH key, or `openpgp` and the fingerprint. */
  readonly verifier: string;
  /** Names the key: `SHA256:...` as ssh-keygen prints it, or the long hexadecimal fingerprint. */
  readonly fingerprint: string;
  /**
   * The armored signature of a commit. It was verified with the public key before it is given back.
   *
   * @param commit the bytes of the commit without a signature
   */
  sign(commit: Uint8Array): Promise<string>;
}
