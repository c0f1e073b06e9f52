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
	read := func(mode string, limit, counter int64) Answer { return Answer{"read", mode, limit, counter} }
	setLimit := Operation{0, 1, 2, "SetLimit", 3, ok}
	histories := []struct {
		name      string
		history   History
		explained bool
	}{
		{"nothing", nil, true},
		{"refused after a grant", History{setLimit, {0, 3, 4, "Reserve", 2, ok}, {1, 5, 6, "Reserve", 2, overLimit}}, true},
		{"refused before it", History{setLimit, {1, 3, 4, "Reserve", 2, overLimit}, {0, 5, 6, "Reserve", 2, ok}}, false},
		{"refused while it runs", History{setLimit, {0, 3, 6, "Reserve", 2, ok}, {1, 4, 5, "Reserve", 2, overLimit}}, true},
		{"in another order", History{{1, 4, 5, "Reserve", 2, overLimit}, {0, 3, 6, "Reserve", 2, ok}, setLimit}, true},
		{"the first event", History{{0, 1, 2, "Stats", 0, read("Counting", 0, 0)}}, true},
		{"the last event", History{setLimit, {1, 3, 4, "Stats", 0, read("Enforcing", 3, 1)}}, false},
		{"a reading of the limit", History{setLimit, {1, 3, 4, "Stats", 0, read("Enforcing", 3, 0)}}, true},
		{"the largest sizes", History{{0, 1, 2, "Reserve", Largest, ok}, {0, 3, 4, "Reserve", Largest, ok},
			{0, 5, 6, "Reserve", 1, overLimit}, {0, 7, 8, "Reserve", Largest + 1, Answer{Outcome: "bad size"}}}, true},
		{"an outcome that Budget has not", History{{0, 1, 2, "Reserve", 1, Answer{Outcome: "failed: EOF"}}}, false},
		{"an operation that Budget has not", History{{0, 1, 2, "Resize", 1, ok}}, false},
	}
	var hs []History
	for _, h := range histories {
		hs = append(hs, h.history)
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
	ok := Answer{Outcome: "ok"}
	for _, tt := range []struct {
		o   Operation
		why string
	}{
		{Operation{0, 1, 2, "Reserve", Largest + 2, ok}, "history 1: no operation"},
		{Operation{0, 1, 2, "Reserve", -2, ok}, "history 1: no operation"},
		{Operation{0, 2, 1, "Reserve", 1, ok}, "history 1: no operation"},
		{Operation{-1, 1, 2, "Reserve", 1, ok}, "history 1: no operation"},
		{Operation{1, 1, 2, "Reserve", 1, ok}, "within another of its client"},
		{Operation{0, 0, 2, "Reserve", 1, ok}, "history 1: two stamps are equal"},
	} {
		h := History{tt.o, {1, 0, 3, "EndBoot", 0, ok}}
		_, err := TLC("").Explains(t.Context(), Modules, []History{nil, h})
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
	if _, err := tlc.Explains(t.Context(), noBudget, []History{nil}); err == nil ||
		!strings.Contains(err.Error(), "Cannot find source file for module Budget") {
		t.Errorf("Explains without Budget = %v, want an error", err)
	}
}
