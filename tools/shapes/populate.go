package main

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// spot is a place in an object that can be varied: a scalar, or a struct or list that may be left out.
type spot struct {
	path     string
	field    reflect.Value
	isStruct bool
}

// enumValues are the values that Kubernetes' defaulting tells apart, by the Go type's name, where `type` alone says nothing.
var enumValues = map[string][]string{
	"DaemonSetUpdateStrategyType":   {"OnDelete", "RollingUpdate"},
	"DeploymentStrategyType":        {"Recreate", "RollingUpdate"},
	"MetricSourceType":              {"Resource", "Pods"},
	"PersistentVolumeMode":          {"Block", "Filesystem"},
	"ServiceAffinity":               {"ClientIP", "None"},
	"ServiceType":                   {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"},
	"StatefulSetUpdateStrategyType": {"OnDelete", "RollingUpdate"},
	"CompletionMode":                {"Indexed", "NonIndexed"},
}

// populate puts a value wherever an object can have a struct, and one element into every list of structs. It returns the spots.
func populate(value reflect.Value, path string, within []reflect.Type) []spot {
	goType := value.Type()
	if isScalar(goType) {
		return []spot{{path: path, field: value}}
	}
	switch goType.Kind() {
	case reflect.Struct:
		for _, outer := range within {
			if outer == goType {
				return nil // JSONSchemaProps contains itself
			}
		}
		var spots []spot
		for index := range goType.NumField() {
			if name, skip := jsonName(goType.Field(index)); !skip {
				spots = append(spots, populate(value.Field(index), join(path, name), append(within, goType))...)
			}
		}
		return spots
	case reflect.Pointer:
		if isScalar(goType.Elem()) {
			return []spot{{path: path, field: value}}
		}
		value.Set(reflect.New(goType.Elem()))
		own := spot{path: path, field: value, isStruct: true}
		return append([]spot{own}, populate(value.Elem(), path, within)...)
	case reflect.Slice:
		if goType.Elem().Kind() == reflect.Struct && !isScalar(goType.Elem()) {
			value.Set(reflect.MakeSlice(goType, 1, 1))
			own := spot{path: path, field: value, isStruct: true}
			return append([]spot{own}, populate(value.Index(0), path+"[]", within)...)
		}
	}
	return nil
}

// values are what is tried at a spot.
func (at spot) values() []reflect.Value {
	goType := at.field.Type()
	if at.isStruct {
		return []reflect.Value{reflect.Zero(goType)}
	}
	if goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	switch {
	case goType == reflect.TypeFor[intstr.IntOrString]():
		return []reflect.Value{reflect.ValueOf(intstr.FromInt32(7))}
	case goType.Kind() == reflect.String:
		names := enumValues[goType.Name()]
		if names == nil {
			names = []string{"x"}
		}
		var values []reflect.Value
		for _, name := range names {
			values = append(values, reflect.ValueOf(name).Convert(goType))
		}
		return values
	case goType.Kind() == reflect.Bool:
		return []reflect.Value{reflect.ValueOf(true).Convert(goType)}
	case goType.Kind() == reflect.Int32 || goType.Kind() == reflect.Int64:
		return []reflect.Value{reflect.ValueOf(7).Convert(goType)}
	}
	return nil
}

// meaningful: the value itself matters, not only that there is one.
func (at spot) meaningful() bool {
	goType := at.field.Type()
	if goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	return goType.Kind() == reflect.Bool || enumValues[goType.Name()] != nil
}

// set puts a value there and returns what takes it back.
func (at spot) set(value reflect.Value) func() {
	old := reflect.New(at.field.Type()).Elem()
	old.Set(at.field)
	if at.field.Kind() == reflect.Pointer && value.Kind() != reflect.Pointer {
		pointer := reflect.New(at.field.Type().Elem())
		pointer.Elem().Set(value)
		value = pointer
	}
	at.field.Set(value)
	return func() { at.field.Set(old) }
}

// isScalar: everything that JSON writes as one value.
func isScalar(goType reflect.Type) bool {
	switch goType.Kind() {
	case reflect.Struct:
		name := goType.PkgPath() + "." + goType.Name()
		return strings.HasSuffix(name, "intstr.IntOrString") || strings.HasSuffix(name, "resource.Quantity") ||
			strings.HasSuffix(name, "v1.Time") || strings.HasSuffix(name, "v1.MicroTime") || strings.HasSuffix(name, "v1.Duration") ||
			strings.HasSuffix(name, "v1.FieldsV1") || strings.HasSuffix(name, "runtime.RawExtension") || strings.HasSuffix(name, "v1.JSON")
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Int, reflect.Float64, reflect.Uint8:
		return true
	}
	return false
}

// jsonName is the field's name in JSON; inline structs have none. Metadata and status are not what a user leaves out.
func jsonName(field reflect.StructField) (string, bool) {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	if strings.Contains(options, "inline") || (field.Anonymous && name == "") {
		return "", field.Type.Name() == "TypeMeta"
	}
	return name, name == "" || name == "-" || name == "metadata" || name == "status"
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}
