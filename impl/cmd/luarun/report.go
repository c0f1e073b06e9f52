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

	Mode           string `json:"mode"`  // enforcing or unlimited
	Limit          int64  `json:"limit"` // 0: none
	AtBoot         int64  `json:"at_boot"`
	Peak           int64  `json:"peak"` // of the counter; without a limit, of the boot
	Refused        int64  `json:"refused"`
	RolledBack     int64  `json:"rolled_back"`
	AllocatedAtEnd int64  `json:"allocated_at_end"`
	Balanced       bool   `json:"balanced"`
}

type stateReport struct {
	State  int    `json:"state"`
	Result string `json:"result"`
	Peak   int64  `json:"peak"`
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

// total adds what the budget says after every state is closed, and judges the books.
func (r *report) total(s impl.Stats, atBoot int64) {
	r.Mode, r.Limit, r.Peak, r.AtBoot = s.Mode.String(), s.Limit, s.Peak, atBoot
	r.Refused, r.RolledBack, r.AllocatedAtEnd = s.Refused, s.RolledBack, s.Allocated
	// What was allocated before the limit was set may be above it.
	r.Balanced = s.Allocated == 0 && (s.Limit == 0 || s.Peak <= max(s.Limit, atBoot))
	for _, s := range r.States {
		r.Balanced = r.Balanced && s.Live == 0
	}
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
	limit, peak := "none", "of the boot"
	if r.Limit != 0 {
		limit, peak = fmt.Sprint(r.Limit), "in all"
	}
	verdict := "the books balance"
	if !r.Balanced {
		verdict = "THE BOOKS DO NOT BALANCE"
	}
	_, err := fmt.Fprintf(w, "\n%s: limit %s, peak %s %d, at boot %d, "+
		"refused %d, rolled back %d, counter at the end %d: %s\n",
		r.Mode, limit, peak, r.Peak, r.AtBoot, r.Refused, r.RolledBack, r.AllocatedAtEnd, verdict)
	return err
}
