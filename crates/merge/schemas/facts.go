//go:build ignore

// Prints what the Go types of the built-in kinds know and their OpenAPI schemas do not say, one fact
// a line: which fields are left out of JSON when they are zero, and which values the server fills in.
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
// server fills in the group of a subject.
var facts = map[string]bool{
	`io.k8s.api.rbac.v1.Subject apiGroup default "rbac.authorization.k8s.io"`: true,
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

// defaults fills an object with one element for every list, lets the server's own defaulting run, and
// records each scalar that it sets: once with every struct that a pointer can hold, and once without
// them, for the structs that the server makes itself.
func defaults(scheme *runtime.Scheme, t reflect.Type) {
	if strings.HasSuffix(t.Name(), "List") || strings.HasSuffix(t.Name(), "Options") {
		return
	}
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintln(os.Stderr, t, problem)
		}
	}()
	for _, pointers := range []bool{true, false} {
		value := reflect.New(t)
		object, ok := value.Interface().(runtime.Object)
		if !ok {
			return
		}
		fill(value.Elem(), pointers, map[reflect.Type]int{})
		scheme.Default(object)
		record(value.Elem(), !pointers)
	}
}

func fill(v reflect.Value, pointers bool, depth map[reflect.Type]int) {
	t := v.Type()
	switch t.Kind() {
	case reflect.Pointer:
		if pointers && t.Elem().Kind() == reflect.Struct && depth[t] < 1 && granular(t.Elem()) {
			depth[t]++
			v.Set(reflect.New(t.Elem()))
			fill(v.Elem(), pointers, depth)
			depth[t]--
		}
	case reflect.Struct:
		if !granular(t) {
			return
		}
		for i := 0; i < t.NumField(); i++ {
			if t.Field(i).IsExported() {
				fill(v.Field(i), pointers, depth)
			}
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct && depth[t] < 1 {
			depth[t]++
			v.Set(reflect.MakeSlice(t, 1, 1))
			fill(v.Index(0), pointers, depth)
			depth[t]--
		}
	}
}

func granular(t reflect.Type) bool {
	_, own := reflect.PointerTo(t).MethodByName("UnmarshalJSON")
	return !own
}

func record(v reflect.Value, made bool) {
	t := v.Type()
	switch t.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			record(v.Elem(), made)
		}
	case reflect.Slice:
		for i := 0; i < v.Len() && t.Elem().Kind() == reflect.Struct; i++ {
			record(v.Index(i), made)
		}
	case reflect.Struct:
		if !granular(t) {
			return
		}
		recordFields(t, t, v, made)
	}
}

func recordFields(owner, t reflect.Type, v reflect.Value, made bool) {
	for i := 0; i < t.NumField(); i++ {
		f, field := t.Field(i), v.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct {
			recordFields(owner, f.Type, field, made)
			continue
		}
		if key == "" || key == "-" {
			continue
		}
		kind := f.Type.Kind()
		if kind == reflect.Pointer {
			kind = f.Type.Elem().Kind()
		}
		known := kind == reflect.Struct || kind == reflect.Slice || kind == reflect.Map
		if field.IsZero() {
			continue
		}
		text, err := json.Marshal(field.Interface())
		// A time that is filled in is the time of the request.
		if err == nil && (!known || !granularValue(f.Type)) && !isTime(f.Type) {
			facts[name(owner)+" "+key+" default "+string(text)] = true
		}
		pointer := f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct
		if made && pointer && granular(f.Type.Elem()) {
			facts[name(owner)+" "+key+" default {}"] = true
		}
		record(field, made)
	}
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
	}
	return true
}
