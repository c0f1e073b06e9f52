//go:build lua54

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casalloc/impl"
	"casalloc/impl/lua54"
)

// A script is what a state runs.
type script struct {
	name   string
	file   string
	arg    string // arg[1]: for how long it runs
	source string
}

// scripts take 50 to 150 ms each with luaL_newstate's allocator, on a server of 2024.
var scripts = []script{
	{name: "allocation only", file: "churn.lua", arg: "1500"},
	{name: "closures", file: "closures.lua", arg: "80"},
	{name: "objects", file: "objects.lua", arg: "500"},
	{name: "binary trees", file: "trees.lua", arg: "15"},
	{name: "strings", file: "strings.lua", arg: "1000"},
	{name: "JSON", file: "json.lua", arg: "70"},
	{name: "sort", file: "sort.lua", arg: "70"},
	{name: "coroutines", file: "coroutines.lua", arg: "500"},
	{name: "patterns", file: "patterns.lua", arg: "120"},
}

// key is how the arguments name the script.
func (s script) key() string { return strings.TrimSuffix(s.file, ".lua") }

func allScripts() []string {
	var keys []string
	for _, s := range scripts {
		keys = append(keys, s.key())
	}
	return keys
}

// read returns the scripts of these keys, with their sources from dir.
func read(dir string, keys []string) ([]script, error) {
	var chosen []script
	for _, key := range keys {
		i := slices.Index(allScripts(), key)
		if i < 0 {
			return nil, fmt.Errorf("-scripts %s: want some of %s", key, strings.Join(allScripts(), ","))
		}
		s := scripts[i]
		source, err := os.ReadFile(filepath.Join(dir, s.file))
		if err != nil {
			return nil, fmt.Errorf("%w; run it in impl/bench, or see -dir", err)
		}
		s.source = string(source)
		chosen = append(chosen, s)
	}
	return chosen, nil
}

// A life is what became of a state.
type life struct {
	text  string // what the script printed
	err   error
	cpu   time.Duration // of the thread
	calls int64         // of the allocator; 0: not known
	cross int64         // of those, how many went from C into Go

	peak int64 // the most bytes live; of casalloc's states only

	// Bytes, of states that live in C: see rivals.h.
	counted, held, left int64
}

// A run is the states of all threads, under one limit if there is one.
type run interface {
	live(script) life // by any number of goroutines at once
	close() error     // says whether anything is left
}

// cas is casalloc.
type cas struct {
	budget *impl.Budget
	shared bool
}

func newCas(limit int64, shared bool) cas {
	b := impl.NewBudget()
	if limit == 0 {
		b.EndBoot()
	} else if err := b.SetLimit(limit); err != nil {
		panic(err) // limits are checked where they are read
	}
	return cas{b, shared}
}

func (c cas) live(s script) (l life) {
	var out bytes.Buffer
	state, err := lua54.Open(c.budget, lua54.Options{Output: &out, Shared: c.shared})
	if err != nil {
		return life{err: err}
	}
	defer func() {
		if err := state.Close(); l.err == nil {
			l.err = err
		}
		stats := state.Stats()
		l.calls, l.cross, l.peak = stats.Calls, stats.Crossed, stats.Peak
		l.text = out.String()
	}()
	if err := state.Load("@"+s.file, s.source); err != nil {
		return life{err: err}
	}
	return life{err: state.Run(context.Background(), s.arg)}
}

func (c cas) close() error {
	if s := c.budget.Stats(); s.Allocated != 0 {
		return fmt.Errorf("%d bytes held by closed states", s.Allocated)
	}
	return nil
}
