//go:build linux

package bench

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/impl/bench/internal/paired"
)

var jsonFile = flag.String("json", "", "file for the rows of BenchmarkPrice, as JSON")

// A run is one contender of a row.
type run struct {
	contender
	goroutines int
	load       load
}

// A row is a goal: of two runs the cost of the second by that of the first, and of one its cost in
// nanoseconds.
type row struct {
	Name, Title, Goal string
	Measured          float64
	NS                []float64 // of a call, by run
	runs              func() []run
}

const others = 10_000 // children of the same root

var rows = []row{
	{Name: "far1", Title: "a child, far, one goroutine / HAProxy", Goal: "1.1",
		runs: func() []run { return []run{{haproxy, 1, far}, {children, 1, far}} }},
	{Name: "far2", Title: "HAProxy / children, far, two goroutines", Goal: "at least 4.5",
		runs: func() []run { return []run{{children, 2, far}, {haproxy, 2, far}} }},
	{Name: "far8", Title: "children, far, 8 goroutines / one", Goal: "1.1",
		runs: func() []run { return []run{{children, 1, far}, {children, 8, far}} }},
	{Name: "shared2", Title: "one child of two goroutines, far / one word", Goal: "1.05",
		runs: func() []run { return []run{{word, 2, far}, {child, 2, far}} }},
	{Name: "levels1", Title: "four levels, far / a child of the root", Goal: "1.05",
		runs: func() []run { return []run{{child, 1, far}, {levels, 1, far}} }},
	{Name: "limit2", Title: "children, at the limit, two goroutines / HAProxy", Goal: "1.3",
		runs: func() []run { return []run{{haproxy, 2, atLimit}, {children, 2, atLimit}} }},
	{Name: "checked2", Title: "children, at the limit, two goroutines / HAProxy, checked", Goal: "1.15",
		runs: func() []run { return []run{{checked, 2, atLimit}, {children, 2, atLimit}} }},
	{Name: "levels2", Title: "four levels, at the limit, two goroutines / four mutexes", Goal: "1.0",
		runs: func() []run { return []run{{mutexes, 2, atLimit}, {levels, 2, atLimit}} }},
	{Name: "hopeless", Title: "a hopeless refusal beside 10,000 stocked children, ns", Goal: "15",
		runs: func() []run { return []run{{besideStocked(), 1, hopeless}} }},
	{Name: "drain", Title: "a refusal that drains the active one of 10,000 children, and its refill, ns", Goal: "200",
		runs: func() []run { return []run{{besideActive(), 1, draining}} }},
	{Name: "idle", Title: "an active child beside 100,000 idle ones / beside none", Goal: "1.05",
		runs: func() []run { return []run{{besideIdle(0), 1, bursts}, {besideIdle(10 * others), 1, bursts}} }},
}

// BenchmarkPrice measures the goals, a row each, in rounds: go test -bench 'Price/far[12]'.
func BenchmarkPrice(b *testing.B) {
	var table paired.Table
	var measured []row
	report := func(r row) {
		measured = append(measured, r)
		table.Set(r.Title, "goal", r.Goal)
		table.Set(r.Title, "measured", fmt.Sprintf("%.2f", r.Measured))
		table.Set(r.Title, "ns a call", strings.Trim(fmt.Sprintf("%.1f", r.NS), "[]"))
	}
	for _, r := range rows {
		b.Run(r.Name, func(b *testing.B) {
			runs := r.runs()
			var names []string
			for _, x := range runs {
				names = append(names, fmt.Sprint(x.name, x.goroutines))
			}
			ns, ratios := paired.Rounds(b, names, func(i int) float64 {
				return perCall(b, runs[i].goroutines, runs[i].load, runs[i].contender)
			})
			r.NS, r.Measured = ns, append(ratios, ns[0])[1]
		})
		if r.NS != nil { // -bench does not leave it out
			report(r)
		}
	}
	b.Run("memory", func(b *testing.B) {
		r := row{Name: "memory", Title: "memory of a child, bytes", Goal: "256", Measured: bytesOfChild()}
		b.ReportMetric(r.Measured, "B/child")
		b.ReportMetric(0, "ns/op")
		report(r)
	})
	table.Print(os.Stdout, "")
	if *jsonFile != "" {
		text, err := json.MarshalIndent(measured, "", "\t")
		must(err == nil)
		if err := os.WriteFile(*jsonFile, append(text, '\n'), 0o666); err != nil {
			b.Fatal(err)
		}
	}
}

// bytesOfChild returns what the heap has more for one.
func bytesOfChild() float64 {
	var before, after runtime.MemStats
	b := impl.NewBudget()
	runtime.ReadMemStats(&before)
	for range others {
		b.NewChild(impl.NoLimit)
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / others
}

const (
	size  = 64  // of a block, in bytes
	batch = 256 // how often a play repeats its calls, so that the cost of the play itself does not count
)

// far: reserve, release; nothing comes near the limit.
var far = load{1 << 40, 2 * batch, func(x budget) {
	for range batch {
		must(x.Reserve(size))
		x.Release(size)
	}
}}

// atLimit: reserve, which is granted, reserve, which is refused, and release, whatever the other
// goroutines do: one block fits for each, and the second is larger than the limit of all.
var atLimit = load{size, 3 * batch, func(x budget) {
	for range batch {
		must(x.Reserve(size))
		must(!x.Reserve(1 << 40))
		x.Release(size)
	}
}}

// hopeless: reserve, which exceeds the limit and all slack.
var hopeless = load{1 << 40, batch, func(x budget) {
	for range batch {
		must(!x.Reserve(impl.MaxSize))
	}
}}

// besideStocked is a child beside others that are stocked. It is made once.
func besideStocked() contender {
	return once("child", hopeless.limit, func(b *impl.Budget) budget {
		for range others {
			must(b.NewChild(impl.NoLimit).Reserve(size) == nil)
		}
		must(b.Stats().Used > others*1<<10)
		return ours{b.NewChild(impl.NoLimit)}
	})
}

// draining: reserve, which stocks the child, reserve by another one, which is refused and drains
// the child, and release. The refusal is not hopeless: the slack could be more.
var draining = load{1 << 30, batch, func(x budget) {
	a := x.(activeChild)
	for range batch {
		must(a.Reserve(size))
		must(a.other.Reserve(1<<30) != nil)
		a.Release(size)
	}
	must(a.other.Parent().Stats().Used == others)
}}

type activeChild struct {
	ours
	other *impl.Budget
}

// besideActive is a child and another one, beside others that are drained.
func besideActive() contender {
	return once("child", draining.limit, func(b *impl.Budget) budget {
		for range others {
			must(b.NewChild(impl.NoLimit).Reserve(1) == nil)
		}
		b.Exact() // drains them
		return activeChild{ours{b.NewChild(impl.NoLimit)}, b.NewChild(impl.NoLimit)}
	})
}

// bursts: 1 MiB in blocks, and all of them released. The child is refilled now and then: the limit
// is 64 MiB.
var bursts = load{64 << 20, 2 << 20 / size, func(x budget) {
	for range 1 << 20 / size {
		must(x.Reserve(size))
	}
	for range 1 << 20 / size {
		x.Release(size)
	}
}}

// besideIdle is a child beside so many others that were active once.
func besideIdle(n int) contender {
	return once(fmt.Sprint("beside", n, "-"), bursts.limit, func(b *impl.Budget) budget {
		for range n {
			x := b.NewChild(impl.NoLimit)
			must(x.Reserve(size) == nil)
			x.Release(size)
		}
		b.Exact() // drains them
		return ours{b.NewChild(impl.NoLimit)}
	})
}

// once is a contender that is made once, for all windows.
func once(name string, limit int64, client func(*impl.Budget) budget) contender {
	x := client(enforcing(limit))
	return contender{name, func(int64) func() budget { return shared(x) }}
}
