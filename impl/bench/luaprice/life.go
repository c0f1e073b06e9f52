//go:build lua54

package luaprice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"casalloc/impl"
	"casalloc/impl/lua54"
)

// A script is run by a state.
type script struct {
	name   string
	file   string
	arg    string // arg[1]: for how long it runs
	source string
}

// key names the script in a benchmark.
func (s script) key() string { return strings.TrimSuffix(s.file, ".lua") }

// A life is the outcome of one state, from its opening to its closing.
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
	close() error     // returns an error if anything is left
}

// cas is casalloc.
type cas struct{ budget *impl.Budget }

// newCas returns casalloc under a limit in bytes; 0 is none.
func newCas(limit int64) cas {
	b := impl.NewBudget()
	if limit == 0 {
		b.EndBoot()
	} else if err := b.SetLimit(limit); err != nil {
		panic(err)
	}
	return cas{b}
}

func (c cas) live(s script) (l life) {
	var out bytes.Buffer
	state, err := lua54.Open(c.budget, lua54.Options{Output: &out})
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
	if s := c.budget.Exact(); s.Used != 0 {
		return fmt.Errorf("%d bytes held by closed states", s.Used)
	}
	return nil
}

// A stage has threads of the system, on which states live.
type stage struct {
	threads []chan<- func()
	texts   map[string]string // what a script prints
}

func newStage(threads int) *stage {
	st := &stage{texts: make(map[string]string)}
	for range threads {
		work := make(chan func())
		st.threads = append(st.threads, work)
		go func() {
			runtime.LockOSThread()
			for f := range work {
				f()
			}
		}()
	}
	return st
}

func (st *stage) stop() {
	for _, t := range st.threads {
		close(t)
	}
}

// run runs a script in n states at once, a thread each, and checks what they did. It returns the
// sum of their times and counts, and how many ended with a memory error; more than most are an
// error.
func (st *stage) run(r run, s script, n, most int) (sum life, refused int, err error) {
	lives := make([]life, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Add(1)
		st.threads[i] <- func() {
			defer done.Done()
			ready.Done()
			ready.Wait()
			start := threadTime()
			lives[i] = r.live(s)
			lives[i].cpu = threadTime() - start
		}
	}
	done.Wait()
	err = r.close()
	for _, l := range lives {
		sum.cpu, sum.calls, sum.cross = sum.cpu+l.cpu, sum.calls+l.calls, sum.cross+l.cross
		sum.peak = max(sum.peak, l.peak)
		if errors.Is(l.err, lua54.ErrMemory) && refused < most {
			refused++
			continue
		}
		if want, ok := st.texts[s.file]; l.err == nil && !ok {
			st.texts[s.file] = l.text
		} else if l.err == nil && l.text != want {
			l.err = fmt.Errorf("it prints %q, and printed %q before", l.text, want)
		}
		if l.err != nil {
			err = l.err
		}
	}
	if err != nil {
		err = fmt.Errorf("%s on %d threads: %w", s.file, n, err)
	}
	return sum, refused, err
}
