//go:build lua54

package main

import (
	"compress/gzip"
	"errors"
	"os"
	"strings"

	"casalloc/impl/trace"
)

// A recording is the trace file while it is written.
type recording struct {
	*trace.Writer
	zip  *gzip.Writer // nil: not compressed
	file *os.File
}

func record(path string) (*recording, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	r := &recording{file: f}
	if strings.HasSuffix(path, ".gz") {
		r.zip = gzip.NewWriter(f)
		r.Writer = trace.NewWriter(r.zip)
	} else {
		r.Writer = trace.NewWriter(f)
	}
	return r, nil
}

func (r *recording) close() error {
	err := r.Writer.Close()
	if r.zip != nil {
		err = errors.Join(err, r.zip.Close())
	}
	return errors.Join(err, r.file.Close())
}
