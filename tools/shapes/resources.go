package main

import (
	"os"
	"path/filepath"
	"sort"
	"strings"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

type subresource struct {
	Name    string   `json:"name"`
	Group   string   `json:"group,omitempty"`
	Version string   `json:"version,omitempty"`
	Kind    string   `json:"kind"`
	Verbs   []string `json:"verbs"`
}

// resource is a type of object in one version. Package and CRD say where its shape stands: one of them is set.
type resource struct {
	Group        string        `json:"group"`
	Version      string        `json:"version"`
	Plural       string        `json:"plural"`
	Singular     string        `json:"singular"`
	Kind         string        `json:"kind"`
	ListKind     string        `json:"listKind"`
	ShortNames   []string      `json:"shortNames,omitempty"`
	Categories   []string      `json:"categories,omitempty"`
	Namespaced   bool          `json:"namespaced"`
	Storage      bool          `json:"storage"`
	Verbs        []string      `json:"verbs"`
	Subresources []subresource `json:"subresources,omitempty"`
	Columns      []column      `json:"columns"`
	Package      string        `json:"package,omitempty"`
	CRD          string        `json:"crd,omitempty"`
	Scale        any           `json:"scale,omitempty"`
}

var allVerbs = []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}

func allResources(modules map[string]module, crds map[string]map[string]any) ([]resource, error) {
	var all []resource
	columns := builtInColumns()
	for _, groupVersion := range sortedKeys(packages) {
		if groupVersion == "metrics.k8s.io/v1beta1" {
			continue
		}
		served, err := discovered(modules["k8s.io/kubernetes"].Dir, groupVersion, columns)
		if err != nil {
			return nil, err
		}
		all = append(all, served...)
	}
	all = append(all, measured("nodes", "NodeMetrics", false), measured("pods", "PodMetrics", true))
	for _, name := range sortedKeys(crds) {
		custom, err := customResources(crds[name])
		if err != nil {
			return nil, err
		}
		all = append(all, custom...)
	}
	return all, nil
}

// discovered reads the APIResourceList that Kubernetes keeps of its own discovery.
func discovered(kubernetes, groupVersion string, columns collector) ([]resource, error) {
	file := "apis__" + strings.ReplaceAll(groupVersion, "/", "__") + ".json"
	if groupVersion == "v1" {
		file = "api__v1.json"
	}
	text, err := os.ReadFile(filepath.Join(kubernetes, "api/discovery", file))
	if err != nil {
		return nil, err
	}
	var served meta.APIResourceList
	if err := decode(text, &served); err != nil {
		return nil, err
	}
	group, version, hasGroup := strings.Cut(groupVersion, "/")
	if !hasGroup {
		group, version = "", groupVersion
	}
	var resources []resource
	for _, one := range served.APIResources {
		if name, sub, isSub := strings.Cut(one.Name, "/"); isSub {
			owner := &resources[len(resources)-1]
			if owner.Plural != name {
				panic("a subresource without its resource: " + one.Name)
			}
			owner.Subresources = append(owner.Subresources, subresource{sub, one.Group, one.Version, one.Kind, one.Verbs})
			continue
		}
		shown := columns[group+"/"+one.Kind]
		if shown == nil {
			shown = plainColumns
		}
		resources = append(resources, resource{
			Group: group, Version: version, Plural: one.Name, Singular: one.SingularName, Kind: one.Kind, ListKind: one.Kind + "List",
			ShortNames: one.ShortNames, Categories: one.Categories, Namespaced: one.Namespaced, Storage: true,
			Verbs: one.Verbs, Columns: shown, Package: packages[groupVersion],
		})
	}
	return resources, nil
}

// measured is a resource of the metrics server, which is a program of its own: its discovery stands in no module.
func measured(plural, kind string, namespaced bool) resource {
	return resource{
		Group: "metrics.k8s.io", Version: "v1beta1", Plural: plural, Kind: kind, ListKind: kind + "List", Namespaced: namespaced, Storage: true,
		Verbs: []string{"get", "list"}, Columns: plainColumns, Package: packages["metrics.k8s.io/v1beta1"],
	}
}

func customResources(crd map[string]any) ([]resource, error) {
	var names struct {
		Plural, Singular, Kind, ListKind string
		ShortNames, Categories           []string
	}
	spec := crd["spec"].(map[string]any)
	text, err := compact(spec["names"])
	if err != nil {
		return nil, err
	}
	if err := decode(text, &names); err != nil {
		return nil, err
	}
	var resources []resource
	for _, served := range versionsOf(crd) {
		if served["served"] != true {
			continue
		}
		columns, err := crdColumns(served)
		if err != nil {
			return nil, err
		}
		one := resource{
			Group: spec["group"].(string), Version: served["name"].(string), Plural: names.Plural, Singular: names.Singular, Kind: names.Kind,
			ListKind: names.ListKind, ShortNames: names.ShortNames, Categories: names.Categories, Namespaced: spec["scope"] == "Namespaced",
			Storage: served["storage"] == true, Verbs: allVerbs, Columns: columns, CRD: crd["metadata"].(map[string]any)["name"].(string),
		}
		subresources, _ := served["subresources"].(map[string]any)
		if _, has := subresources["status"]; has {
			one.Subresources = append(one.Subresources, subresource{Name: "status", Kind: names.Kind, Verbs: []string{"get", "patch", "update"}})
		}
		if scale, has := subresources["scale"]; has {
			one.Scale = scale
			one.Subresources = append(one.Subresources, subresource{"scale", "autoscaling", "v1", "Scale", []string{"get", "patch", "update"}})
		}
		resources = append(resources, one)
	}
	sort.SliceStable(resources, func(a, b int) bool {
		return version.CompareKubeAwareVersionStrings(resources[a].Version, resources[b].Version) > 0
	})
	return resources, nil
}

// writeResources writes one line for each resource; a group's versions stand in the order of preference.
func writeResources(file string, resources []resource) error {
	var lines []string
	for _, one := range resources {
		text, err := compact(one)
		if err != nil {
			return err
		}
		lines = append(lines, string(text))
	}
	groupVersions, err := compact(packages)
	if err != nil {
		return err
	}
	return writeFile(file, "{\"packages\":"+string(groupVersions)+",\n\"resources\":[\n"+strings.Join(lines, ",\n")+"\n]}\n")
}
