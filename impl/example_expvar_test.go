package impl_test

import (
	"expvar"
	"fmt"

	"casalloc/impl"
)

// A program shows its budgets while it runs, as a variable of expvar: a map of the root's children,
// and so on. Stats disturbs none of those who allocate. Its Used has the slack of the children in
// it, so a budget without children is exact, and one with children may show more than is held.
// [impl.Budget.Exact] takes that slack back first: each child pays a refill.
//
// For Prometheus, package collectors of its Go client reads expvar. Here is one metric with a label
// for each level of the map: casalloc{budget="/query 1",number="used_bytes"} and so on.
//
//	prometheus.MustRegister(collectors.NewExpvarCollector(map[string]*prometheus.Desc{
//		"casalloc": prometheus.NewDesc("casalloc", "Memory budgets.", []string{"budget", "number"}, nil),
//	}))
func Example_expvar() {
	b := impl.NewBudget()
	vars := new(expvar.Map) // in a program expvar.NewMap("casalloc"), which is served at /debug/vars
	b.SetName("all")
	show(vars, b)
	b.SetLimit(4000)
	query := b.NewChild(1000)
	query.SetName("query 1")
	show(vars, query) // and vars.Delete(query.Path()) when it has left

	query.Reserve(700)
	query.Reserve(500)                                 // does not fit
	query.Resize(0, 200, func() bool { return false }) // fits, and its backend fails
	fmt.Println(vars)
	// Output:
	// {"all": {"limit_bytes":4000,"mode":1,"peak_bytes":900,"refused":0,"rolled_back":0,"used_bytes":700}, "all/query 1": {"limit_bytes":1000,"mode":1,"peak_bytes":900,"refused":1,"rolled_back":1,"used_bytes":700}}
}

// show has vars show the statistics of a budget, under its path.
func show(vars *expvar.Map, b *impl.Budget) {
	vars.Set(b.Path(), expvar.Func(func() any {
		s := b.Stats()
		return map[string]int64{
			"mode":        int64(s.Mode), // 0 counting, 1 enforcing, 2 unlimited
			"limit_bytes": s.Limit,
			"used_bytes":  s.Used,
			"peak_bytes":  s.Peak,
			"refused":     s.Refused, // of calls on it: sum up for all below it
			"rolled_back": s.RolledBack,
		}
	}))
}
