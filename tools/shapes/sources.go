//go:build sources

package main

// Only files of these two modules are read; the imports keep `go mod tidy` from dropping them.
import (
	_ "istio.io/api/networking/v1"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
