package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
)

// sources are the modules whose facts are taken; the versions are go.mod's.
var sources = []string{"istio.io/api", "k8s.io/kubernetes", "k8s.io/metrics", "sigs.k8s.io/gateway-api"}

type module struct {
	Path    string
	Version string
	Dir     string
}

// pinnedModules finds the folders in which Go keeps the modules.
func pinnedModules() (map[string]module, error) {
	found := map[string]module{}
	for _, path := range sources {
		if output, err := exec.Command("go", "mod", "download", path).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go mod download %s: %w\n%s", path, err, output)
		}
		output, err := exec.Command("go", "list", "-m", "-json", path).Output()
		if err != nil {
			return nil, fmt.Errorf("go list -m %s: %w", path, err)
		}
		var one module
		if err := json.Unmarshal(output, &one); err != nil {
			return nil, err
		}
		found[path] = one
	}
	return found, nil
}

func writeVersions(file string, modules map[string]module) error {
	lines := map[string]any{}
	for path, one := range modules {
		lines[path] = one.Version
	}
	return writeLines(file, "modules", lines)
}
