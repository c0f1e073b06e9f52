package engine

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
)

// ThreadName is the letter of a thread in schedules and reports.
func ThreadName(t int) string { return string(rune('a' + t)) }

// FormatSchedule writes steps as text: the letter of the thread that goes next, and after it a
// digit if it takes not the first of its alternatives.
func FormatSchedule(steps []Step) string {
	var s strings.Builder
	for _, st := range steps {
		s.WriteString(ThreadName(int(st.Thread)))
		if st.Choice > 0 {
			fmt.Fprint(&s, st.Choice)
		}
	}
	return s.String()
}

// ParseSchedule reads what FormatSchedule writes.
func ParseSchedule(text string) (steps []Step, err error) {
	for i, r := range text {
		switch {
		case r >= 'a' && r < 'a'+MaxThreads:
			steps = append(steps, Step{Thread: uint8(r - 'a')})
		case r >= '0' && r <= '9' && i > 0 && text[i-1] >= 'a':
			steps[len(steps)-1].Choice = uint8(r - '0')
		default:
			return nil, fmt.Errorf("schedule %q: %q at %d", text, r, i)
		}
	}
	return steps, nil
}

// ErrSchedule: a step cannot be taken, or a run from it to the end is not what the explorer says.
var ErrSchedule = errors.New("not a schedule of this system")

// Replay runs the steps on coroutines that live from the first step to the last. It restores none
// of them, and holds the explorer against them: every request and the whole memory must be what the
// explorer says. The table has one column per thread and one line per step, and beside it what the
// system shows of the state after the step. The error is the promise that the last step of the
// table breaks, or wraps ErrSchedule.
func (x *Explorer[V, P, N]) Replay(steps []Step) (table string, err error) {
	r := replay[V, P, N]{x: x, s: x.initial, m: x.Memory(x.initial), live: make([]*Thread[V, N], len(x.sys.Views))}
	defer r.end()
	var out strings.Builder
	r.w = tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for t := range x.sys.Views {
		fmt.Fprintf(r.w, "\t%s", ThreadName(t))
	}
	fmt.Fprintf(r.w, "\t%s\t\n", strings.Join(x.sys.Columns, "\t"))
	r.row(0, Step{}, "")
	for i, st := range steps {
		var what string
		if what, err = r.step(i+1, st); errors.Is(err, ErrSchedule) {
			return "", err
		}
		r.row(i+1, st, what)
		if err != nil {
			break
		}
	}
	if err == nil && len(x.Steps(r.s)) == 0 {
		err = x.judgeEnd(r.s)
	}
	r.w.Flush()
	return out.String(), err
}

// A replay is a run in the middle.
type replay[V, P comparable, N any] struct {
	x    *Explorer[V, P, N]
	s    State           // as the explorer has it
	m    Memory          // as the live run has it
	live []*Thread[V, N] // nil: at rest
	w    *tabwriter.Writer
}

func (r *replay[V, P, N]) end() {
	for _, t := range r.live {
		if t != nil {
			r.x.abandon(t)
		}
	}
}

// step takes a step with both, and compares. It returns what a report says of the step.
func (r *replay[V, P, N]) step(i int, st Step) (what string, err error) {
	x, t := r.x, int(st.Thread)
	if t >= len(x.sys.Views) || int(st.Choice) >= x.Choices(r.s, t) {
		return "", fmt.Errorf("%w: step %d: %s%d cannot go", ErrSchedule, i, ThreadName(t), st.Choice)
	}
	p := x.Point(r.s, t)
	answer, _ := x.Answer(r.s, st)
	next, notes, err := x.take(r.s, st)
	request := r.resume(p, st)
	to := x.Point(next, t)
	same := request == to.Request || request.Kind == rest && len(to.Answers) == 0
	if err == nil && (!same || r.m != x.memories.values[next.Memory]) {
		return "", fmt.Errorf("%w: step %d: a live run asks %+v with memory %d, the explorer %+v with memory %d",
			ErrSchedule, i, request, r.m, to.Request, x.memories.values[next.Memory])
	}
	what = x.name(p, answer)
	for _, n := range notes {
		if s := fmt.Sprint(n); s != "" {
			what += ": " + s
		}
	}
	r.s = next
	return what, err
}

// resume lets the live coroutine of the thread at p take the step, with what it then does on memory
// of its own.
func (r *replay[V, P, N]) resume(p *Point[V], st Step) Request {
	x, t := r.x, p.Thread
	if r.live[t] == nil {
		r.live[t], _ = x.start(t, p.View)
	}
	answer := int64(st.Choice)
	if p.Kind == Operation {
		answer = p.Op.Do(&r.m[p.Cell])
	}
	request := x.resume(r.live[t], answer)
	for request.Kind == Own {
		request = x.resume(r.live[t], request.Op.Do(&r.m[request.Cell]))
	}
	if request.Kind == rest {
		x.abandon(r.live[t])
		r.live[t] = nil
	}
	return request
}

// row writes a line of the table: step i led to the state.
func (r *replay[V, P, N]) row(i int, st Step, what string) {
	fmt.Fprint(r.w, i)
	for t := range r.x.sys.Views {
		fmt.Fprint(r.w, "\t")
		if i > 0 && t == int(st.Thread) {
			fmt.Fprint(r.w, what)
		}
	}
	var cells []string
	if r.x.sys.Row != nil {
		m := r.x.Memory(r.s)
		cells = r.x.sys.Row(r.x.Past(r.s), &m)
	}
	fmt.Fprintf(r.w, "\t%s\t\n", strings.Join(cells, "\t"))
}

// name is what a report calls the step from a point.
func (x *Explorer[V, P, N]) name(p *Point[V], answer int64) string {
	switch {
	case x.sys.Name != nil:
		return x.sys.Name(p, answer)
	case p.Kind == Operation:
		return fmt.Sprintf("%s %v = %d", x.sys.Cells[p.Cell].Name, p.Op, answer)
	}
	return fmt.Sprint(answer)
}

// Report is what a test prints of a failure: the promise, and the table of its schedule, of a long
// one the beginning and the end. The replay in it is a run of its own, which must fail in the same
// way.
func (x *Explorer[V, P, N]) Report(f *Failure) string {
	table, err := x.Replay(f.Schedule)
	table = elide(table)
	if err == nil || err.Error() != f.Err.Error() {
		table += fmt.Sprintf("a replay says: %v\n", err)
	}
	return fmt.Sprintf("%v\n%s", f.Err, table)
}

// elide leaves out the middle of a long table.
func elide(table string) string {
	const first, last = 40, 20
	lines := strings.SplitAfter(table, "\n")
	out := len(lines) - first - last
	if out <= 1 {
		return table
	}
	middle := fmt.Sprintf("... %d steps ...\n", out)
	return strings.Join(lines[:first], "") + middle + strings.Join(lines[first+out:], "")
}
