{{- define "fish-edge.name" -}}
{{- if contains "fish-edge" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-fish-edge{{ end -}}
{{- end }}

{{- define "fish-edge.selector" -}}
app.kubernetes.io/name: fish-edge
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "fish-edge.labels" -}}
{{ include "fish-edge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* A variable whose value is in a secret. */}}
{{- define "fish-edge.secret" -}}
{{- if .from.name }}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ .from.name }}
      key: {{ .from.key }}
{{- end }}
{{- end }}
