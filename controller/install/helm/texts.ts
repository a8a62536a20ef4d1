/** Names that depend on values. */
export const HELPERS = `{{- define "openclaw.image" -}}
{{- $image := $.Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ required "image.tag is missing: name a tag or a digest" $image.tag }}
{{- end -}}
{{- end -}}

{{- define "openclaw.serviceAccountName" -}}
{{ $.Values.serviceAccount.name | default "openclaw-controller" }}
{{- end -}}

{{- /* A controller of a part of the cluster may have others beside it. */ -}}
{{- define "openclaw.roleName" -}}
openclaw-controller{{ if or $.Values.namespaces $.Values.watchLabel }}:{{ $.Release.Namespace }}{{ end }}
{{- end -}}

{{- define "openclaw.registrationName" -}}
openclaw-webhook{{ if or $.Values.namespaces $.Values.watchLabel }}.{{ $.Release.Namespace }}{{ end }}
{{- end -}}
`;

export const NOTES = `The controller of OpenClaw is installed in {{ $.Release.Namespace }}.

  kubectl -n {{ $.Release.Namespace }} rollout status deployment/openclaw-controller

Then apply an OpenClawInstance.
{{- $repository := or $.Values.git.url $.Values.oci.repository }}
{{- if and (eq $.Values.delivery "git") (not $repository) }}
{{ fail "delivery is git, and git.url is missing: the repository; or oci.repository" }}
{{- end }}
{{- if and $.Values.git.url $.Values.oci.repository }}
{{ fail "git.url and oci.repository exclude each other: give one" }}
{{- end }}
{{- if and $.Values.hooks.secretName (not $repository) }}
{{ fail "hooks.secretName needs git.url or oci.repository" }}
{{- end }}
{{- if $repository }}

The Secret {{ $.Values.git.secretName }} in this namespace has to hold the credential for {{ $repository }}.
{{- end }}

Before you uninstall it, delete the instances: the controller lets go of them. CRDs stay, and with them what is left.
`;
