//go:build lua54

package main

import (
	"fmt"
	"runtime"
	"sync"

	"casalloc/impl/bench/internal/price"
)

// An allocator is a column of the table.
type allocator struct {
	price.Allocator
	begin func(limit int64) run
}

var allocators = []allocator{
	{price.Allocator{Name: "luaL", Title: "luaL_newstate"}, func(int64) run { return own{} }},
	{price.Allocator{Name: "counters", Title: "plain counters"}, func(int64) run { return plain{} }},
	{price.Allocator{Name: "haproxy", Title: "HAProxy in C"}, func(n int64) run { return newTwoWord(n) }},
	{price.Allocator{Name: "unlimited", Title: "unlimited", Ours: true}, func(int64) run { return newCas(0, false) }},
	{price.Allocator{Name: "shared", Title: "shared word", Ours: true}, func(n int64) run { return newCas(n, true) }},
	{price.Allocator{Name: "account", Title: "account", Ours: true}, func(n int64) run { return newCas(n, false) }},
}

// measure returns the report. It calls progress before each run.
func measure(cfg config, progress func(round int, what string)) (*price.Report, error) {
	r := &price.Report{Machine: machine(), Rounds: cfg.rounds, Limit: int64(cfg.limit)}
	for _, a := range allocators {
		r.Allocators = append(r.Allocators, a.Allocator)
	}
	for _, s := range cfg.chosen {
		for _, n := range cfg.threads {
			row := price.Row{Script: s.name, Threads: n}
			for _, a := range allocators {
				row.Cells = append(row.Cells, price.Cell{Allocator: a.Name})
			}
			r.Rows = append(r.Rows, row)
		}
	}
	b := startBench(cfg.threads)
	defer b.stop()
	for round := range cfg.rounds + 1 { // 0 is not counted
		rows := r.Rows
		for _, s := range cfg.chosen {
			for range cfg.threads {
				progress(round, s.name)
				if err := b.row(&rows[0], s, int64(cfg.limit), round); err != nil {
					return nil, err
				}
				rows = rows[1:]
			}
		}
	}
	return r, r.Judge()
}

// A bench has what the runs have in common.
type bench struct {
	threads []chan<- func()
	texts   map[string]string // what a script prints
}

func startBench(threads []int) *bench {
	b := &bench{texts: make(map[string]string)}
	for _, n := range threads {
		for len(b.threads) < n {
			work := make(chan func())
			b.threads = append(b.threads, work)
			go func() {
				runtime.LockOSThread()
				for f := range work {
					f()
				}
			}()
		}
	}
	return b
}

func (b *bench) stop() {
	for _, t := range b.threads {
		close(t)
	}
}

// row measures a script once under each allocator.
func (b *bench) row(row *price.Row, s script, limit int64, round int) error {
	for i := range allocators {
		i = (i + round) % len(allocators)
		a, cell := allocators[i], &row.Cells[i]
		lives, err := b.run(a.begin(limit), s, row.Threads)
		if err != nil {
			return fmt.Errorf("%s under %s on %d threads: %w", s.file, a.Title, row.Threads, err)
		}
		if round == 0 {
			continue
		}
		sum := total(lives)
		cell.CPU = append(cell.CPU, sum.cpu.Seconds()*1e3/float64(row.Threads))
		cell.Calls += sum.calls
		cell.Crossings += sum.cross
	}
	return nil
}

// run runs a script in n states at once, a thread each, and checks what they did.
func (b *bench) run(r run, s script, n int) ([]life, error) {
	lives := make([]life, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Add(1)
		b.threads[i] <- func() {
			defer done.Done()
			ready.Done()
			ready.Wait()
			start := threadTime()
			lives[i] = r.live(s)
			lives[i].cpu = threadTime() - start
		}
	}
	done.Wait()
	left := r.close()
	for _, l := range lives {
		if l.err != nil {
			return nil, l.err
		}
		want, ok := b.texts[s.file]
		if !ok {
			b.texts[s.file] = l.text
		} else if l.text != want {
			return nil, fmt.Errorf("it prints %q, and printed %q before", l.text, want)
		}
	}
	return lives, left
}

func total(lives []life) (sum life) {
	for _, l := range lives {
		sum.cpu += l.cpu
		sum.calls += l.calls
		sum.cross += l.cross
	}
	return sum
}
