{{ define "n" }}1{{ end }}
{{ define "n" }}2{{ end }}
