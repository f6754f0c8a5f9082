// Writes what Go's text/template makes of the cases: `go run ./oracle FILE…` beside the files. For
// each FILE.txt, FILE.expected gets one line for each line: empty for a comment, else `ok` or `error`
// and a JSON string. `go run ./oracle -formats` prints the cases of formats.txt instead, `-tables` the
// tables of characters in src/unicode, `-random COUNT SEED` so many random templates, and `-mixed`
// texts of which most are no templates.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"text/template"
	"unicode"
)

// Version is a struct with methods.
type Version struct {
	Major int
	Name  string
	Tags  []string
	Extra any
}

func (v *Version) Next() int                 { return v.Major + 1 }
func (v *Version) Above(n int) bool          { return v.Major > n }
func (v *Version) Check(n int) (bool, error) { return true, fmt.Errorf("no version %d", n) }

// Named has a String method.
type Named struct{ Name string }

func (n *Named) String() string { return "named " + n.Name }

// Values is a map with methods.
type Values map[string]any

func (v Values) Table(name string) (Values, error) {
	if table, ok := v[name].(map[string]any); ok {
		return table, nil
	}
	return nil, fmt.Errorf("no table %q", name)
}

// Names is a slice with a method.
type Names []string

func (n Names) Has(name string) bool {
	for _, known := range n {
		if known == name {
			return true
		}
	}
	return false
}

// Span is a number with a String method.
type Span int64

func (s Span) String() string { return fmt.Sprintf("%d spans", int64(s)) }

// tagged makes slices without room to grow, as ours have none: `slice` tells.
func tagged(tag string, raw any) any {
	number := func() json.Number { return raw.(json.Number) }
	whole := func() int64 { n, _ := number().Int64(); return n }
	switch tag {
	case "$int":
		return int(whole())
	case "$int8":
		return int8(whole())
	case "$int16":
		return int16(whole())
	case "$int32":
		return int32(whole())
	case "$int64":
		return whole()
	case "$uint":
		return uint(whole())
	case "$uint8":
		return uint8(whole())
	case "$uint16":
		return uint16(whole())
	case "$uint32":
		return uint32(whole())
	case "$uint64":
		var n uint64
		fmt.Sscan(number().String(), &n)
		return n
	case "$float32":
		f, _ := number().Float64()
		return float32(f)
	case "$float":
		var f float64
		fmt.Sscan(raw.(string), &f)
		return f
	case "$complex":
		parts := raw.([]any)
		r, _ := parts[0].(json.Number).Float64()
		i, _ := parts[1].(json.Number).Float64()
		return complex(r, i)
	case "$bytes":
		return slices.Clip([]byte(raw.(string)))
	case "$raw":
		var text []byte
		for _, b := range raw.([]any) {
			n, _ := b.(json.Number).Int64()
			text = append(text, byte(n))
		}
		return string(text)
	case "$strings":
		texts := []string{}
		for _, text := range raw.([]any) {
			texts = append(texts, text.(string))
		}
		return slices.Clip(texts)
	case "$ints":
		numbers := []int{}
		for _, n := range raw.([]any) {
			i, _ := n.(json.Number).Int64()
			numbers = append(numbers, int(i))
		}
		return slices.Clip(numbers)
	case "$stringmap":
		m := map[string]string{}
		for k, v := range raw.(map[string]any) {
			m[k] = v.(string)
		}
		return m
	case "$nil":
		switch raw.(string) {
		case "map":
			return map[string]any(nil)
		case "list":
			return []any(nil)
		case "strings":
			return []string(nil)
		case "bytes":
			return []byte(nil)
		case "version":
			return (*Version)(nil)
		}
	case "$version":
		n, _ := raw.(json.Number).Int64()
		return &Version{Major: int(n), Name: "v", Tags: []string{"a"}, Extra: nil}
	case "$named":
		return &Named{raw.(string)}
	case "$values":
		return Values(value(raw).(map[string]any))
	case "$names":
		return Names(tagged("$strings", raw).([]string))
	case "$span":
		return Span(whole())
	case "$error":
		return errors.New(raw.(string))
	}
	panic("unknown tag " + tag)
}

func value(raw any) any {
	switch raw := raw.(type) {
	case json.Number:
		f, _ := raw.Float64()
		return f
	case []any:
		list := make([]any, len(raw))
		for i, item := range raw {
			list[i] = value(item)
		}
		return list
	case map[string]any:
		if len(raw) == 1 {
			for key, inner := range raw {
				if strings.HasPrefix(key, "$") {
					return tagged(key, inner)
				}
			}
		}
		m := map[string]any{}
		for key, item := range raw {
			m[key] = value(item)
		}
		return m
	default:
		return raw
	}
}

func data(path string) any {
	text, err := os.ReadFile(path)
	check(err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var raw any
	check(decoder.Decode(&raw))
	return value(raw)
}

func functions() template.FuncMap {
	return template.FuncMap{
		"upper":   strings.ToUpper,
		"add1":    func(n int) int { return n + 1 },
		"small":   func(n int8) int8 { return n },
		"half":    func(f float64) float64 { return f / 2 },
		"byte":    func(b uint8) uint8 { return b },
		"turn":    func(c complex128) complex128 { return c * 1i },
		"yes":     func(b bool) bool { return b },
		"any":     func(v any) any { return v },
		"nothing": func() any { return nil },
		"fail":    func(text string) (string, error) { return "", errors.New(text) },
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return m
		},
		"list": func(items ...any) []any { return items },
		"set": func(m map[string]any, key string, item any) map[string]any {
			m[key] = item
			return m
		},
		"keys": func(m map[string]any) []string {
			keys := []string{}
			for key := range m {
				keys = append(keys, key)
			}
			sort.Strings(keys)
			return slices.Clip(keys)
		},
		"join":   func(sep string, items []string) string { return strings.Join(items, sep) },
		"two":    func(a string, b int) string { return fmt.Sprint(a, b) },
		"least":  func(a string, more ...int) string { return fmt.Sprint(a, len(more)) },
		"typeOf": func(v any) string { return fmt.Sprintf("%T", v) },
		"major":  func(v *Version) int { return v.Major },
		"adder":  func() func(int) int { return func(n int) int { return n + 1 } },
		"joiner": func() func(string, ...string) string {
			return func(a string, more ...string) string { return a + strings.Join(more, "+") }
		},
	}
}

func include(t *template.Template) func(string, any) (string, error) {
	return func(name string, dot any) (string, error) {
		var out strings.Builder
		err := t.ExecuteTemplate(&out, name, dot)
		return out.String(), err
	}
}

func tpl(parent *template.Template, option string) func(string, any) (string, error) {
	return func(text string, dot any) (string, error) {
		t, err := parent.Clone()
		if err != nil {
			return "", err
		}
		t.Option("missingkey=" + option)
		t.Funcs(template.FuncMap{"include": include(t), "tpl": tpl(t, option)})
		t, err = t.New(parent.Name()).Parse(text)
		if err != nil {
			return "", fmt.Errorf("cannot parse template %q: %w", text, err)
		}
		var out strings.Builder
		if err := t.Execute(&out, dot); err != nil {
			return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
		}
		return out.String(), nil
	}
}

// pointerless is the data of random cases: pointers print as addresses, and large numbers are long
// loops.
func pointerless(path string) any {
	all := data(path).(map[string]any)
	for _, name := range []string{"version", "named", "error", "noversion"} {
		delete(all["o"].(map[string]any), name)
	}
	for _, name := range []string{"int64", "huge", "rune", "int", "uint", "byte"} {
		delete(all["n"].(map[string]any), name)
	}
	return all
}

func run(folder, option, text string, dot any) (string, error) {
	root := template.New("gotpl").Option("missingkey=" + option).Funcs(functions())
	root.Funcs(template.FuncMap{"include": include(root), "tpl": tpl(root, option)})
	helpers, err := os.ReadFile(filepath.Join(folder, "helpers.tpl"))
	check(err)
	template.Must(root.New("helpers").Parse(string(helpers)))
	if _, err := root.New("t").Parse(text); err != nil {
		return "", err
	}
	var out strings.Builder
	err = root.ExecuteTemplate(&out, "t", dot)
	return out.String(), err
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(path string) {
	folder := filepath.Dir(path)
	cases, err := os.ReadFile(path)
	check(err)
	option := "default"
	var expected strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(string(cases), "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "# missingkey="); ok {
			option = rest
		}
		if line == "" || strings.HasPrefix(line, "# ") {
			expected.WriteString("\n")
			continue
		}
		read := data
		if strings.HasPrefix(filepath.Base(path), "random") {
			read = pointerless
		}
		dot := read(filepath.Join(folder, "data.json"))
		out, err := run(folder, option, strings.ReplaceAll(line, "␤", "\n"), dot)
		word := "ok"
		if err != nil {
			word, out = "error", err.Error()
		}
		quoted, err := json.Marshal(out)
		check(err)
		fmt.Fprintf(&expected, "%s %s\n", word, quoted)
	}
	check(os.WriteFile(strings.TrimSuffix(path, ".txt")+".expected", []byte(expected.String()), 0o644))
}

// formats prints a directive for each verb, flag, width and sort of value.
func formats() {
	fmt.Println("# Written by the oracle's -formats.")
	values := []string{
		".n.int", ".n.negative", ".n.uint", ".n.byte", ".n.huge", ".n.rune", "0", ".f.third", ".f.big",
		".f.small", ".f.whole", ".f.negzero", ".f.inf", ".f.nan", ".f.single", ".f.tie", ".s.plain", ".s.empty",
		".s.odd", ".s.broken", ".s.bytes", ".yes", ".l.mixed", ".l.strings", ".m.mixed", "nil", ".m", ".z",
		".o.span", ".o.named", ".o.values", ".o.names", ".c",
	}
	flags := []string{"", "+", "-", "#", " ", "0", "+#", "-0", "# ", "+0", " 0", "0#"}
	sizes := []string{"", "12", ".0", ".2", ".5", "12.3", "3.20", "."}
	verbs := "vTtbcdoOqxXUeEfFgGsz"
	state := uint32(1)
	for i, value := range values {
		for _, verb := range verbs {
			for j, flag := range flags {
				for k, size := range sizes {
					// All verbs bare; of the rest a part that a fixed sequence picks.
					state = state*1664525 + 1013904223
					if (flag != "" || size != "") && (state>>16)%12 != 0 {
						continue
					}
					_, _, _ = i, j, k
					if value == ".m" && (verb != 'v' || size != "") {
						continue
					}
					fmt.Printf("{{ printf \"%%%s%s%c|\" %s }}\n", flag, size, verb, value)
				}
			}
		}
	}
}

// table prints the code points for which a rule holds, as a table of ranges in Rust.
func table(doc, name string, holds func(rune) bool) {
	var items []string
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !holds(r) {
			continue
		}
		first := r
		for r < unicode.MaxRune && holds(r+1) {
			r++
		}
		items = append(items, fmt.Sprintf("(0x%X, 0x%X),", first, r))
	}
	fmt.Printf("/// %s\n#[rustfmt::skip]\n", doc)
	fmt.Printf("pub(super) static %s: [(u32, u32); %d] = [\n", name, len(items))
	line := "   "
	for _, item := range items {
		if len(line)+1+len(item) > 100 {
			fmt.Println(line)
			line = "   "
		}
		line += " " + item
	}
	fmt.Printf("%s\n];\n", line)
}

func isNamePart(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-tables" {
		table("Those that Go prints as they are.", "PRINTABLE", strconv.IsPrint)
		fmt.Println()
		table("Letters, digits and the underscore.", "ALPHANUMERIC", isNamePart)
		return
	}
	if len(os.Args) > 3 && (os.Args[1] == "-random" || os.Args[1] == "-mixed") {
		var count, seed uint64
		fmt.Sscan(os.Args[2], &count)
		fmt.Sscan(os.Args[3], &seed)
		fmt.Println("# missingkey=" + []string{"default", "zero", "error"}[seed%3])
		for i := range count {
			write := random
			if os.Args[1] == "-mixed" {
				write = mixed
			}
			fmt.Println(write(seed*1_000_000 + i))
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "-formats" {
		formats()
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "-version" {
		fmt.Println(runtime.Version())
		return
	}
	for _, path := range os.Args[1:] {
		expect(path)
	}
}
