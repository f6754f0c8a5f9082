{{- define "name" -}}{{ .Chart.Name }}-{{ .Values.text | lower | replace ", " "-" }}{{- end -}}
{{- define "labels" }}
app: {{ include "name" . }}
version: {{ .Chart.AppVersion | quote }}
{{- end }}
{{- define "novalue" }}{{ .missing }}{{ end }}
{{- define "fails" }}{{ fail "from inside" }}{{ end }}
{{- define "divides" }}{{ div 1 0 }}{{ end }}
{{- define "recurses" }}{{ include "recurses" . }}{{ end }}
{{- define "dotted" }}{{ .a.b }}{{ end }}
