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
{{- if and (eq $.Values.delivery "git") (not $.Values.git.url) }}
{{ fail "delivery is git, and git.url is missing: the repository" }}
{{- end }}
{{- if $.Values.git.url }}

The Secret {{ $.Values.git.secretName }} in this namespace has to hold the credential for {{ $.Values.git.url }}.
{{- end }}

Before you uninstall it, delete the instances: the controller lets go of them. CRDs stay, and with them what is left.
`;
