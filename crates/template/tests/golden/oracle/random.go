package main

import (
	"math/rand/v2"
	"strings"
)

// writer makes a random template, most of which parse and some of which come to something.
type writer struct {
	*rand.Rand
	out    strings.Builder
	depth  int
	ranges int
	names  []string
}

func random(seed uint64) string {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 1)), names: []string{"$"}}
	w.list(1 + w.IntN(2))
	return w.out.String()
}

func (w *writer) put(texts ...string) {
	for _, text := range texts {
		w.out.WriteString(text)
	}
}

func (w *writer) among(texts ...string) string { return texts[w.IntN(len(texts))] }

func (w *writer) open() { w.put(w.among("{{ ", "{{ ", "{{", "{{- ")) }

func (w *writer) close() { w.put(w.among(" }}", " }}", "}}", " -}}")) }

func (w *writer) list(count int) {
	mark := len(w.names)
	for range count {
		w.item()
	}
	w.names = w.names[:mark]
}

func (w *writer) item() {
	w.depth++
	defer func() { w.depth-- }()
	kind := w.IntN(12)
	if w.depth > 4 && kind > 5 {
		kind = 0
	}
	switch kind {
	case 0:
		w.put(w.among("a", " ", "b ", "␤", " c␤", "é"))
	case 1, 2, 3:
		w.open()
		w.pipeline(0)
		w.close()
	case 4:
		name := w.among("$x", "$y", "$z")
		w.open()
		w.put(name, " := ")
		w.pipeline(0)
		w.close()
		w.names = append(w.names, name)
	case 5:
		w.open()
		w.put(w.among(w.names...), w.among(" = ", "="))
		w.pipeline(0)
		w.close()
	case 6, 7:
		w.branch("if")
	case 8:
		w.branch("with")
	case 9, 10:
		w.branch("range")
	case 11:
		w.open()
		switch {
		case w.ranges > 0 && w.IntN(2) == 0:
			w.put(w.among("break", "continue"))
		case w.IntN(3) == 0:
			w.put("block \"b\" ")
			w.pipeline(0)
			w.close()
			ranges, names := w.ranges, w.names
			w.ranges, w.names = 0, []string{"$"}
			w.list(1 + w.IntN(2))
			w.ranges, w.names = ranges, names
			w.open()
			w.put("end")
		default:
			w.put("template ", w.among("\"echo\"", "\"who\"", "\"asks\"", "\"root\"", "`blank`", "\"none\""), " ")
			if w.IntN(3) > 0 {
				w.pipeline(0)
			}
		}
		w.close()
	}
}

func (w *writer) branch(word string) {
	mark := len(w.names)
	w.open()
	w.put(word, " ")
	if w.IntN(3) == 0 {
		w.put("$v := ")
		w.names = append(w.names, "$v")
	} else if word == "range" && w.IntN(2) == 0 {
		w.put("$k, $v := ")
		w.names = append(w.names, "$k", "$v")
	}
	w.pipeline(0)
	w.close()
	if word == "range" {
		w.ranges++
	}
	w.list(1 + w.IntN(2))
	if word == "range" {
		w.ranges--
	}
	if w.IntN(3) == 0 {
		w.open()
		w.put("else")
		if word != "range" && w.IntN(3) == 0 {
			w.put(" ", word, " ")
			w.pipeline(0)
		}
		w.close()
		w.list(1)
	}
	w.open()
	w.put("end")
	w.close()
	w.names = w.names[:mark]
}

func (w *writer) pipeline(depth int) {
	w.command(depth)
	for w.IntN(4) == 0 {
		w.put(w.among(" | ", "|"))
		w.call(depth)
	}
}

func (w *writer) command(depth int) {
	if w.IntN(2) == 0 {
		w.call(depth)
		return
	}
	w.operand(depth)
	if w.IntN(40) == 0 {
		w.put(" ")
		w.operand(depth)
	}
}

func (w *writer) call(depth int) {
	name := w.among("and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js",
		"urlquery", "eq", "ne", "lt", "le", "gt", "ge", "upper", "add1", "small", "half", "byte", "yes", "any",
		"nothing", "dict", "list", "keys", "join", "two", "least", "typeOf", "include", "tpl", "eq",
		"index", "printf", "set", "upper", "len", "join", "print", "list")
	w.put(name)
	if w.IntN(30) == 0 {
		return
	}
	wanted := 1
	switch name {
	case "printf":
		w.put(" ", w.among(`"%v %s"`, `"%d|%5.2f"`, `"%q"`, `"%#v"`, `"%T"`, `"%x %X"`, `"%+v%%"`, `"%08.3f"`,
			`"%[2]v %[1]v"`, `"%*d"`, `"%-8v|"`, `"%t"`, `"%c%U"`, `"%e %g"`, `"%.3s"`))
		wanted = w.IntN(3)
	case "index", "eq", "ne", "lt", "le", "gt", "ge", "join", "two", "least":
		wanted = 2
	case "and", "or", "dict", "list", "print", "println":
		wanted = w.IntN(4)
	case "nothing":
		wanted = 0
	case "slice":
		wanted = 1 + w.IntN(3)
	case "include":
		w.put(" ", w.among(`"echo"`, `"who"`, `"asks"`, `"root"`, `"none"`, `"fails"`, `"missing"`))
	case "tpl":
		w.put(" ", w.among(`"{{ . }}"`, `"{{ .text }}"`, `"{{ define \"who\" }}w{{ end }}{{ include \"asks\" . }}"`,
			`"{{ nope }}"`, `"{{ .a.b }}"`))
	case "set":
		// Only constants: a map that contains itself cannot be printed.
		w.put(" ")
		w.operand(depth)
		w.put(w.among(` "a"`, ` "n"`), w.among(" 1", ` "v"`, " nil", " 2.5", " true"))
		return
	}
	if w.IntN(25) == 0 {
		wanted += w.IntN(2)*2 - 1
	}
	sorts := sorts[name]
	for i := range max(wanted, 0) {
		w.put(" ")
		if i < len(sorts) && w.IntN(8) > 0 {
			w.put(w.among(fitting[sorts[i]]...))
		} else {
			w.operand(depth)
		}
	}
}

// sorts are the sorts of operands that functions take, so that most calls come to something.
var sorts = map[string]string{
	"upper": "s", "len": "c", "index": "li", "slice": "tii", "add1": "i", "small": "i", "half": "f", "byte": "i",
	"yes": "b", "fail": "s", "keys": "m", "join": "st", "two": "si", "least": "si", "lt": "ii", "le": "ff", "gt": "ss",
	"ge": "ii", "eq": "ss", "ne": "ii", "include": ".", "tpl": ".",
}

var fitting = map[byte][]string{
	's': {`"a"`, `"é☃"`, ".text", ".s.plain", ".s.odd", "(print 1 2)", "(upper .text)", ".m.texts.k", "`r`", ".s.empty"},
	'i': {"0", "1", "2", "3", "(len .l.ints)", "(add1 1)", "0x1", ".n.zero"},
	'f': {"1.5", "2.5", ".f.half", ".f.third", ".one", "1e3"},
	'b': {"true", "false", ".yes", ".no", "(not 1)", "(eq 1 1)"},
	'l': {".l.mixed", ".l.ints", ".l.strings", ".l.nested", "(list 1 2 3)", `"abcd"`, ".s.bytes", ".o.names"},
	't': {".l.strings", `(keys .m.texts)`, ".o.names"},
	'm': {".m", ".m.mixed", ".m.order", ".m.empty", `(dict "a" 1)`, ".o.values", ".z.map"},
	'c': {".m", ".l.mixed", ".text", ".s.bytes", `(dict "a" 1)`, ".z.list"},
	'.': {".", "$", ".m", ".l.ints", ".text", "1"},
}

func (w *writer) operand(depth int) {
	if depth < 3 && w.IntN(4) == 0 {
		w.put("(")
		w.pipeline(depth + 1)
		w.put(")")
		if w.IntN(5) == 0 {
			w.put(w.among(".a", ".b", ".a.b", ".name", ".Table"))
		}
		return
	}
	switch w.IntN(5) {
	case 0, 1:
		w.put(w.among(".", ".text", ".one", ".yes", ".no", ".null", ".missing", ".missing.a", ".m", ".m.mixed",
			".m.mixed.a", ".m.mixed.e.f", ".m.mixed.c", ".m.texts", ".m.texts.k", ".m.order", ".m.empty", ".l.mixed",
			".l.strings", ".l.ints", ".l.empty", ".l.maps", ".l.nested", ".n.zero", ".n.int8", ".n.int16",
			".n.negative", ".f.half", ".f.third", ".f.million", ".s.plain", ".s.empty", ".s.odd", ".s.bytes",
			".z.map", ".z.list", ".z.strings", ".o.values", ".o.values.a", ".o.names", ".o.span", ".a", ".b.c",
			".name", ".c"))
	case 2:
		w.put(w.among(w.names...))
		if w.IntN(3) == 0 {
			w.put(w.among(".text", ".m.mixed.b", ".a", ".missing", ".l.ints"))
		}
	default:
		w.put(w.among("0", "1", "2", "3", "-1", "1.5", "1e3", "0x2", "'\\x02'", "2i", "\"\"", "\"a\"", "\"b\"", "\"text\"",
			"`raw`", "\"é☃\"", "true", "false", "nil", "0.0", "\"who\"", "\"k\""))
	}
}

// pieces are put together at random, so that many texts are no templates.
var pieces = []string{
	"{{", "{{", "{{", "}}", "}}", "}}", "{{-", "-}}", "{{- ", " -}}", " ", " ", " ", "␤", "if ", "else", "else if ", "end", "end",
	"range ", "with ", "define ", "template ", "block ", "break", "continue", "nil", "true", "$", "$x", "$x ", ":=", " = ", ",",
	"|", " | ", "(", ")", ".", ".text", ".m.mixed", ".l.ints", ".missing", ".a.b", "\"who\"", "\"who\" ", "\"echo\" ", "`b`",
	"'c'", "0", "1", "-3", "1.5", "0x1F", "1_0", "1i", "1e3", "print ", "print ", "printf ", "\"%d %v\" ", "index ", "len ", "eq ",
	"and ", "not ", "upper ", "list ", "nope", "é", "☃", "\"", "'", "`", "\\", "/*", "*/", "/* c */", "-", "+", ":", "#", "@", "text",
	"\"a␤\"", "%", "{", "}", "!", "x", "_", "\t",
}

func mixed(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 2))
	var out strings.Builder
	for range 1 + r.IntN(14) {
		out.WriteString(pieces[r.IntN(len(pieces))])
	}
	text := out.String()
	switch r.IntN(3) {
	case 0:
		return text
	case 1:
		return "{{ " + text + " }}"
	default:
		return "{{ range .l.ints }}{{ " + text + " }}{{ end }}"
	}
}
