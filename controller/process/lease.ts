/** The Lease of the leader: that of the reference operator, so that both never run at once. */
export const LEASE_NAME = 'openclaw-operator.openclaw.rocks';
