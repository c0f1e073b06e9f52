//go:build lua54

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"casalloc/impl"
	"casalloc/impl/lua54"
)

// A report is what luarun prints at the end; sizes are in bytes.
type report struct {
	States []stateReport `json:"states"`

	Mode  string `json:"mode"`  // enforcing or unlimited
	Limit int64  `json:"limit"` // 0: none

	// What all states together hold, slack of accounts not included.
	BootPeak int64 `json:"boot_peak"`
	AtBoot   int64 `json:"at_boot"` // when the boot ends
	// Since the boot; without a limit a bound, the sum of the states' peaks.
	Peak int64 `json:"peak"`

	// The counter of the budget.
	CounterPeak    int64 `json:"counter_peak"` // boot and slack of accounts included
	Refused        int64 `json:"refused"`
	RolledBack     int64 `json:"rolled_back"`
	AllocatedAtEnd int64 `json:"allocated_at_end"`

	Balanced bool `json:"balanced"`

	grown int64 // the most that was live right after a growth under the limit; 0: there was none
}

type stateReport struct {
	State  int    `json:"state"`
	Result string `json:"result"`
	Peak   int64  `json:"peak"` // since the boot
	Calls  int64  `json:"calls"`
	Live   int64  `json:"live_at_end"`

	ok     bool
	detail string // of the error
}

func newStateReport(state int, err error, s lua54.Stats) stateReport {
	r := stateReport{State: state, Result: "ok", Peak: s.Peak, Calls: s.Calls, Live: s.Live, ok: err == nil}
	switch {
	case err == nil:
		return r
	case errors.Is(err, lua54.ErrMemory):
		r.Result = "not enough memory"
	case errors.Is(err, context.DeadlineExceeded):
		r.Result = "timed out"
	default:
		r.Result = "error"
	}
	r.detail = err.Error()
	if e, ok := errors.AsType[*lua54.Error](err); ok && e.Traceback != "" {
		r.detail += "\n" + e.Traceback
	}
	return r
}

// total adds what the budget says after every state is closed. Grown is the largest total of live
// bytes right after a growth under the limit.
func (r *report) total(s impl.Stats, grown int64) {
	r.Mode, r.Limit, r.CounterPeak = s.Mode.String(), s.Limit, s.Peak
	r.Refused, r.RolledBack, r.AllocatedAtEnd = s.Refused, s.RolledBack, s.Allocated
	r.grown = grown
	r.Peak = max(r.AtBoot, grown)
	if r.Limit == 0 {
		r.Peak = 0
		for _, s := range r.States {
			r.Peak += s.Peak
		}
	}
	r.Balanced = r.balanced()
}

// balanced judges the books. What was live before the limit was set may be above it; a growth to
// more than the limit is what must not be.
func (r *report) balanced() bool {
	for _, s := range r.States {
		if s.Live != 0 {
			return false
		}
	}
	return r.AllocatedAtEnd == 0 && (r.Limit == 0 || r.grown <= r.Limit)
}

func (r *report) status() int {
	if !r.Balanced {
		return unbalanced
	}
	for _, s := range r.States {
		if !s.ok {
			return failed
		}
	}
	return finished
}

func (r *report) write(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nstate\tresult\tpeak\tcalls\t")
	for _, s := range r.States {
		fmt.Fprintf(t, "%d\t%s\t%d\t%d\t\n", s.State, s.Result, s.Peak, s.Calls)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	limit, atMost := "none", "at most "
	if r.Limit != 0 {
		limit, atMost = fmt.Sprint(r.Limit), ""
	}
	verdict := "the books balance"
	if !r.Balanced {
		verdict = "THE BOOKS DO NOT BALANCE"
	}
	_, err := fmt.Fprintf(w, "\nboot: peak in all %d, at its end %d\n"+
		"%s: limit %s, peak in all %s%d, refused %d, rolled back %d, "+
		"peak of the counter with boot and slack %d, counter at the end %d: %s\n",
		r.BootPeak, r.AtBoot, r.Mode, limit, atMost, r.Peak, r.Refused, r.RolledBack,
		r.CounterPeak, r.AllocatedAtEnd, verdict)
	return err
}
