//go:build ignore

// Prints what the Go types of the built-in kinds know and their OpenAPI schemas do not say, one fact
// a line: which fields are left out of JSON when they are zero, and which values the server fills in,
// null for lists and maps that it writes even if they are not there.
// See README.md beside it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane"
)

// The defaults that depend on another field of the same struct are said here: for users and groups the
// server fills in the group of a subject. So are structs that the server makes within a struct that a
// pointer holds and that it does not make itself.
var facts = map[string]bool{
	`io.k8s.api.rbac.v1.Subject apiGroup default "rbac.authorization.k8s.io"`:         true,
	`io.k8s.api.admissionregistration.v1.MatchResources namespaceSelector default {}`: true,
	`io.k8s.api.admissionregistration.v1.MatchResources objectSelector default {}`:    true,
}

func main() {
	scheme := legacyscheme.Scheme
	for _, add := range []func(*runtime.Scheme) error{apiextensions.AddToScheme, apiregistration.AddToScheme} {
		if err := add(scheme); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	seen := map[reflect.Type]bool{}
	for _, t := range scheme.AllKnownTypes() {
		if strings.HasPrefix(t.PkgPath(), "k8s.io/kubernetes/") {
			continue
		}
		zeros(t, seen)
		defaults(scheme, t)
	}
	for field, text := range filled {
		if text != "" {
			facts[field+" default "+text] = true
		}
	}
	lines := make([]string, 0, len(facts))
	for line := range facts {
		lines = append(lines, line)
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}

// name is the OpenAPI name of a Go type: k8s.io/api/core/v1.Pod becomes io.k8s.api.core.v1.Pod.
func name(t reflect.Type) string {
	path := t.PkgPath()
	host, rest, _ := strings.Cut(path, "/")
	parts := strings.Split(host, ".")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".") + "." + strings.ReplaceAll(rest, "/", ".") + "." + t.Name()
}

func zeros(t reflect.Type, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || !granular(t) {
		return
	}
	seen[t] = true
	each(t, func(json string, options string, field reflect.Type) {
		zeros(field, seen)
		omitted := strings.Contains(options, "omitzero") && field.Kind() != reflect.Pointer
		if strings.Contains(options, "omitempty") {
			switch field.Kind() {
			case reflect.Pointer, reflect.Struct, reflect.Interface:
			default:
				omitted = true
			}
		}
		if omitted {
			facts[name(t)+" "+json+" zero-omitted"] = true
		} else if field.Kind() == reflect.Slice || field.Kind() == reflect.Map {
			facts[name(t)+" "+json+" default null"] = true
		} else if field.Kind() == reflect.Struct && strings.HasSuffix(name(field), ".resource.Quantity") {
			facts[name(t)+" "+json+` default "0"`] = true
		}
	})
}

// each visits the JSON fields of a struct, inlined ones included.
func each(t reflect.Type, visit func(json, options string, field reflect.Type)) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct {
			each(f.Type, visit)
		} else if key != "" && key != "-" {
			visit(key, options, f.Type)
		}
	}
}

// defaults fills an object, lets the server's own defaulting run, and records what it sets: scalars, with
// one element in every list and every struct that a pointer can hold; structs that the server makes
// itself, without the latter; and lists that it makes itself, without both.
func defaults(scheme *runtime.Scheme, t reflect.Type) {
	if strings.HasSuffix(t.Name(), "List") || strings.HasSuffix(t.Name(), "Options") {
		return
	}
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintln(os.Stderr, t, problem)
		}
	}()
	for _, how := range []filling{{lists: true, pointers: true}, {lists: true}, {}} {
		value := reflect.New(t)
		object, ok := value.Interface().(runtime.Object)
		if !ok {
			return
		}
		fill(value.Elem(), how, map[reflect.Type]int{})
		scheme.Default(object)
		record(value.Elem(), how)
	}
}

// filling says what is put into an object before it is defaulted.
type filling struct{ lists, pointers bool }

func fill(v reflect.Value, how filling, depth map[reflect.Type]int) {
	t := v.Type()
	switch t.Kind() {
	case reflect.Pointer:
		if how.pointers && t.Elem().Kind() == reflect.Struct && depth[t] < 1 && granular(t.Elem()) {
			depth[t]++
			v.Set(reflect.New(t.Elem()))
			fill(v.Elem(), how, depth)
			depth[t]--
		}
	case reflect.Struct:
		if !granular(t) {
			return
		}
		for i := 0; i < t.NumField(); i++ {
			if t.Field(i).IsExported() {
				fill(v.Field(i), how, depth)
			}
		}
	case reflect.Slice:
		if how.lists && t.Elem().Kind() == reflect.Struct && depth[t] < 1 {
			depth[t]++
			v.Set(reflect.MakeSlice(t, 1, 1))
			fill(v.Index(0), how, depth)
			depth[t]--
		}
	}
}

func granular(t reflect.Type) bool {
	_, own := reflect.PointerTo(t).MethodByName("UnmarshalJSON")
	return !own
}

func record(v reflect.Value, how filling) {
	t := v.Type()
	switch t.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			record(v.Elem(), how)
		}
	case reflect.Slice:
		// A list that the server makes is one default: what is in it is no default of its elements.
		for i := 0; i < v.Len() && how.lists && t.Elem().Kind() == reflect.Struct; i++ {
			record(v.Index(i), how)
		}
	case reflect.Struct:
		if !granular(t) {
			return
		}
		recordFields(t, t, v, how)
	}
}

func recordFields(owner, t reflect.Type, v reflect.Value, how filling) {
	for i := 0; i < t.NumField(); i++ {
		f, field := t.Field(i), v.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct {
			recordFields(owner, f.Type, field, how)
			continue
		}
		if key == "" || key == "-" {
			continue
		}
		// A list that was put in is no default, and a time that is filled in is that of the request.
		elements := f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct
		if !isTime(f.Type) && (!granularValue(f.Type) || elements && !how.lists) {
			text := ""
			if !field.IsZero() {
				marshalled, err := json.Marshal(field.Interface())
				if err != nil {
					continue
				}
				text = string(marshalled)
			}
			see(owner, key, text)
		}
		pointer := f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct
		if !how.pointers && pointer && granular(f.Type.Elem()) {
			text := ""
			if !field.IsNil() {
				text = "{}"
			}
			see(owner, key, text)
		}
		record(field, how)
	}
}

// filled has what a field was filled with wherever its type stands; what is not everywhere the same is
// no default of the type.
var filled = map[string]string{}

func see(owner reflect.Type, key, text string) {
	field := name(owner) + " " + key
	if before, ok := filled[field]; ok && before != text {
		text = ""
	}
	filled[field] = text
}

func isTime(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return strings.HasSuffix(name(t), ".meta.v1.Time")
}

// granularValue tells whether a field's own members are recorded, so that the field is not.
func granularValue(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		return granular(t)
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Struct
	case reflect.Map:
		return true
	}
	return false
}
