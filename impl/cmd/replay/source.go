package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// A source is a trace that can be read any number of times.
type source struct {
	name string
	open func() (io.ReadCloser, error)
}

func sources(files []string) ([]source, error) {
	if len(files) == 0 {
		return []source{{"luacheck.trace.gz (embedded)", func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(embedded)), nil
		}}}, nil
	}
	var s []source
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: not a regular file: it is read more than once", name)
		}
		s = append(s, source{name, func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	return s, nil
}
