{{ define "one" }}{{ tpl .Values.text . }}{{ end }}
{{ define "two" }}{{ required "the
message: it has: colons" nil }}{{ end }}
