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

	Mode  string `json:"mode"`  // of the budget of all
	Limit int64  `json:"limit"` // of all; 0: none
	Each  int64  `json:"each"`  // likewise of each state

	// What all states together hold, slack not included.
	BootPeak int64 `json:"boot_peak"`
	AtBoot   int64 `json:"at_boot"` // when the boot ends
	// Since the boot. Without a limit it is a bound, the sum of the states' peaks, and 0 if a
	// state is stuck.
	Peak int64 `json:"peak"`

	// What the budget of all has used.
	PeakUsed  int64 `json:"peak_used"` // boot and slack of the states' budgets included
	UsedAtEnd int64 `json:"used_at_end"`

	// What the states' budgets have counted.
	Refused    int64 `json:"refused"`
	RolledBack int64 `json:"rolled_back"`

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
	over   bool   // it grew above its own limit
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
	r.Mode, r.PeakUsed, r.UsedAtEnd, r.grown = s.Mode.String(), s.Peak, s.Used, grown
	if s.Limit != impl.NoLimit {
		r.Limit = s.Limit
	}
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

// withinLimit reports whether the limits were kept. What was live before one was set may be above
// it; no growth under it may be.
func (r *report) withinLimit() bool {
	over := slices.ContainsFunc(r.States, func(s stateReport) bool { return s.over })
	return !over && (r.Limit == 0 || r.grown <= r.Limit)
}

// allFreed reports whether nothing is held, which is known if no state is stuck.
func (r *report) allFreed() bool {
	for _, s := range r.States {
		if s.stuck || s.Live != 0 {
			return false
		}
	}
	return r.UsedAtEnd == 0
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
	peak := fmt.Sprint("at most ", r.Peak)
	switch {
	case r.Limit != 0:
		peak = fmt.Sprint(r.Peak)
	case r.stuck():
		peak = "not known"
	}
	size := func(limit int64) string {
		if limit == 0 {
			return "none"
		}
		return fmt.Sprint(limit)
	}
	_, err := fmt.Fprintf(w, "\nboot: peak in all %d, at its end %d\n"+
		"%s: limit %s, of each %s, peak in all %s, refused %d, rolled back %d, "+
		"peak used with boot and slack %d, used at the end %d: %s\n",
		r.BootPeak, r.AtBoot, r.Mode, size(r.Limit), size(r.Each), peak, r.Refused, r.RolledBack,
		r.PeakUsed, r.UsedAtEnd, r.verdict())
	return err
}
