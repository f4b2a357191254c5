package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// managedKind converts nothing of a custom kind, as an API server does for a CRD without a webhook.
type managedKind struct {
	kind      schema.GroupVersionKind
	native    bool
	converter managedfields.TypeConverter
}

func (of managedKind) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	if of.native {
		object, err := legacyscheme.Scheme.New(kind)
		if err == nil {
			object.GetObjectKind().SetGroupVersionKind(kind)
		}
		return object, err
	}
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(kind)
	return object, nil
}

func (of managedKind) ConvertToVersion(object runtime.Object, to runtime.GroupVersioner) (runtime.Object, error) {
	if !of.native {
		return object, nil
	}
	return legacyscheme.Scheme.ConvertToVersion(object, to)
}

func (of managedKind) Convert(in, out, context any) error {
	return legacyscheme.Scheme.Convert(in, out, context)
}

func (of managedKind) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

func (of managedKind) Default(object runtime.Object) {
	if of.native {
		legacyscheme.Scheme.Default(object)
	}
}

// after is the object when a step is done.
func (of managedKind) after(live runtime.Object, step managedStep) (runtime.Object, error) {
	version := of.kind.GroupVersion()
	hub := version
	if of.native {
		hub.Version = runtime.APIVersionInternal
	}
	untouched := fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	if step.Subresource == "status" {
		untouched = fieldpath.NewSet(fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("metadata"))
	}
	reset := map[fieldpath.APIVersion]fieldpath.Filter{fieldpath.APIVersion(version.String()): fieldpath.NewExcludeSetFilter(untouched)}
	make := managedfields.NewDefaultFieldManager
	if !of.native {
		make = managedfields.NewDefaultCRDFieldManager
	}
	manager, err := make(of.converter, of, of, of, of.kind, hub, step.Subresource, reset)
	if err != nil {
		return nil, err
	}
	next, err := of.next(manager, live, step)
	if err != nil {
		return nil, err
	}
	if next, err = of.ConvertToVersion(next, version); err != nil {
		return nil, err
	}
	next.GetObjectKind().SetGroupVersionKind(of.kind)
	accessor, err := meta.Accessor(next)
	if err != nil {
		return nil, err
	}
	accessor.SetUID("1")
	return next, nil
}

func (of managedKind) next(manager *managedfields.FieldManager, live runtime.Object, step managedStep) (runtime.Object, error) {
	given := &unstructured.Unstructured{Object: step.Object}
	if step.Operation == "Apply" {
		return manager.Apply(live, given, step.Manager, step.Force)
	}
	var written runtime.Object = given
	if of.native {
		text, err := given.MarshalJSON()
		if err != nil {
			return nil, err
		}
		if written, _, err = legacyscheme.Codecs.UniversalDeserializer().Decode(text, nil, nil); err != nil {
			return nil, err
		}
		of.Default(written)
	}
	return manager.Update(live, written, step.Manager)
}

// withCustomKind adds the schema that a CRD gives its kind.
func withCustomKind(definitions map[string]*spec.Schema, kind schema.GroupVersionKind, crds string) (map[string]*spec.Schema, error) {
	files, err := filepath.Glob(filepath.Join(crds, "*."+kind.Group+".json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct {
						OpenAPIV3Schema spec.Schema `json:"openAPIV3Schema"`
					}
				}
			}
		}
		if err := json.Unmarshal(text, &crd); err != nil {
			return nil, err
		}
		for _, version := range crd.Spec.Versions {
			if crd.Spec.Names.Kind != kind.Kind || version.Name != kind.Version {
				continue
			}
			whole := version.Schema.OpenAPIV3Schema
			whole.SetProperty("apiVersion", *spec.StringProperty())
			whole.SetProperty("kind", *spec.StringProperty())
			whole.SetProperty("metadata", *spec.RefSchema("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"))
			whole.AddExtension("x-kubernetes-group-version-kind", []any{map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Kind}})
			all := map[string]*spec.Schema{"custom": &whole}
			for name, definition := range definitions {
				all[name] = definition
			}
			return all, nil
		}
	}
	return nil, fmt.Errorf("no CRD has %s", kind)
}
