//go:build lua54

package lua54

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"

	"casalloc/impl"
)

var scripts = []string{"json", "strings", "closures", "coroutines", "sort", "patterns", "objects"}

func path(script string) string { return filepath.Join("testdata", script+".lua") }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, budget *impl.Budget, opts Options) *State {
	t.Helper()
	s, err := Open(budget, opts)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func load(t testing.TB, s *State, source string) {
	t.Helper()
	must(t, s.Load("=test", source))
}

// run loads source and runs it.
func run(t testing.TB, s *State, source string, args ...string) error {
	t.Helper()
	load(t, s, source)
	return s.Run(t.Context(), args...)
}

// runFile loads a script and runs it.
func runFile(s *State, script string, args ...string) error {
	if err := s.LoadFile(path(script)); err != nil {
		return err
	}
	return s.Run(context.Background(), args...)
}

// live opens a state, runs a script in it and closes it. It returns the state, or nil, and why the
// state was not opened or how the script ended. Any goroutine may call it.
func live(t testing.TB, budget *impl.Budget, opts Options, script string, args ...string) (*State, error) {
	s, err := Open(budget, opts)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	return s, runFile(s, script, args...)
}

// alone returns what a script prints in a state with the allocator of luaL_newstate.
func alone(t testing.TB, script string) string {
	t.Helper()
	var out bytes.Buffer
	s := open(t, nil, Options{Output: &out, plain: true})
	defer s.Close()
	must(t, runFile(s, script))
	return out.String()
}

// newBudget returns a budget with this limit; limit 0 is none.
func newBudget(t testing.TB, limit int64) *impl.Budget {
	t.Helper()
	b := impl.NewBudget()
	if limit != 0 {
		must(t, b.SetLimit(limit))
	}
	return b
}

// onWrite is an output that calls f.
func onWrite(f func()) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		f()
		return len(p), nil
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

var discard = onWrite(func() {})
