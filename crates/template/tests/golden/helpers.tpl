{{- define "echo" }}[{{ . }}]{{ end }}
{{- define "fails" }}
  {{ fail "deep" }}
{{- end }}
{{- define "calls" }}{{ include "fails" . }}{{ end }}
{{- define "index" }}{{ index .l.ints 9 }}{{ end }}
{{- define "root" }}{{ $.text }}{{ end }}
{{- define "who" }}outer{{ end }}
{{- define "asks" }}{{ template "who" }}/{{ include "who" . }}{{ end }}
{{- define "forever" }}{{ template "forever" . }}{{ end }}
{{- define "missing" }}{{ .a.b.c }}{{ end }}
{{- define "blank" }}   {{/* nothing */}}
{{ end }}
