package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// kindDefaults are what Kubernetes' own code sets in an object of a kind, seen by running it. A path's value is set where the
// path's parent is there and the field is not. Conditions tell how that changes with another field of the object.
type kindDefaults struct {
	Defaults   map[string]any `json:"defaults"`
	Conditions []condition    `json:"conditions,omitempty"`
}

// condition: with Is, when Path has that value; without, when Path is given at all.
// Copy are the fields that take Path's own value.
type condition struct {
	Path  string         `json:"path"`
	Is    any            `json:"is,omitempty"`
	Set   map[string]any `json:"set,omitempty"`
	Copy  []string       `json:"copy,omitempty"`
	Unset []string       `json:"unset,omitempty"`
}

// observedDefaults looks at every kind of every group-version that is served.
func observedDefaults(definitions map[string]any) (map[string]any, error) {
	found := map[string]any{}
	for groupVersion, packageName := range packages {
		for kind, goType := range typesOf(groupVersion) {
			if _, served := definitions[packageName+"."+kind]; !served || strings.HasSuffix(kind, "List") {
				continue
			}
			observed, err := observe(goType)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", groupVersion, kind, err)
			}
			if len(observed.Defaults) > 0 || len(observed.Conditions) > 0 {
				found[groupVersion+" "+kind] = observed
			}
		}
	}
	return found, nil
}

func typesOf(groupVersion string) map[string]reflect.Type {
	for _, known := range legacyscheme.Scheme.PrioritizedVersionsAllGroups() {
		if known.String() == groupVersion {
			return legacyscheme.Scheme.KnownTypes(known)
		}
	}
	return nil
}

// observe runs the defaulting once over an object in which every struct is there and every scalar is not, and then once more for
// each struct that may be left out and for each value that a scalar may have.
func observe(goType reflect.Type) (kindDefaults, error) {
	base := reflect.New(goType)
	spots := populate(base.Elem(), "", nil)
	plain, err := defaultsOf(base)
	if err != nil {
		return kindDefaults{}, err
	}
	result := kindDefaults{Defaults: plain}
	absent := map[string]any{}
	for _, spot := range spots {
		if strings.HasSuffix(spot.path, "image") || strings.HasSuffix(spot.path, "image.reference") {
			continue // how often an image is pulled follows from its tag, which is a rule and no fact
		}
		if spot.path == "spec.names.kind" {
			continue // what a CustomResourceDefinition's names are made of is a rule as well
		}
		for _, value := range spot.values() {
			undo := spot.set(value)
			varied, err := defaultsOf(base)
			undo()
			if err != nil {
				return kindDefaults{}, err
			}
			if spot.isStruct {
				if whole, set := varied[spot.path]; set {
					absent[spot.path] = whole
				}
				continue
			}
			if changed := difference(spot, value, plain, varied); changed != nil {
				result.Conditions = append(result.Conditions, *changed)
			}
		}
	}
	for path, whole := range absent {
		result.Defaults[path] = whole
	}
	sort.SliceStable(result.Conditions, func(a, b int) bool { return result.Conditions[a].Path < result.Conditions[b].Path })
	return result, nil
}

// difference is how the defaults change when a scalar is given; nil if they don't, but for the scalar's own.
func difference(given spot, value reflect.Value, plain, varied map[string]any) *condition {
	changed := condition{Path: given.path, Set: map[string]any{}}
	for path, now := range varied {
		if before, had := plain[path]; path == given.path || had && reflect.DeepEqual(before, now) {
			continue
		}
		if fmt.Sprint(now) == fmt.Sprint(value.Interface()) {
			changed.Copy = append(changed.Copy, path)
		} else {
			changed.Set[path] = now
		}
	}
	for path := range plain {
		if _, has := varied[path]; path != given.path && !has {
			changed.Unset = append(changed.Unset, path)
		}
	}
	if len(changed.Set) == 0 && len(changed.Copy) == 0 && len(changed.Unset) == 0 {
		return nil
	}
	sort.Strings(changed.Unset)
	if given.meaningful() {
		changed.Is = value.Interface()
	}
	return &changed
}

// defaultsOf runs Kubernetes' defaulting over a copy and lists what it set.
func defaultsOf(object reflect.Value) (map[string]any, error) {
	before := object.Interface().(runtime.Object)
	after := before.DeepCopyObject()
	legacyscheme.Scheme.Default(after)
	set := map[string]any{}
	return set, compare(object.Elem(), reflect.ValueOf(after).Elem(), "", set)
}

// compare walks both objects and keeps what is there afterwards only.
func compare(before, after reflect.Value, path string, set map[string]any) error {
	if absentValue(before) {
		if absentValue(after) {
			return nil
		}
		value, err := generic(after.Interface())
		set[path] = value
		return err
	}
	switch before.Kind() {
	case reflect.Pointer:
		if after.IsNil() {
			return nil
		}
		return compare(before.Elem(), after.Elem(), path, set)
	case reflect.Slice:
		if after.Len() == 0 || before.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		return compare(before.Index(0), after.Index(0), path+"[]", set)
	case reflect.Struct:
		if isScalar(before.Type()) {
			return nil
		}
		for index := range before.NumField() {
			name, skip := jsonName(before.Type().Field(index))
			if skip {
				continue
			}
			if err := compare(before.Field(index), after.Field(index), join(path, name), set); err != nil {
				return err
			}
		}
	}
	return nil
}

// absentValue: a zero scalar, a nil pointer or an empty list; a struct of fields is always there.
func absentValue(value reflect.Value) bool {
	if value.Kind() == reflect.Struct && !isScalar(value.Type()) {
		return false
	}
	if value.Kind() == reflect.Slice || value.Kind() == reflect.Map {
		return value.Len() == 0
	}
	return value.IsZero()
}
