package linearizability_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"casalloc/impl"
	"casalloc/impl/cmd/missing"
	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/mutate"
	"casalloc/linearizability/workload"
	"casalloc/model"
	"casalloc/tla"

	"github.com/anishathalye/porcupine"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

// perMix is how many histories are recorded of each of three mixes, watched in two ways.
const perMix = 8

// TestJudges lets two judges judge each history: porcupine by package model, and TLC by module
// Budget. They must agree. Both explain what was recorded, and judge the known histories as the
// table does. Of the recorded histories in which one outcome is changed, they reject most.
func TestJudges(t *testing.T) {
	tlc := findTLC(t, fmt.Sprintf("%d histories by TLC", 2*len(known)+2*6*perMix))
	s := seed(t)
	recorded := recordForJudges(t, s, perMix)
	judged := append(knownForJudges(t), recorded...)
	rng := rand.New(rand.NewPCG(s, 0))
	for _, h := range recorded {
		judged = append(judged, flip(rng, h))
	}
	rejected := 0 // of the flipped
	for i, by := range judge(t, tlc, tla.Modules, judged) {
		h := judged[i]
		switch {
		case by.porcupine != by.tlc:
			t.Errorf("-history.seed=%d, %s\nporcupine: %s\nTLC: %s", s, h, by.porcupine, by.tlc)
		case h.want != "" && h.want != by.tlc:
			t.Errorf("-history.seed=%d, %s\nboth judges: %s, want %s", s, h, by.tlc, h.want)
		case h.want == "" && by.tlc == illegal:
			rejected++
		}
	}
	overlaps := 0
	for _, h := range recorded {
		if overlap(h.History) {
			overlaps++
		}
	}
	if overlaps < len(recorded)/3 {
		t.Errorf("-history.seed=%d: %d of %d histories overlap, want a third", s, overlaps, len(recorded))
	}
	if rejected < len(recorded)*3/4 {
		t.Errorf("-history.seed=%d: %d of %d changed histories were rejected, want three quarters",
			s, rejected, len(recorded))
	}
	if !t.Failed() {
		t.Logf("%d histories recorded, %d with operations that overlap: both judges explain each",
			len(recorded), overlaps)
		t.Logf("as many with one outcome changed: both judges reject the same %d", rejected)
	}
}

// TestJudgesDisagree gives TLC wrong specifications. The judges disagree on known histories.
func TestJudgesDisagree(t *testing.T) {
	tlc := findTLC(t, "")
	for _, edit := range []struct{ name, old, new string }{
		{"a refusal of what fits", `~Fits(t) /\ Answer(t, OverLimit)`, `Answer(t, OverLimit)`},
		{"a limit that only the root has", `~Shut(m) => ask[t].n`, `counted /\ m = Root => ask[t].n`},
		{"a release that takes nothing back", `{ m \in Path[ask[t].at] : top \in Path[m] }`, `{}`},
		{"a release of what is not held", `ELSE /\ ask[t].n <= own[ask[t].node]`, `ELSE /\ TRUE`},
		{"a release that counts after Leave", `m \in Path[k] => ~gone[k] }`, `TRUE }`},
		{"a move that all above see", `Levels(ask[t].at) \ Path[ask[t].to]`, `Levels(ask[t].at)`},
		{"an end of the boot in every mode", `limit[Root] = NoLimit /\ ~gone[Root]`, `~gone[Root]`},
	} {
		t.Run(edit.name, func(t *testing.T) {
			histories := knownForJudges(t)
			var on []string
			for i, by := range judge(t, tlc, edited(t, edit.old, edit.new), histories) {
				if by.porcupine != by.tlc {
					on = append(on, histories[i].name)
				}
			}
			if len(on) == 0 {
				t.Errorf("the judges agree on all %d known histories", len(histories))
			}
			t.Logf("the judges disagree on %q", on)
		})
	}
}

// findTLC skips the check where there is no TLC, and with -short, for runs that are about something
// else than the two judges.
func findTLC(t *testing.T, check string) tla.TLC {
	t.Helper()
	if testing.Short() {
		t.Skip("not judged: -short asks no TLC")
	}
	tlc, err := tla.FindTLC()
	missing.Skip(t, err, check)
	return tlc
}

// edited is the modules with one place of Budget edited.
func edited(t *testing.T, old, new string) fs.FS {
	t.Helper()
	m := mutate.Mutant{ID: "Budget", Edits: []mutate.Edit{{File: "Budget.tla", Old: old, New: new}}}
	files, err := m.Apply(tla.Modules)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := tla.Overlay(tla.Modules, files)
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

// A verdict is what a judge says of a history.
type verdict string

const (
	legal   verdict = "explained"
	illegal verdict = "not linearizable"
)

// A judgedHistory is a history for two judges.
type judgedHistory struct {
	lin.History
	name string
	want verdict // "" of a history that may be either
}

func (h judgedHistory) String() string { return h.name + ":\n" + h.History.String() }

func knownForJudges(t *testing.T) (histories []judgedHistory) {
	for _, k := range known {
		histories = append(histories,
			judgedHistory{parse(t, k.tree, k.legal), "known, legal: " + k.name, legal},
			judgedHistory{parse(t, k.tree, k.illegal), "known, illegal: " + k.name, illegal})
	}
	return histories
}

// recordForJudges records n histories of each mix and watch.
func recordForJudges(t *testing.T, seed uint64, n int) (histories []judgedHistory) {
	for _, mix := range []struct {
		name string
		draw func(*rand.Rand) calls.Program
	}{
		{"Steps", small(calls.Steps)},
		{"Calls", small(calls.Calls)},
		{"Slack", slack},
	} {
		for _, w := range []workload.Watch{workload.Recorded, workload.Stretched} {
			for range n {
				p := mix.draw(rand.New(rand.NewPCG(seed, uint64(len(histories)))))
				h, err := workload.Run(p, w)
				name := fmt.Sprintf("history %d of %s, stretched: %t", len(histories), mix.name, w == workload.Stretched)
				if err != nil {
					t.Fatalf("-history.seed=%d, %s: %v", seed, name, err)
				}
				histories = append(histories, judgedHistory{h, name, legal})
			}
		}
	}
	return histories
}

// flip returns the history with the outcome of one operation changed.
func flip(rng *rand.Rand, h judgedHistory) judgedHistory {
	ops := slices.Clone(h.Ops)
	for _, i := range rng.Perm(len(ops)) {
		in, out := ops[i].Input.(lin.Input), ops[i].Output.(lin.Output)
		if in.Op == calls.EndBoot || in.Op == calls.NewChild {
			continue // has one outcome, or is not for both
		}
		switch {
		case in.Op == calls.Exact && out.Reading.Mode == model.Unlimited:
			out.Reading = calls.Reading{Mode: model.Enforcing}
		case in.Op == calls.Stats:
			out.Reading.Used = -1
		case in.Op == calls.Exact || in.Op == calls.Close || in.Op == calls.Leave:
			out.Reading.Used++
		case out.Err != nil:
			out.Err = nil
		case in.Op == calls.Reserve:
			out.Err = model.ErrLimit
		case in.Op == calls.SetLimit:
			out.Err = model.ErrUnlimited
		default:
			out.Err = model.ErrOverRelease
		}
		ops[i].Output = out
		return judgedHistory{lin.History{Tree: h.Tree, Ops: ops}, fmt.Sprintf("%s, changed: C%d %3d %s",
			h.name, ops[i].ClientId, ops[i].Call, lin.Describe(in, out)), ""}
	}
	panic("no outcome to change")
}

type verdicts struct{ porcupine, tlc verdict }

// judge is what both say of each history. TLC judges by module Budget of modules.
func judge(t *testing.T, tlc tla.TLC, modules fs.FS, histories []judgedHistory) []verdicts {
	t.Helper()
	judged := make([]verdicts, len(histories))
	forTLC := make([]tla.History, len(histories))
	for i, h := range histories {
		judged[i] = verdicts{illegal, illegal}
		if err := lin.Check(h.History); err == nil {
			judged[i].porcupine = legal
		} else if err != lin.ErrIllegal {
			t.Fatalf("%s\n%v", h, err)
		}
		for _, n := range h.Tree {
			forTLC[i].Tree = append(forTLC[i].Tree, tla.Node{Parent: int(n.Parent), Limit: size(t, n.Limit)})
		}
		for _, o := range h.Ops {
			if op, ok := forBudget(t, o); ok {
				forTLC[i].Operations = append(forTLC[i].Operations, op)
			}
		}
	}
	explained, err := tlc.Explains(t.Context(), modules, forTLC)
	if err != nil {
		t.Fatal(err)
	}
	for i := range explained {
		if explained[i] {
			judged[i].tlc = legal
		}
	}
	return judged
}

// forBudget is an operation as module Budget has it, if it has it. It knows no NewChild: one that
// makes a closed child closes it.
func forBudget(t *testing.T, o porcupine.Operation) (tla.Operation, bool) {
	in, out := o.Input.(lin.Input), o.Output.(lin.Output)
	answer := tla.Answer{Outcome: calls.Outcome(out.Err)}
	op := in.Op
	switch op {
	case calls.NewChild:
		op, answer.Outcome = calls.Close, "held"
	case calls.RollBack:
		op = calls.Release
	case calls.Close, calls.Leave:
		answer = tla.Answer{Outcome: "held", Used: out.Reading.Used}
	case calls.Stats, calls.Exact:
		r := out.Reading
		answer = tla.Answer{Outcome: "read", Mode: modes[r.Mode], Limit: size(t, r.Limit), Used: r.Used}
		switch {
		case op == calls.Stats && in.At != calls.Root:
			answer.Mode = ""
		case r.Closed:
			answer.Mode = "Closed"
		}
	}
	n := in.N
	switch {
	case n < 0:
		n = -1
	case n != impl.NoLimit || op != calls.SetLimit:
		n = min(n, model.MaxSize+1)
	}
	return tla.Operation{Client: o.ClientId, Call: o.Call, Return: o.Return, Op: op.String(),
		At: int(in.At), To: int(in.To), N: size(t, n), Answer: answer}, in.Op != calls.NewChild || out.Reading.Closed
}

// size is a size as module Budget has it.
func size(t *testing.T, n int64) int64 {
	switch {
	case n == model.MaxSize+1:
		return tla.Largest + 1
	case n == impl.NoLimit:
		return tla.NoLimit
	case n > tla.Largest:
		t.Fatalf("%d: too large for TLC", n)
	}
	return n
}

var modes = map[model.Mode]string{model.Counting: "Counting", model.Enforcing: "Enforcing", model.Unlimited: "Unlimited"}
