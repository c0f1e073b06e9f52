//go:build lua54

package lua54

import (
	"bytes"
	"path/filepath"
	"testing"

	"casalloc/impl"
)

var scripts = []string{"json", "strings", "closures", "coroutines", "sort", "patterns", "objects"}

func path(script string) string { return filepath.Join("testdata", script+".lua") }

func open(t testing.TB, budget *impl.Budget, opts Options) *State {
	t.Helper()
	s, err := Open(budget, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func load(t testing.TB, s *State, source string) {
	t.Helper()
	if err := s.Load("=test", source); err != nil {
		t.Fatal(err)
	}
}

// run loads source and runs it.
func run(t testing.TB, s *State, source string, args ...string) error {
	t.Helper()
	load(t, s, source)
	return s.Run(t.Context(), args...)
}

// alone returns what a script prints in a state with the allocator of luaL_newstate.
func alone(t testing.TB, script string) string {
	t.Helper()
	var out bytes.Buffer
	s := open(t, nil, Options{Output: &out, plain: true})
	defer s.Close()
	if err := s.LoadFile(path(script)); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// newBudget returns a budget with this limit; limit 0 is none.
func newBudget(t testing.TB, limit int64) *impl.Budget {
	t.Helper()
	b := impl.NewBudget()
	if limit != 0 {
		if err := b.SetLimit(limit); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

var discard = writerFunc(func(p []byte) (int, error) { return len(p), nil })
