//go:build lua54

package main

import (
	"compress/gzip"
	"errors"
	"os"
	"strings"

	"casalloc/impl/trace"
)

// record makes the trace file, or none if path is empty. end completes it.
func record(path string) (w *trace.Writer, end func() error, err error) {
	if path == "" {
		return nil, nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(path, ".gz") {
		w = trace.NewWriter(f)
		return w, func() error { return errors.Join(w.Close(), f.Close()) }, nil
	}
	zip := gzip.NewWriter(f)
	w = trace.NewWriter(zip)
	return w, func() error { return errors.Join(w.Close(), zip.Close(), f.Close()) }, nil
}
