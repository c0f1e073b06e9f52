package tla

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestExplains(t *testing.T) {
	tlc := findTLC(t, "")
	ok, overLimit := Answer{Outcome: "ok"}, Answer{Outcome: "over limit"}
	exact := func(mode string, limit, used int64) Answer { return Answer{"read", mode, limit, used} }
	stats := func(used int64) Answer { return Answer{Outcome: "read", Used: used} }
	root, child := []Node{{0, NoLimit}}, []Node{{0, 3}, {0, NoLimit}, {0, 2}}
	setLimit := Operation{0, 1, 2, "SetLimit", 0, 0, 3, ok}
	histories := []struct {
		name      string
		tree      []Node
		ops       []Operation
		explained bool
	}{
		{"nothing", root, nil, true},
		{"refused after a grant", root,
			[]Operation{setLimit, {0, 3, 4, "Reserve", 0, 0, 2, ok}, {1, 5, 6, "Reserve", 0, 0, 2, overLimit}}, true},
		{"refused before it", root,
			[]Operation{setLimit, {1, 3, 4, "Reserve", 0, 0, 2, overLimit}, {0, 5, 6, "Reserve", 0, 0, 2, ok}}, false},
		{"refused while it runs", root,
			[]Operation{setLimit, {0, 3, 6, "Reserve", 0, 0, 2, ok}, {1, 4, 5, "Reserve", 0, 0, 2, overLimit}}, true},
		{"in another order", root,
			[]Operation{{1, 4, 5, "Reserve", 0, 0, 2, overLimit}, {0, 3, 6, "Reserve", 0, 0, 2, ok}, setLimit}, true},
		{"the first event", root, []Operation{{0, 1, 2, "Exact", 0, 0, 0, exact("Counting", NoLimit, 0)}}, true},
		{"the last event", root, []Operation{setLimit, {1, 3, 4, "Exact", 0, 0, 0, exact("Enforcing", 3, 1)}}, false},
		{"a reading of the limit", root, []Operation{setLimit, {1, 3, 4, "Exact", 0, 0, 0, exact("Enforcing", 3, 0)}}, true},
		{"the largest sizes", root, []Operation{{0, 1, 2, "Reserve", 0, 0, Largest, ok}, {0, 3, 4, "Reserve", 0, 0, Largest / 2, ok},
			{0, 5, 6, "Reserve", 0, 0, 1, overLimit}, {0, 7, 8, "Reserve", 0, 0, Largest + 1, Answer{Outcome: "bad size"}}}, true},
		{"a limit taken away", root,
			[]Operation{setLimit, {0, 3, 4, "SetLimit", 0, 0, NoLimit, ok}, {0, 5, 6, "Reserve", 0, 0, 9, ok}}, true},
		{"an outcome that Budget has not", root,
			[]Operation{{0, 1, 2, "Reserve", 0, 0, 1, Answer{Outcome: "failed: EOF"}}}, false},
		{"an operation that Budget has not", root, []Operation{{0, 1, 2, "Resize", 0, 0, 1, ok}}, false},
		{"the limit of a child", child, []Operation{{0, 1, 2, "Reserve", 2, 0, 3, overLimit}}, true},
		{"another child has none", child, []Operation{{0, 1, 2, "Reserve", 1, 0, 3, overLimit}}, false},
		{"of another child no limit is set", child,
			[]Operation{{0, 1, 2, "SetLimit", 1, 0, 2, Answer{Outcome: "no limit"}}}, true},
		{"what a child holds the root counts", child,
			[]Operation{{0, 1, 2, "Reserve", 1, 0, 2, ok}, {1, 3, 4, "Exact", 0, 0, 0, exact("Enforcing", 3, 2)}}, true},
		{"and its parent has slack", child,
			[]Operation{{0, 1, 2, "Reserve", 1, 0, 2, ok}, {1, 3, 4, "Stats", 0, 0, 0, exact("Enforcing", 3, 3)}}, true},
		{"and it has none itself", child,
			[]Operation{{0, 1, 2, "Reserve", 1, 0, 2, ok}, {1, 3, 4, "Stats", 1, 0, 0, stats(3)}}, false},
		{"moved to where it fits", child,
			[]Operation{{0, 1, 2, "Reserve", 1, 0, 2, ok}, {0, 3, 4, "Move", 1, 2, 2, ok}, {0, 5, 6, "Stats", 2, 0, 0, stats(2)}}, true},
		{"closed", child, []Operation{{0, 1, 2, "Close", 2, 0, 0, Answer{Outcome: "held"}},
			{0, 3, 4, "Exact", 2, 0, 0, Answer{"read", "Closed", 0, 0}}, {0, 5, 6, "Reserve", 2, 0, 1, Answer{Outcome: "closed"}}}, true},
		{"left with what it held", child, []Operation{{0, 1, 2, "Reserve", 1, 0, 2, ok},
			{1, 3, 4, "Leave", 1, 0, 0, Answer{Outcome: "held", Used: 2}}, {0, 5, 6, "Release", 1, 0, 2, ok},
			{0, 7, 8, "Reserve", 0, 0, 3, ok}}, true},
		{"left with less", child, []Operation{{0, 1, 2, "Reserve", 1, 0, 2, ok},
			{1, 3, 4, "Leave", 1, 0, 0, Answer{Outcome: "held", Used: 1}}}, false},
	}
	var hs []History
	for _, h := range histories {
		hs = append(hs, History{h.tree, h.ops})
	}
	explained, err := tlc.Explains(t.Context(), Modules, hs)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range histories {
		if explained[i] != h.explained {
			t.Errorf("%s: explained = %v, want %v", h.name, explained[i], h.explained)
		}
	}
}

// What cannot be judged is an error, and no verdict.
func TestExplainsFails(t *testing.T) {
	ok, root := Answer{Outcome: "ok"}, []Node{{0, NoLimit}}
	for _, tt := range []struct {
		o   Operation
		why string
	}{
		{Operation{0, 1, 2, "Reserve", 0, 0, Largest + 2, ok}, "history 1: no operation"},
		{Operation{0, 1, 2, "Reserve", 0, 0, -2, ok}, "history 1: no operation"},
		{Operation{0, 2, 1, "Reserve", 0, 0, 1, ok}, "history 1: no operation"},
		{Operation{-1, 1, 2, "Reserve", 0, 0, 1, ok}, "history 1: no operation"},
		{Operation{1, 1, 2, "Reserve", 0, 0, 1, ok}, "within another of its client"},
		{Operation{0, 0, 2, "Reserve", 0, 0, 1, ok}, "history 1: two stamps are equal"},
	} {
		h := History{root, []Operation{tt.o, {1, 0, 3, "EndBoot", 0, 0, 0, ok}}}
		_, err := TLC("").Explains(t.Context(), Modules, []History{{Tree: root}, h})
		if err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("Explains of %+v = %v, want %q", tt.o, err, tt.why)
		}
	}
	tlc := findTLC(t, "")
	judge, err := fs.ReadFile(Modules, "Judge.tla")
	if err != nil {
		t.Fatal(err)
	}
	noBudget := fstest.MapFS{"Judge.tla": {Data: judge}}
	if _, err := tlc.Explains(t.Context(), noBudget, []History{{Tree: root}}); err == nil ||
		!strings.Contains(err.Error(), "Cannot find source file for module Budget") {
		t.Errorf("Explains without Budget = %v, want an error", err)
	}
}
