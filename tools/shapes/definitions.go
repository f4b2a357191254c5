package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	namer "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

// apimachinery matches what clients send or get with any kind: Status, Table, DeleteOptions …; not its package for tests.
var apimachinery = regexp.MustCompile(`^io\.k8s\.apimachinery\.pkg\.(apis\.meta\.v1\.|api\.resource|runtime|util|version)`)

// packages are the definitions' packages, by the group-version that they serve.
var packages = map[string]string{
	"v1":                              "io.k8s.api.core.v1",
	"admissionregistration.k8s.io/v1": "io.k8s.api.admissionregistration.v1",
	"apiextensions.k8s.io/v1":         "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
	"apiregistration.k8s.io/v1":       "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
	"apps/v1":                         "io.k8s.api.apps.v1",
	"authentication.k8s.io/v1":        "io.k8s.api.authentication.v1",
	"authorization.k8s.io/v1":         "io.k8s.api.authorization.v1",
	"autoscaling/v1":                  "io.k8s.api.autoscaling.v1",
	"autoscaling/v2":                  "io.k8s.api.autoscaling.v2",
	"batch/v1":                        "io.k8s.api.batch.v1",
	"certificates.k8s.io/v1":          "io.k8s.api.certificates.v1",
	"coordination.k8s.io/v1":          "io.k8s.api.coordination.v1",
	"discovery.k8s.io/v1":             "io.k8s.api.discovery.v1",
	"events.k8s.io/v1":                "io.k8s.api.events.v1",
	"metrics.k8s.io/v1beta1":          "io.k8s.metrics.pkg.apis.metrics.v1beta1",
	"networking.k8s.io/v1":            "io.k8s.api.networking.v1",
	"node.k8s.io/v1":                  "io.k8s.api.node.v1",
	"policy/v1":                       "io.k8s.api.policy.v1",
	"rbac.authorization.k8s.io/v1":    "io.k8s.api.rbac.v1",
	"scheduling.k8s.io/v1":            "io.k8s.api.scheduling.v1",
	"storage.k8s.io/v1":               "io.k8s.api.storage.v1",
}

// builtInSchemas are the components that a Kubernetes server makes from its Go types, by their full names.
func builtInSchemas() (map[string]*spec.Schema, error) {
	names := namer.NewDefinitionNamer(legacyscheme.Scheme)
	return builder3.BuildOpenAPIDefinitionsForResources(&common.OpenAPIV3Config{
		GetDefinitions:    openapi.GetOpenAPIDefinitions,
		GetDefinitionName: names.GetDefinitionName,
	}, servedNames()...)
}

// builtInDefinitions are the same as facts, without prose.
func builtInDefinitions() (map[string]any, error) {
	schemas, err := builtInSchemas()
	if err != nil {
		return nil, err
	}
	definitions := map[string]any{}
	for name, schema := range schemas {
		data, err := generic(schema)
		if err != nil {
			return nil, err
		}
		definitions[name] = servedKindsOnly(withoutProse(data).(map[string]any))
	}
	return definitions, nil
}

// servedNames are the definitions of the packages, and those that clients send or get with any kind.
func servedNames() []string {
	wanted := map[string]bool{}
	for _, name := range packages {
		wanted[name] = true
	}
	noReference := func(string) spec.Ref { return spec.Ref{} }
	var names []string
	for name := range openapi.GetOpenAPIDefinitions(noReference) {
		if wanted[packageOf(name)] || apimachinery.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// servedKindsOnly forgets the group-versions of x-kubernetes-group-version-kind that nothing here serves: DeleteOptions lists all.
func servedKindsOnly(schema map[string]any) map[string]any {
	kinds, has := schema["x-kubernetes-group-version-kind"].([]any)
	if !has {
		return schema
	}
	var kept []any
	for _, kind := range kinds {
		of := kind.(map[string]any)
		groupVersion := strings.TrimPrefix(fmt.Sprintf("%s/%s", of["group"], of["version"]), "/")
		if _, served := packages[groupVersion]; served {
			kept = append(kept, kind)
		}
	}
	schema["x-kubernetes-group-version-kind"] = kept
	return schema
}

func packageOf(definition string) string {
	return definition[:strings.LastIndex(definition, ".")]
}

func writeDefinitions(directory string, definitions map[string]any) error {
	byPackage := map[string]map[string]any{}
	for name, schema := range definitions {
		of := packageOf(name)
		if byPackage[of] == nil {
			byPackage[of] = map[string]any{}
		}
		byPackage[of][name] = schema
	}
	for of, schemas := range byPackage {
		if err := writeLines(filepath.Join(directory, of+".json"), "schemas", schemas); err != nil {
			return err
		}
	}
	return nil
}
