{{ define "one" }}
  {{ include "two" . }}
{{ end }}
{{ define "two" }}{{ template "three" . }}{{ end }}
{{ define "three" -}}
{{ .Values.nope.deeper }}
{{ end }}
