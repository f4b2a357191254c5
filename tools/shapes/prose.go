package main

// withoutProse drops what only explains a schema. Names of fields that read the same stay.
func withoutProse(schema any) any {
	switch node := schema.(type) {
	case []any:
		kept := make([]any, len(node))
		for index, item := range node {
			kept[index] = withoutProse(item)
		}
		return kept
	case map[string]any:
		kept := map[string]any{}
		for key, value := range node {
			switch key {
			case "description", "title", "example", "examples", "externalDocs":
			case "properties", "patternProperties", "definitions":
				kept[key] = withoutProseOfEach(value)
			case "default", "enum":
				kept[key] = value
			default:
				kept[key] = withoutProse(value)
			}
		}
		return kept
	}
	return schema
}

func withoutProseOfEach(schemas any) any {
	named, isMap := schemas.(map[string]any)
	if !isMap {
		return schemas
	}
	kept := map[string]any{}
	for name, schema := range named {
		kept[name] = withoutProse(schema)
	}
	return kept
}
