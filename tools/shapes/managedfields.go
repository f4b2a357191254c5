package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/yaml"
)

// managedCase is a *.in.yaml file: what several managers do to one object, one after the other.
type managedCase struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Steps      []managedStep `json:"steps"`
}

type managedStep struct {
	// Update, whose object is the whole new one, or Apply.
	Operation   string         `json:"operation"`
	Manager     string         `json:"manager"`
	Subresource string         `json:"subresource"`
	Force       bool           `json:"force"`
	Object      map[string]any `json:"object"`
}

// managedAnswer is what a *.out.yaml file says of a step.
type managedAnswer struct {
	Error    string           `json:"error,omitempty"`
	Causes   []map[string]any `json:"causes,omitempty"`
	Managers []map[string]any `json:"managers,omitempty"`
	Object   map[string]any   `json:"object,omitempty"`
}

// writeManagedFields asks Kubernetes' own field manager what becomes of every case in a directory.
func writeManagedFields(directory string, data string) error {
	definitions, err := builtInSchemas()
	if err != nil {
		return err
	}
	inputs, err := filepath.Glob(filepath.Join(directory, "*.in.yaml"))
	if err != nil {
		return err
	}
	for _, input := range inputs {
		text, err := os.ReadFile(input)
		if err != nil {
			return err
		}
		var one managedCase
		if err := yaml.UnmarshalStrict(text, &one); err != nil {
			return fmt.Errorf("%s: %w", input, err)
		}
		answers, err := answer(one, definitions, filepath.Join(data, "crds"))
		if err != nil {
			return fmt.Errorf("%s: %w", input, err)
		}
		output, err := yaml.Marshal(answers)
		if err != nil {
			return err
		}
		if err := os.WriteFile(strings.TrimSuffix(input, ".in.yaml")+".out.yaml", output, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func answer(one managedCase, definitions map[string]*spec.Schema, crds string) ([]managedAnswer, error) {
	groupVersion, err := schema.ParseGroupVersion(one.APIVersion)
	if err != nil {
		return nil, err
	}
	subject := managedKind{kind: groupVersion.WithKind(one.Kind), native: legacyscheme.Scheme.Recognizes(groupVersion.WithKind(one.Kind))}
	schemas := definitions
	if !subject.native {
		if schemas, err = withCustomKind(definitions, subject.kind, crds); err != nil {
			return nil, err
		}
	}
	if subject.converter, err = managedfields.NewTypeConverter(schemas, false); err != nil {
		return nil, err
	}
	live, err := subject.New(subject.kind)
	if err != nil {
		return nil, err
	}
	var answers []managedAnswer
	for _, step := range one.Steps {
		next, err := subject.after(live.DeepCopyObject(), step)
		if refused, is := err.(errors.APIStatus); is {
			status := refused.Status()
			said := managedAnswer{Error: status.Message}
			if status.Details != nil {
				for _, cause := range status.Details.Causes {
					said.Causes = append(said.Causes, map[string]any{"field": cause.Field, "message": cause.Message, "reason": cause.Type})
				}
			}
			// Go ranges over the managers at random.
			slices.SortFunc(said.Causes, func(left, right map[string]any) int {
				return strings.Compare(fmt.Sprint(left["field"], left["message"]), fmt.Sprint(right["field"], right["message"]))
			})
			answers = append(answers, said)
			continue
		}
		if err != nil {
			answers = append(answers, managedAnswer{Error: err.Error()})
			continue
		}
		live = next
		shown, err := shownAnswer(live)
		if err != nil {
			return nil, err
		}
		answers = append(answers, shown)
	}
	return answers, nil
}

// shownAnswer leaves out the times, which are the run's, and what Go shows of fields that are empty.
func shownAnswer(object runtime.Object) (managedAnswer, error) {
	var shown managedAnswer
	text, err := json.Marshal(object)
	if err != nil {
		return shown, err
	}
	var whole map[string]any
	if err := json.Unmarshal(text, &whole); err != nil {
		return shown, err
	}
	metadata := whole["metadata"].(map[string]any)
	entries, _ := metadata["managedFields"].([]any)
	for _, entry := range entries {
		of := entry.(map[string]any)
		delete(of, "time")
		delete(of, "fieldsType")
		shown.Managers = append(shown.Managers, of)
	}
	// Their order is the times'.
	slices.SortFunc(shown.Managers, func(left, right map[string]any) int {
		return strings.Compare(fmt.Sprint(left["operation"], left["manager"]), fmt.Sprint(right["operation"], right["manager"]))
	})
	delete(metadata, "managedFields")
	delete(metadata, "uid")
	shown.Object, _ = withoutEmpty(whole).(map[string]any)
	return shown, nil
}

func withoutEmpty(value any) any {
	switch of := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, inner := range of {
			if left := withoutEmpty(inner); left != nil {
				kept[name] = left
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case []any:
		var kept []any
		for _, inner := range of {
			kept = append(kept, withoutEmpty(inner))
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	default:
		return value
	}
}
