/** Where a cluster is and who we are there. */
export interface ClusterAccess {
  /** `https://host:port`, with a path behind it where a proxy wants one. Plain `http:` is taken on loopback only. */
  readonly server: string;
  /** The namespace of the context, or of the pod. */
  readonly namespace?: string;
  /**
   * For the next request. Tokens and certificates are renewed in here, so it is asked every time; equal TLS settings come back as the same
   * object, which lets connections live on.
   *
   * @param refused the server did not take the last ones: nothing remembered may be used again
   */
  credentials(refused?: boolean): Promise<ClusterCredentials>;
}

export interface ClusterCredentials {
  /** `Authorization` and impersonation. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: TlsSettings;
}

/** PEM texts, and what node calls them. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}
