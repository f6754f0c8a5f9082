{{ define "n" }}  {{/* x */}}
{{ end }}