package impl_test

import (
	"expvar"
	"fmt"

	"casalloc/impl"
)

// A program shows its budget while it runs, as a variable of expvar. It has two readings.
//
// The six numbers of Stats are exact, and one call reads them all, so they belong together. That
// call drains the accounts: each owner pays a refill. Once a second that is nothing, and a scraper
// asks more rarely. Peak, refusals and rollbacks are in no other reading.
//
// Usage drains nobody. It is for what is asked often, such as whether to take another guest. Taken
// is an upper bound of the counter, off by the slack of the accounts.
//
// For Prometheus, package collectors of its Go client reads expvar. Here is one metric with a label
// for each level of the map: casalloc{number="taken_bytes",reading="usage"} and so on.
//
//	prometheus.MustRegister(collectors.NewExpvarCollector(map[string]*prometheus.Desc{
//		"casalloc": prometheus.NewDesc("casalloc", "A memory budget.", []string{"reading", "number"}, nil),
//	}))
func Example_expvar() {
	b := impl.NewBudget()
	vars := new(expvar.Map) // in a program expvar.NewMap("casalloc"), which is served at /debug/vars
	vars.Set("stats", expvar.Func(func() any {
		s := b.Stats()
		return map[string]int64{
			"mode":            int64(s.Mode), // 0 counting, 1 enforcing, 2 unlimited
			"limit_bytes":     s.Limit,
			"allocated_bytes": s.Allocated,
			"peak_bytes":      s.Peak,
			"refused":         s.Refused,
			"rolled_back":     s.RolledBack,
		}
	}))
	vars.Set("usage", expvar.Func(func() any {
		u := b.Usage()
		return map[string]int64{"limit_bytes": u.Limit, "taken_bytes": u.Taken, "headroom_bytes": u.Headroom}
	}))

	b.SetLimit(4000)
	b.Reserve(1000)
	b.Reserve(5000)                                // does not fit
	b.Resize(0, 500, func() bool { return false }) // fits, and its backend fails
	fmt.Println(vars.Get("stats"))
	fmt.Println(vars.Get("usage"))
	// Output:
	// {"allocated_bytes":1000,"limit_bytes":4000,"mode":1,"peak_bytes":1500,"refused":1,"rolled_back":1}
	// {"headroom_bytes":3000,"limit_bytes":4000,"taken_bytes":1000}
}
