//go:build lua54

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"casalloc/impl"
	"casalloc/impl/cmd/command"
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
	// Since the boot. Without a limit it is a bound, the sum of the states' peaks, and 0 if a
	// state is stuck.
	Peak int64 `json:"peak"`

	// The counter of the budget.
	CounterPeak    int64 `json:"counter_peak"` // boot and slack of accounts included
	Refused        int64 `json:"refused"`
	RolledBack     int64 `json:"rolled_back"`
	AllocatedAtEnd int64 `json:"allocated_at_end"`

	Balanced bool `json:"balanced"` // not if a state is stuck: its books are open

	grown int64 // the most that was live right after a growth under the limit; 0: there was none
}

type stateReport struct {
	State  int    `json:"state"`
	Result string `json:"result"` // of a stuck state the numbers are not known, and 0
	Peak   int64  `json:"peak"`   // since the boot
	Calls  int64  `json:"calls"`
	Live   int64  `json:"live_at_end"`

	ok     bool
	stuck  bool   // it has not stopped
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

// total adds what the budget says after every state is closed or stuck. Grown is the largest
// total of live bytes right after a growth under the limit.
func (r *report) total(s impl.Stats, grown int64) {
	r.Mode, r.Limit, r.CounterPeak = s.Mode.String(), s.Limit, s.Peak
	r.Refused, r.RolledBack, r.AllocatedAtEnd = s.Refused, s.RolledBack, s.Allocated
	r.grown = grown
	switch {
	case r.Limit != 0:
		r.Peak = max(r.AtBoot, grown)
	case !r.stuck():
		for _, s := range r.States {
			r.Peak += s.Peak
		}
	}
	r.Balanced = r.withinLimit() && r.allFreed()
}

// withinLimit reports whether the limit was kept. What was live before it was set may be above
// it; no growth under it may be.
func (r *report) withinLimit() bool { return r.Limit == 0 || r.grown <= r.Limit }

// allFreed reports whether nothing is held, which is known if no state is stuck.
func (r *report) allFreed() bool {
	for _, s := range r.States {
		if s.stuck || s.Live != 0 {
			return false
		}
	}
	return r.AllocatedAtEnd == 0
}

func (r *report) stuck() bool {
	return slices.ContainsFunc(r.States, func(s stateReport) bool { return s.stuck })
}

const doNotBalance = "THE BOOKS DO NOT BALANCE"

func (r *report) verdict() string {
	switch {
	case r.Balanced:
		return "the books balance"
	case r.withinLimit() && r.stuck():
		return "the books of stuck states are open"
	}
	return doNotBalance
}

func (r *report) status() error {
	if r.verdict() == doNotBalance {
		return unbalanced
	}
	for _, s := range r.States {
		if !s.ok {
			return command.Failed
		}
	}
	return nil
}

func (r *report) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return command.WriteJSON(w, r)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nstate\tresult\tpeak\tcalls\t")
	for _, s := range r.States {
		fmt.Fprintf(t, "%d\t%s\t%d\t%d\t\n", s.State, s.Result, s.Peak, s.Calls)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	limit, peak := "none", fmt.Sprint("at most ", r.Peak)
	switch {
	case r.Limit != 0:
		limit, peak = fmt.Sprint(r.Limit), fmt.Sprint(r.Peak)
	case r.stuck():
		peak = "not known"
	}
	_, err := fmt.Fprintf(w, "\nboot: peak in all %d, at its end %d\n"+
		"%s: limit %s, peak in all %s, refused %d, rolled back %d, "+
		"peak of the counter with boot and slack %d, counter at the end %d: %s\n",
		r.BootPeak, r.AtBoot, r.Mode, limit, peak, r.Refused, r.RolledBack,
		r.CounterPeak, r.AllocatedAtEnd, r.verdict())
	return err
}
