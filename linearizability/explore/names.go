//go:build interleave

package explore

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// operations are the names of operations.
var operations = [...]string{impl.OpLoad: "load", impl.OpStore: "store", impl.OpSwap: "swap", impl.OpAdd: "add",
	impl.OpCompareAndSwap: "compare-and-swap", impl.OpLock: "lock", impl.OpTryLock: "try", impl.OpUnlock: "unlock"}

// names are the names of the steps of a scenario.
type names struct {
	scenario
	layout
	places map[access]place // that were found so far
}

// An access is an operation on a cell, made at a site.
type access struct {
	site *engine.Site
	cell int
	kind impl.OpKind
}

// A place is where in impl an operation is taken.
type place struct {
	function string
	row      string // of the tables, or "" if the specification does not have the operation
	action   string
}

func newNames(s scenario, l layout) *names {
	return &names{scenario: s, layout: l, places: make(map[access]place)}
}

// action names the next step from a point. The name of a step that the specification does not have,
// on statistics or on what a lock keeps still, has a dot.
func (n *names) action(p *engine.Point[callerState], answer int64) string {
	switch {
	case p.Kind == engine.Choice && p.View.resting():
		return n.Clients[p.Thread].Items[p.View.next][answer].String()
	case p.Kind == engine.Choice:
		return backendAction(p)
	case p.Kind == engine.End:
		return ""
	}
	at := n.placeOf(p.Request)
	switch {
	case at.row == "":
		return at.function + "." + n.cellName(p.Cell)
	}
	return at.action
}

// cellName is the name of a cell, with the letter of its budget.
func (n *names) cellName(cell int) string {
	name := n.cells[cell].Name
	for v, i := range n.numbers() {
		name = strings.Replace(name, fmt.Sprintf("budgets[%d]", i), calls.Via(v).String(), 1)
	}
	return name
}

// inSpec reports whether the specification has the step.
func inSpec(action string) bool { return !strings.Contains(action, ".") }

// backendAction names what the backend is asked to do.
func backendAction(p *engine.Point[callerState]) string {
	size, old := p.View.call.N, p.View.at[p.View.call.Via].block
	switch {
	case !slices.Contains(callsAt(p.Site), "resizeCounted"):
		return "BackendUnlimited"
	case size > old:
		return "BackendGrow"
	case size == 0:
		return "BackendFree"
	case size < old:
		return "BackendShrink"
	}
	return "Backend.same"
}

// placeOf is the place of an operation: of the rows that fit, the one with the most calls.
func (n *names) placeOf(r engine.Request) place {
	key := access{r.Site, r.Cell, r.Op.(impl.Op).Kind}
	at, known := n.places[key]
	if known {
		return at
	}
	calls := callsAt(r.Site)
	at.function = calls[len(calls)-1]
	for i := range calls {
		row := strings.Join(calls[i:], "/") + ": " + n.field(r.Cell) + " " + operations[key.kind]
		if action, ok := actions[row]; ok && at.row == "" {
			at.row, at.action = row, action
		}
	}
	n.places[key] = at
	return at
}

var (
	implPackage = reflect.TypeFor[impl.Budget]().PkgPath() + "."
	plain       = strings.NewReplacer("(*", "", ")", "")
)

// callsAt are the functions of impl that are called at a site, the innermost last. A deferred call
// and a function literal are the function's that they stand in.
func callsAt(s *engine.Site) (calls []string) {
	frames := s.Frames()
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name, ok := strings.CutPrefix(f.Function, implPackage)
		if !ok || strings.HasSuffix(f.File, "_interleave.go") { // what asks the scheduler
			continue
		}
		name, _, _ = strings.Cut(plain.Replace(name), ".func")
		name, _, _ = strings.Cut(name, ".deferwrap")
		if len(calls) == 0 || calls[0] != name {
			calls = slices.Insert(calls, 0, name)
		}
	}
	return calls
}

// step is what a report says of the step from a point: its action, and what it came to.
func (n *names) step(p *engine.Point[callerState], answer int64) string {
	name := n.action(p, answer)
	switch {
	case p.Kind == engine.Operation:
		op := p.Op.(impl.Op).Kind
		if !inSpec(name) {
			name += " " + operations[op]
		}
		if op == impl.OpCompareAndSwap && answer == 0 {
			name += " fails"
		}
	case p.Kind == engine.Choice && !p.View.resting():
		name += map[calls.Fate]string{calls.Fails: " fails", calls.Panics: " panics"}[p.View.call.Fate.Choose(int(answer))]
	}
	return name
}
