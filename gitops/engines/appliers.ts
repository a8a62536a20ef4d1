/** As whom each engine applies: its field manager in the API server. */
export const appliers = { argoCd: 'argocd-controller', flux: 'kustomize-controller' } as const;
