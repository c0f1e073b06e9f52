package price

import (
	"slices"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		xs   []float64
		want float64
	}{
		{[]float64{7}, 7},
		{[]float64{3, 1}, 2},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 100, 1, 2}, 3},
		{[]float64{1, 1, 1, 50, 60}, 1},
	} {
		before := slices.Clone(c.xs)
		if got := Median(c.xs); got != c.want {
			t.Errorf("Median(%v) = %v, want %v", c.xs, got, c.want)
		}
		if !slices.Equal(c.xs, before) {
			t.Errorf("Median(%v) left %v", before, c.xs)
		}
	}
}

func TestPer1000(t *testing.T) {
	for _, c := range []struct {
		part, all int64
		want      float64
	}{{0, 0, 0}, {0, 7, 0}, {7, 7, 1000}, {1, 400, 2.5}} {
		if got := Per1000(c.part, c.all); got != c.want {
			t.Errorf("Per1000(%d, %d) = %v, want %v", c.part, c.all, got, c.want)
		}
	}
}

// sample is two scripts, one of them on 2 threads too.
func sample() *Report {
	cells := func(own, account []float64) []Cell {
		return []Cell{{Allocator: "luaL", CPU: own}, {Allocator: "account", CPU: account, Calls: 12000, Crossings: 30}}
	}
	return &Report{
		Machine: Machine{Go: "go1.26", Lua: "Lua 5.4.4", CPU: "2 x a processor"},
		Rounds:  3,
		Limit:   1 << 30,
		Allocators: []Allocator{
			{Name: "luaL", Title: "luaL_newstate"},
			{Name: "account", Title: "account", Ours: true},
		},
		Rows: []Row{
			{Script: "sort", Threads: 1, Cells: cells([]float64{10, 20, 40}, []float64{20, 22, 48})},
			{Script: "sort", Threads: 2, Cells: cells([]float64{10, 10, 10}, []float64{30, 10, 20})},
			{Script: "trees", Threads: 1, Cells: cells([]float64{1, 1, 1}, []float64{4, 4, 4})},
		},
	}
}

// The ratio is the median of the rounds' ratios 2, 1.1, 1.2. That of the medians would be 1.1.
func TestJudge(t *testing.T) {
	r := sample()
	if err := r.Judge(); err != nil {
		t.Fatal(err)
	}
	c := r.Row("sort", 1).Cells
	if c[1].Median != 22 || c[1].Ratio != 1.2 || c[0].Ratio != 1 {
		t.Errorf("median %v, ratios %v and %v, want 22, 1.2 and 1", c[1].Median, c[1].Ratio, c[0].Ratio)
	}
	if c[1].Crossed != 2.5 || r.Row("sort", 2).Calls != 2000 {
		t.Errorf("%v crossings per 1,000, and %d calls, want 2.5 and 2000", c[1].Crossed, r.Row("sort", 2).Calls)
	}
	if r.Row("trees", 2) != nil {
		t.Error("Row returns a row that is not there")
	}

	for name, spoil := range map[string]func(*Report){
		"a round is missing": func(r *Report) { r.Rows[1].Cells[1].CPU = r.Rows[1].Cells[1].CPU[:2] },
		"a cell is missing":  func(r *Report) { r.Rows[1].Cells = r.Rows[1].Cells[:1] },
		"no rounds": func(r *Report) {
			r.Rounds = 0
			for i := range r.Rows {
				for j := range r.Rows[i].Cells {
					r.Rows[i].Cells[j].CPU = nil
				}
			}
		},
	} {
		r := sample()
		spoil(r)
		if r.Judge() == nil {
			t.Errorf("%s, and Judge returns no error", name)
		}
	}
}

func TestReportTable(t *testing.T) {
	r := sample()
	if err := r.Judge(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	const want = `Processor time of a state's thread over that with luaL_newstate, 1 / 2 threads. Medians of 3 rounds.
2 x a processor, go1.26, Lua 5.4.4; limit 1,073,741,824 bytes.

| script        | luaL_newstate, ms |     account | calls | crossed, account |
|---------------|------------------:|------------:|------:|-----------------:|
| sort          |       20.0 / 10.0 | 1.20 / 2.00 | 4,000 |        2.5 / 2.5 |
| trees         |           1.0 / - |    4.00 / - | 4,000 |          2.5 / - |
| median script |                   | 2.60 / 2.00 |       |                  |
| worst script  |                   | 4.00 / 2.00 |       |                  |

calls: of the allocator, by one state. crossed: how many of 1,000 went from C into Go.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestCrossingsTable(t *testing.T) {
	c := Crossings{Machine: Machine{Go: "go1.26", Lua: "Lua 5.4.4"}, Rounds: 1, Rows: []CrossingRow{
		{Script: "sort", States: 1, Peak: 1025, Cells: []CrossingCell{
			{Factor: 1, Calls: 4000, Crossed: 10}, {Factor: 1.1, Calls: 4000, Crossed: 1},
		}},
		{Script: "sort", States: 8, Peak: 1025, Cells: []CrossingCell{
			{Factor: 1, Calls: 4000, Crossed: 400, Failed: 2}, {Factor: 1.1},
		}},
	}}
	var b strings.Builder
	if err := c.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	const want = `Calls of the allocator that went from C into Go, per 1,000 calls. States have an account each;
their limit is a multiple of their live peak (states x the peak of one). Sums of 1 round. go1.26, Lua 5.4.4.

| script | peak of one, KiB | 1 state: 1x | 1 state: 1.1x | 8 states: 1x | 8 states: 1.1x |
|--------|-----------------:|------------:|--------------:|-------------:|---------------:|
| sort   |                2 |         2.5 |           0.2 |       100.0* |            0.0 |

*: at least one state ended with a memory error.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestNewCrossingRow(t *testing.T) {
	row := NewCrossingRow("sort", 8, 1000)
	for i, want := range []int64{8000, 8800, 16000, 800000} {
		if got := row.Cells[i].Limit; got != want {
			t.Errorf("%v: limit %d, want %d", row.Cells[i].Factor, got, want)
		}
	}
}

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		ns   []int
		want string
	}{{[]int{1}, "1 thread"}, {[]int{2}, "2 threads"}, {[]int{1, 2}, "1 / 2 threads"}} {
		if got := Numbered("thread", c.ns...); got != c.want {
			t.Errorf("Numbered(%v) = %q, want %q", c.ns, got, c.want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}
