package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Typed clients send Kubernetes' own kinds as protobuf. Go's types say how: the number of each field, its name in JSON, and
// whether a zero is left out there, which the encoding itself does not tell.

type marshaler interface{ Marshal() ([]byte, error) }

var marshalerType = reflect.TypeFor[marshaler]()

// Their form in JSON is code of their own, so the reader knows them by name.
var ownForm = map[string]bool{
	"io.k8s.apimachinery.pkg.api.resource.Quantity":   true,
	"io.k8s.apimachinery.pkg.apis.meta.v1.Duration":   true,
	"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1":   true,
	"io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime":  true,
	"io.k8s.apimachinery.pkg.apis.meta.v1.Time":       true,
	"io.k8s.apimachinery.pkg.runtime.RawExtension":    true,
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString": true,
}

// Their kinds have forms of their own all over, and their clients send JSON.
var withoutProtobuf = map[string]bool{"apiextensions.k8s.io/v1": true, "apiregistration.k8s.io/v1": true, "metrics.k8s.io/v1beta1": true}

// protobufMessages are the fields of every message that a client may send, by the number of the field:
// `NAME TYPE FLAGS` with the flags r (a list), m (a map with texts as keys), z (zero is left out) and i (its fields stand in
// the message around it).
func protobufMessages() (map[string]any, error) {
	messages := map[string]any{}
	for groupVersion := range packages {
		if withoutProtobuf[groupVersion] {
			continue
		}
		for kind, goType := range typesOf(groupVersion) {
			if strings.HasSuffix(kind, "List") {
				continue
			}
			if err := addMessage(messages, goType); err != nil {
				return nil, fmt.Errorf("%s %s: %w", groupVersion, kind, err)
			}
		}
	}
	return messages, nil
}

func addMessage(messages map[string]any, goType reflect.Type) error {
	name := messageName(goType)
	if messages[name] != nil || ownForm[name] {
		return nil
	}
	fields := map[string]any{}
	messages[name] = fields
	for index := range goType.NumField() {
		field := goType.Field(index)
		parts := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		text, err := protobufField(messages, field)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", name, field.Name, err)
		}
		if _, err := strconv.Atoi(parts[1]); err != nil {
			return fmt.Errorf("%s.%s: %w", name, field.Name, err)
		}
		fields[parts[1]] = text
	}
	return nil
}

func protobufField(messages map[string]any, field reflect.StructField) (string, error) {
	json := strings.Split(field.Tag.Get("json"), ",")
	flags := ""
	goType := field.Type
	switch {
	case goType.Kind() == reflect.Map:
		flags += "m"
		goType = goType.Elem()
	case goType.Kind() == reflect.Slice && goType.Elem().Kind() != reflect.Uint8 && !isWrapper(goType):
		flags += "r"
		goType = goType.Elem()
	case goType.Kind() == reflect.Pointer:
		goType = goType.Elem()
	case strings.Contains(field.Tag.Get("json"), "omitempty"):
		flags += "z"
	}
	if json[0] == "" {
		flags += "i"
	}
	typeName, err := protobufType(messages, goType)
	return strings.TrimSpace(json[0] + " " + typeName + " " + flags), err
}

// isWrapper: a list with a name and an encoding of its own, a message with the list as its only field.
func isWrapper(goType reflect.Type) bool {
	return goType.Kind() == reflect.Slice && reflect.PointerTo(goType).Implements(marshalerType)
}

func protobufType(messages map[string]any, goType reflect.Type) (string, error) {
	switch goType.Kind() {
	case reflect.Bool:
		return "bool", nil
	case reflect.Int32, reflect.Int64:
		return "int", nil
	case reflect.String:
		return "string", nil
	case reflect.Slice:
		if goType.Elem().Kind() == reflect.Uint8 {
			return "bytes", nil
		}
		if isWrapper(goType) && goType.Elem().Kind() == reflect.String {
			return "strings", nil
		}
	case reflect.Pointer:
		return protobufType(messages, goType.Elem())
	case reflect.Struct:
		return messageName(goType), addMessage(messages, goType)
	}
	return "", fmt.Errorf("%s has no form in protobuf that the reader knows", goType)
}

// messageName is `io.k8s.api.apps.v1.Deployment` for k8s.io/api/apps/v1's Deployment.
func messageName(goType reflect.Type) string {
	domain, path, _ := strings.Cut(goType.PkgPath(), "/")
	labels := strings.Split(domain, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".") + "." + strings.ReplaceAll(path, "/", ".") + "." + goType.Name()
}
