// Command shapes writes the facts about Kubernetes', Istio's and Gateway API's kinds that the laptop's API server
// stands on: structure, defaults, resources, columns and protobuf's numbers. It takes them from the modules that go.mod
// pins and runs at development time only; what it writes is committed. With a second directory it also writes what
// Kubernetes' field manager makes of the cases in it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: shapes DIRECTORY [CASES]")
		os.Exit(2)
	}
	err := run(os.Args[1])
	if err == nil && len(os.Args) == 3 {
		err = writeManagedFields(os.Args[2], os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shapes:", err)
		os.Exit(1)
	}
}

func run(directory string) error {
	modules, err := pinnedModules()
	if err != nil {
		return err
	}
	for _, folder := range []string{"definitions", "crds"} {
		if err := os.RemoveAll(filepath.Join(directory, folder)); err != nil {
			return err
		}
	}
	definitions, err := builtInDefinitions()
	if err != nil {
		return err
	}
	if err := writeDefinitions(filepath.Join(directory, "definitions"), definitions); err != nil {
		return err
	}
	crds, err := readCRDs(modules)
	if err != nil {
		return err
	}
	resources, err := allResources(modules, crds)
	if err != nil {
		return err
	}
	// Writing takes the CRDs apart, so it comes after everything that reads them.
	if err := writeCRDs(filepath.Join(directory, "crds"), crds); err != nil {
		return err
	}
	if err := writeResources(filepath.Join(directory, "resources.json"), resources); err != nil {
		return err
	}
	defaults, err := observedDefaults(definitions)
	if err != nil {
		return err
	}
	if err := writeLines(filepath.Join(directory, "defaults.json"), "defaults", defaults); err != nil {
		return err
	}
	messages, err := protobufMessages()
	if err != nil {
		return err
	}
	if err := writeLines(filepath.Join(directory, "protobuf.json"), "messages", messages); err != nil {
		return err
	}
	return writeVersions(filepath.Join(directory, "modules.json"), modules)
}
