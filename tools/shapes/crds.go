package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"
)

// readCRDs takes all of Istio's CRDs, and Gateway API's of the experimental channel, which has every kind and field of
// the standard channel and those besides that Istio carries out.
func readCRDs(modules map[string]module) (map[string]map[string]any, error) {
	files, err := filepath.Glob(filepath.Join(modules["sigs.k8s.io/gateway-api"].Dir, "config/crd/experimental/gateway.*.yaml"))
	if err != nil {
		return nil, err
	}
	files = append(files, filepath.Join(modules["istio.io/api"].Dir, "kubernetes/customresourcedefinitions.gen.yaml"))
	crds := map[string]map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, document := range strings.Split(string(text), "\n---") {
			crd, err := parseCRD(document)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			if crd != nil {
				crds[crd["metadata"].(map[string]any)["name"].(string)] = crd
			}
		}
	}
	return crds, nil
}

// parseCRD is the CRD of a YAML document without its prose; nil for anything else, such as an admission policy.
func parseCRD(document string) (map[string]any, error) {
	text, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return nil, err
	}
	var crd map[string]any
	if err := decode(text, &crd); err != nil {
		return nil, err
	}
	if crd["kind"] != "CustomResourceDefinition" {
		return nil, nil
	}
	delete(crd, "status")
	delete(crd["metadata"].(map[string]any), "creationTimestamp")
	for _, version := range versionsOf(crd) {
		for _, column := range list(version["additionalPrinterColumns"]) {
			delete(column.(map[string]any), "description")
		}
		schema := version["schema"].(map[string]any)
		schema["openAPIV3Schema"] = withoutProse(schema["openAPIV3Schema"])
	}
	return crd, nil
}

func versionsOf(crd map[string]any) []map[string]any {
	var versions []map[string]any
	for _, version := range list(crd["spec"].(map[string]any)["versions"]) {
		versions = append(versions, version.(map[string]any))
	}
	return versions
}

func list(value any) []any {
	items, _ := value.([]any)
	return items
}

// writeCRDs writes each CRD into a file of its own, with one line for each version and for each field of its spec.
func writeCRDs(directory string, crds map[string]map[string]any) error {
	for name, crd := range crds {
		spec := crd["spec"].(map[string]any)
		var versions []string
		for _, version := range versionsOf(crd) {
			text, err := versionLines(version)
			if err != nil {
				return err
			}
			versions = append(versions, text)
		}
		delete(spec, "versions")
		head, err := compact(crd["metadata"])
		if err != nil {
			return err
		}
		rest, err := compact(spec)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("{\"apiVersion\":%q,\"kind\":%q,\n\"metadata\":%s,\n\"spec\":%s,\"versions\":[\n%s\n]}}\n",
			crd["apiVersion"], crd["kind"], head, strings.TrimSuffix(string(rest), "}"), strings.Join(versions, ",\n"))
		if err := writeFile(filepath.Join(directory, name+".json"), text); err != nil {
			return err
		}
	}
	return nil
}

// versionLines has one line for the version, and one for each field of its spec, so that a diff names the field.
func versionLines(version map[string]any) (string, error) {
	schema := version["schema"].(map[string]any)
	delete(version, "schema")
	head, err := compact(version)
	if err != nil {
		return "", err
	}
	root := schema["openAPIV3Schema"].(map[string]any)
	properties := root["properties"].(map[string]any)
	delete(root, "properties")
	tail, err := compact(root)
	if err != nil {
		return "", err
	}
	names := sortedKeys(properties)
	sort.Strings(names)
	var lines []string
	for _, name := range names {
		text, err := compact(properties[name])
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintf("%q:%s", name, text))
	}
	return fmt.Sprintf("%s,\"schema\":{\"openAPIV3Schema\":%s,\"properties\":{\n%s\n}}}}",
		strings.TrimSuffix(string(head), "}"), strings.TrimSuffix(string(tail), "}"), strings.Join(lines, ",\n")), nil
}
