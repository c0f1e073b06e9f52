//go:build interleave

package linearizability

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"casalloc/impl"
)

// A schedule is the steps of a run: a letter for the thread that goes next, and after it a digit if it takes not the first of
// its choices (a call among several, a backend that fails rather than succeeds). After the scenario's text and a ~ it replays the run.

func threadName(t int) string { return string(rune('a' + t)) }

func formatSchedule(scenario string, steps []step) string {
	var s strings.Builder
	s.WriteString(scenario + "~")
	for _, st := range steps {
		s.WriteString(threadName(int(st.thread)))
		if st.choice > 0 {
			fmt.Fprint(&s, st.choice)
		}
	}
	return s.String()
}

func parseSchedule(text string) (scenario string, steps []step, err error) {
	scenario, run, ok := strings.Cut(text, "~")
	if !ok {
		return "", nil, fmt.Errorf("schedule %q: no ~", text)
	}
	for i, r := range run {
		switch {
		case r >= 'a' && r < 'a'+maxThreads:
			steps = append(steps, step{thread: uint8(r - 'a')})
		case r >= '0' && r <= '9' && i > 0 && run[i-1] >= 'a':
			steps[len(steps)-1].choice = uint8(r - '0')
		default:
			return "", nil, fmt.Errorf("schedule %q: %q at %d", text, r, i)
		}
	}
	return scenario, steps, nil
}

var errSchedule = errors.New("not a schedule of this scenario")

// replay runs the steps on threads that are coroutines of one budget from the first step to the last, nothing restored, and holds the
// explorer's states against it: every request and all of the memory must be what the explorer says. It returns a table
// of the run, a column a thread, a line a step, and beside it the word after the step. The error is the promise that the last
// step of the table breaks, or wraps errSchedule.
func (x *explorer) replay(steps []step) (table string, err error) {
	live := newMachine(x.scenario)
	live.tamper = x.tamper
	threads := make([]*coroutine, len(x.threads))
	defer func() {
		for _, co := range threads {
			if co != nil {
				co.end()
			}
		}
	}()
	m := x.memories.values[x.initial.memory]
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for t := range x.threads {
		fmt.Fprintf(w, "\t%s", threadName(t))
	}
	fmt.Fprint(w, "\theadroom\tgen\tcounter\t\n")
	x.row(w, 0, -1, "", x.initial)
	s := x.initial
	for i, st := range steps {
		t := int(st.thread)
		if t >= len(x.threads) || int(st.choice) >= x.choices(s, t) {
			return "", fmt.Errorf("%w: step %d: %s%d cannot go", errSchedule, i+1, threadName(t), st.choice)
		}
		l := x.locals[s.threads[t]]
		var next state
		next, err = x.take(s, st)

		answer := int64(st.choice)
		switch l.at {
		case stepBegin:
			if c := x.threads[t].items[l.next][st.choice]; c.kind != callClaim {
				threads[t] = live.start(t, c, l.block)
			}
		case stepBackend:
			answer = l.call.backend[st.choice]
		case stepOp:
			answer = l.pending.op.Do(&m[l.pending.cell])
		}
		var r request
		if threads[t] != nil {
			r = threads[t].resume(answer)
			for r.kind == requestOp && live.cells[r.cell].Own {
				r = threads[t].resume(r.op.Do(&m[r.cell]))
			}
		}
		if r.kind == requestReturn && threads[t] != nil {
			threads[t].end()
			threads[t] = nil
		}
		to := x.locals[next.threads[t]]
		if rested := to.at == stepBegin || to.at == stepDone; m != x.memories.values[next.memory] ||
			rested != (r.kind == requestReturn) && err == nil || !rested && r != to.pending {
			return "", fmt.Errorf("%w: step %d: a live run does %+v with memory %d, the explorer %+v with memory %d",
				errSchedule, i+1, r, m, to.pending, x.memories.values[next.memory])
		}
		what := x.action(l, answer)
		if l.at == stepOp && l.pending.op.Kind == impl.OpCompareAndSwap && answer == 0 {
			what += " fails"
		}
		if l.at == stepBackend && answer != backendOK {
			what += map[int64]string{backendFails: " fails", backendPanics: " panics"}[answer]
		}
		own := m
		_, events, _ := x.advance(s.threads[t], answer, &own)
		for _, e := range events {
			if e.ret {
				what += ": " + outcomeOf(e)
			}
		}
		if err != nil {
			next.past = s.past // the step was not judged to its end
		}
		x.row(w, i+1, t, what, next)
		s = next
		if err != nil {
			break
		}
	}
	if err == nil && x.stuck(s) {
		err = x.judgeEnd(s)
	}
	w.Flush()
	return out.String(), err
}

// outcomeOf is what a return says, where the step's name does not say it.
func outcomeOf(e event) string {
	if e.in.Op == Stats {
		return e.out.Reading.String()
	}
	return outcome(e.out.Err)
}

func (x *explorer) stuck(s state) bool {
	for t := range x.threads {
		if x.choices(s, t) > 0 {
			return false
		}
	}
	return true
}

// row writes a line of the table: step i was thread t's, and led to s.
func (x *explorer) row(w *tabwriter.Writer, i, t int, what string, s state) {
	fmt.Fprintf(w, "%d", i)
	for u := range x.threads {
		if u == t {
			fmt.Fprintf(w, "\t%s", what)
		} else {
			fmt.Fprint(w, "\t")
		}
	}
	m := x.memories.values[s.memory]
	if impl.IsUnlimited(m[x.word]) {
		fmt.Fprint(w, "\tunlimited\t\t\t\n")
		return
	}
	p := x.pasts.values[s.past]
	headroom := fmt.Sprint(impl.Headroom(m[x.word]))
	if p.limit == impl.CountingBase {
		headroom = fmt.Sprintf("base%+d", impl.Headroom(m[x.word])-impl.CountingBase)
	}
	fmt.Fprintf(w, "\t%s\t%d\t%d\t\n", headroom, impl.Gen(m[x.word]), x.taken(p.limit, m)-p.carried())
}

// report is what a test prints of a failure. The replay in it is a run of its own, which must fail in the same way.
func (x *explorer) report(f *failure) string {
	table, err := x.replay(f.schedule)
	if err == nil || err.Error() != f.err.Error() {
		table += fmt.Sprintf("a replay says: %v\n", err)
	}
	return fmt.Sprintf("%v\n%sgo test -tags interleave ./linearizability -run TestReplaySchedule -schedule '%s'",
		f.err, table, formatSchedule(x.text, f.schedule))
}
