/** The proxy that stands in front of what listens on the loopback interface of the pod, and the user that its image was made for. */
export const NGINX = { image: 'docker.io/library/nginx:1.27-alpine', user: 101 } as const;
