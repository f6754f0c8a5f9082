{{- define "shown" -}}
{"chart":{{ toJson .Chart }},"values":{{ toJson .Values }},"below":{ {{- range $k, $v := .Subcharts }}{{ toJson $k }}:{{ include "shown" $v }},{{ end }}"":0}}
{{- end -}}
{{ include "shown" . }}
