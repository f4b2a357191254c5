package main

import (
	"fmt"
	"sort"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// By full name.
var (
	messages = map[string]protoreflect.MessageDescriptor{}
	enums    = map[string]protoreflect.EnumDescriptor{}
)

const header = `// Written by tools/envoy-types ("make envoy-types"). The JSON form (https://protobuf.dev/programming-guides/json/) of Envoy's
// messages, with the names that their fields have in protobuf.
import type { Any, Duration, Json, JsonObject } from '#mesh/istiod/envoy/json.ts';

type Fields<T> = { readonly [K in keyof T]?: T[K] | undefined };

`

// Messages that JSON writes in a form of their own.
var wellKnown = map[string]string{
	"google.protobuf.Any":         "Any",
	"google.protobuf.BoolValue":   "boolean",
	"google.protobuf.BytesValue":  "string",
	"google.protobuf.DoubleValue": "number",
	"google.protobuf.Duration":    "Duration",
	"google.protobuf.FloatValue":  "number",
	"google.protobuf.Int32Value":  "number",
	"google.protobuf.Int64Value":  "number | string",
	"google.protobuf.ListValue":   "readonly Json[]",
	"google.protobuf.StringValue": "string",
	"google.protobuf.Struct":      "JsonObject",
	"google.protobuf.Timestamp":   "string",
	"google.protobuf.UInt32Value": "number",
	"google.protobuf.UInt64Value": "number | string",
	"google.protobuf.Value":       "Json",
}

func writeTypeScript(path string) {
	lines := []string{}
	for name, descriptor := range messages {
		if wellKnown[name] == "" {
			lines = append(lines, fmt.Sprintf("  '%s': Fields<{ %s}>;\n", name, properties(descriptor)))
		}
	}
	sort.Strings(lines)
	values := []string{}
	for name, descriptor := range enums {
		values = append(values, fmt.Sprintf("  '%s': %s;\n", name, union(descriptor)))
	}
	sort.Strings(values)
	write(path, header+
		"/** By full name. */\nexport interface Messages {\n"+strings.Join(lines, "")+"}\n\n"+
		"/** By full name. */\nexport interface Enums {\n"+strings.Join(values, "")+"}\n")
}

func properties(descriptor protoreflect.MessageDescriptor) string {
	text := ""
	for _, one := range current(descriptor) {
		text += fmt.Sprintf("%s: %s; ", one.Name(), property(one))
	}
	return text
}

func property(descriptor protoreflect.FieldDescriptor) string {
	switch {
	case descriptor.IsMap():
		return fmt.Sprintf("{ readonly [key: string]: %s | undefined }", valueType(descriptor.MapValue()))
	case descriptor.IsList():
		return fmt.Sprintf("readonly (%s)[]", valueType(descriptor))
	}
	return valueType(descriptor)
}

func valueType(descriptor protoreflect.FieldDescriptor) string {
	switch descriptor.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		name := string(descriptor.Message().FullName())
		if own := wellKnown[name]; own != "" {
			return own
		}
		return fmt.Sprintf("Messages['%s']", name)
	case protoreflect.EnumKind:
		return fmt.Sprintf("Enums['%s']", descriptor.Enum().FullName())
	case protoreflect.BoolKind:
		return "boolean"
	case protoreflect.StringKind, protoreflect.BytesKind:
		return "string"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "number | string"
	}
	return "number"
}

func union(descriptor protoreflect.EnumDescriptor) string {
	names := []string{}
	all := descriptor.Values()
	for i := 0; i < all.Len(); i++ {
		names = append(names, fmt.Sprintf("'%s'", all.Get(i).Name()))
	}
	return strings.Join(names, " | ")
}
