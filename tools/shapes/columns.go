package main

import (
	"reflect"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	printers "k8s.io/kubernetes/pkg/printers/internalversion"
)

// column is a TableColumnDefinition without its description; JSONPath only for a CRD's.
type column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Format   string `json:"format,omitempty"`
	Priority int32  `json:"priority,omitempty"`
	JSONPath string `json:"jsonPath,omitempty"`
}

// plainColumns are what a Kubernetes server shows of a kind that has no printer.
var plainColumns = []column{{Name: "Name", Type: "string", Format: "name"}, {Name: "Created At", Type: "date"}}

// collector is a PrintHandler that keeps the columns by group and kind.
type collector map[string][]column

func (columns collector) TableHandler(definitions []meta.TableColumnDefinition, print any) error {
	object, isObject := reflect.New(reflect.TypeOf(print).In(0).Elem()).Interface().(runtime.Object)
	if !isObject {
		return nil
	}
	kinds, _, err := legacyscheme.Scheme.ObjectKinds(object)
	if err != nil {
		return nil // a kind of a group that is not installed here
	}
	for _, kind := range kinds {
		for _, definition := range definitions {
			key := kind.Group + "/" + kind.Kind
			columns[key] = append(columns[key],
				column{Name: definition.Name, Type: definition.Type, Format: definition.Format, Priority: definition.Priority})
		}
	}
	return nil
}

func builtInColumns() collector {
	columns := collector{}
	printers.AddHandlers(columns)
	return columns
}

// crdColumns are a version's printer columns as the server shows them: the name first, the age if there is no other.
func crdColumns(version map[string]any) ([]column, error) {
	columns := []column{{Name: "Name", Type: "string", Format: "name"}}
	additional, has := version["additionalPrinterColumns"]
	if !has {
		return append(columns, column{Name: "Age", Type: "date", JSONPath: ".metadata.creationTimestamp"}), nil
	}
	text, err := compact(additional)
	if err != nil {
		return nil, err
	}
	var parsed []column
	if err := decode(text, &parsed); err != nil {
		return nil, err
	}
	return append(columns, parsed...), nil
}
