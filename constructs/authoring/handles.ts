import type { IConstruct } from 'constructs';

/*
 * cdk8s-plus comes as one package for each Kubernetes release, and an app may use any of them. Their objects do the same at run time. To the
 * compiler an interface of one is an interface of all, but a class of one is none of another, since each has private members of its own.
 */

/**
 * The pods of an instance, as every cdk8s-plus takes them: an `IPodSelector` and an `INetworkPolicyPeer`.
 *
 * The selector of labels is an object of a class, so nothing that could be said of it fits them all; `never` does, and nobody but the package
 * itself reads it.
 */
export interface PodsHandle extends IConstruct {
  toPodSelectorConfig(): PodsConfig;
  toNetworkPolicyPeerConfig(): { readonly podSelector: PodsConfig };
  toPodSelector(): PodsHandle;
}

interface PodsConfig {
  readonly labelSelector: never;
  readonly namespaces?: { readonly names?: string[] };
}

/**
 * The Service of an instance: the class `Service` of cdk8s-plus-28, which the functions of every cdk8s-plus take.
 *
 * Their parameters ask for their own class. No type but `any` is all of them; `const service: kplus.Service = openclaw.service` gives it the
 * type of the package that you use.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type ServiceHandle = any;

/** What `Env.fromSecret` and its like make in any cdk8s-plus: it shows what it holds only by the method that the package renders it with. */
export interface EnvFromHandle {
  _toKube(): object;
}
