package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// compact is JSON with sorted keys and without HTML's escapes.
func compact(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buffer.Bytes(), "\n"), nil
}

// decode keeps numbers as they are written.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// generic is a Go value as plain JSON data.
func generic(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var data any
	return data, decode(text, &data)
}

// writeLines writes `{"name":{…}}` with one line for each entry, so that a diff shows what changed.
func writeLines(file, name string, entries map[string]any) error {
	var lines []string
	for _, key := range sortedKeys(entries) {
		quoted, _ := json.Marshal(key)
		text, err := compact(entries[key])
		if err != nil {
			return err
		}
		lines = append(lines, string(quoted)+":"+string(text))
	}
	return writeFile(file, `{"`+name+"\":{\n"+strings.Join(lines, ",\n")+"\n}}\n")
}

func writeFile(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

func sortedKeys[Value any](entries map[string]Value) []string {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
