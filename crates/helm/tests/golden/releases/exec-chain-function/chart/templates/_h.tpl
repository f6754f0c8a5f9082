{{ define "one" }}
  {{ include "two" . }}
{{ end }}
{{ define "two" }}{{ template "three" . }}{{ end }}
{{ define "three" -}}
{{ index .Values.list 3 }}
{{ end }}
