{{ define "app/templates/x.yaml" }}other: {{ .Template.Name }}
{{ end }}