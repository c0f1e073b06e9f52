package paired

import (
	"slices"
	"strings"
	"testing"
)

// The second contender's ratio is the median of those of the rounds: 2, 1.1 and 1.2. The ratio of
// the medians, 22 and 20, would be 1.1.
func TestMedians(t *testing.T) {
	times := [][]float64{{10, 20, 40}, {20, 22, 48}}
	var order []int
	costs, ratios := medians(3, 2, func(i int) float64 {
		order = append(order, i)
		return times[i][(len(order)-1)/2]
	})
	if !slices.Equal(costs, []float64{20, 22}) || !slices.Equal(ratios, []float64{1, 1.2}) {
		t.Errorf("medians %v and ratios %v, want [20 22] and [1 1.2]", costs, ratios)
	}
	if want := []int{0, 1, 1, 0, 0, 1}; !slices.Equal(order, want) {
		t.Errorf("contenders ran in the order %v, want %v: they take turns at being first", order, want)
	}
	if got := Median([]float64{4, 100, 1, 2}); got != 3 {
		t.Errorf("Median(4, 100, 1, 2) = %v, want 3", got)
	}
}

// Rows and columns have the order in which they are named. A cell has its last text: a benchmark
// runs more than once.
func TestTable(t *testing.T) {
	var x Table
	x.Set("sort", "haproxy", "1.00")
	x.Set("sort", "child", "9.99")
	x.Set("sort", "child", "1.20")
	x.Set("JSON", "child", "1.05")
	const want = `
| script | haproxy | child |
|---|--:|--:|
| sort | 1.00 | 1.20 |
| JSON |  | 1.05 |

`
	var got strings.Builder
	if x.Print(&got, "script"); got.String() != want {
		t.Errorf("got %s, want %s", &got, want)
	}
}
