//go:build lua54

package luaprice

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"casalloc/impl/bench/internal/paired"
)

const plenty = 1 << 30 // bytes: more than all states together need

var allocators = []struct {
	name, title string
	begin       func() run
}{
	{"luaL", "luaL_newstate", func() run { return own{} }},
	{"counters", "plain counters", func() run { return plain{} }},
	{"haproxy", "HAProxy in C", func() run { return newTwoWord(plenty) }},
	{"unlimited", "unlimited", func() run { return newCas(0) }},
	{"child", "child", func() run { return newCas(plenty) }},
}

// scripts returns the scripts. Each takes 50 to 150 ms with luaL_newstate's allocator, on a server
// of 2024, and in its short form some milliseconds.
func scripts(tb testing.TB, short bool) []script {
	scripts := []script{
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
	for i := range scripts {
		source, err := os.ReadFile(filepath.Join("../../lua54/testdata", scripts[i].file))
		if err != nil {
			tb.Fatal(err)
		}
		scripts[i].source = string(source)
		if short {
			scripts[i].arg = "6"
		}
	}
	return scripts
}

// BenchmarkLua measures the processor time of scripts under each allocator, and prints its ratio to
// that under luaL, with one thread / with two.
func BenchmarkLua(b *testing.B) {
	fmt.Println("lua:", luaRelease)
	st := newStage(2)
	defer st.stop()
	var names []string
	for _, a := range allocators {
		names = append(names, a.name)
	}
	var table paired.Table
	set := func(row string, i int, one, two float64) {
		table.Set(row, allocators[i].title, fmt.Sprintf("%.2f / %.2f", one, two))
	}
	all := make([][2][]float64, len(allocators)) // ratios of scripts, by allocator and threads
	for _, s := range scripts(b, testing.Short()) {
		var ratios [2][]float64
		for n := 1; n <= 2; n++ {
			b.Run(fmt.Sprintf("script=%s/threads=%d", s.key(), n), func(b *testing.B) {
				_, ratios[n-1] = paired.Rounds(b, names, func(i int) float64 {
					sum, _, err := st.run(allocators[i].begin(), s, n, 0)
					if err != nil {
						b.Fatalf("%s: %v", names[i], err)
					}
					return float64(sum.cpu.Nanoseconds()) / float64(n)
				})
			})
		}
		if ratios[0] == nil || ratios[1] == nil {
			continue // -bench leaves it out
		}
		for i := 1; i < len(allocators); i++ {
			all[i][0], all[i][1] = append(all[i][0], ratios[0][i]), append(all[i][1], ratios[1][i])
			set(s.name, i, ratios[0][i], ratios[1][i])
		}
	}
	for i, ratios := range all {
		if len(ratios[0]) > 0 {
			set("median script", i, paired.Median(ratios[0]), paired.Median(ratios[1]))
			set("worst script", i, slices.Max(ratios[0]), slices.Max(ratios[1]))
		}
	}
	table.Print(os.Stdout, "script")
}

// BenchmarkCrossings counts how many calls of the allocator go from C to Go near a limit, where
// each state has a child. It measures no time. The limit is a multiple of the live peak.
func BenchmarkCrossings(b *testing.B) {
	const most = 8 // states
	st := newStage(most)
	defer st.stop()
	var table paired.Table
	for _, s := range scripts(b, testing.Short()) {
		b.Run("script="+s.key(), func(b *testing.B) {
			var peak int64 // the most of three, since each state has another hash seed
			for range 3 {
				alone, _, err := st.run(newCas(plenty), s, 1, 0)
				if err != nil {
					b.Fatal(err)
				}
				peak = max(peak, alone.peak)
			}
			table.Set(s.name, "peak of one, KiB", fmt.Sprint((peak+1023)/1024))
			for _, n := range []int{1, most} {
				for _, times := range []float64{1, 1.1, 2, 100} {
					b.Run(fmt.Sprintf("states=%d/limit=%gx", n, times), func(b *testing.B) {
						per1000 := crossed(b, st, s, n, int64(times*float64(int64(n)*peak)))
						table.Set(s.name, fmt.Sprintf("%d at %gx", n, times), fmt.Sprintf("%.1f", per1000))
					})
				}
			}
		})
	}
	table.Print(os.Stdout, "script; states at limit")
}

// crossed runs the script in n states, b.N times, and returns how many of 1,000 calls crossed.
func crossed(b *testing.B, st *stage, s script, n int, limit int64) float64 {
	var calls, cross int64
	for range b.N {
		sum, refused, err := st.run(newCas(limit), s, n, n)
		if err != nil {
			b.Fatal(err)
		}
		if refused > 0 {
			b.Logf("%d of %d states ended with a memory error: they made fewer calls", refused, n)
		}
		calls, cross = calls+sum.calls, cross+sum.cross
	}
	per1000 := 1000 * float64(cross) / float64(calls)
	b.ReportMetric(per1000, "crossed/1000-calls")
	b.ReportMetric(0, "ns/op")
	return per1000
}
