package tla

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestCasesStrict(t *testing.T) {
	const (
		cell = "toy\tToy\ttoy.cfg\tpass\t4\t6\t0\tquick\tToy\tOne,Two\ttlc\n"
		both = "SPECIFICATION Spec\nINVARIANTS TypeOK One\nPROPERTY Two\n"
		good = "toy\tToy\ttoy.cfg\tinvariant Never\t4\t6\t3\tquick\t-\t-\ttlc,tla-checker\n"
		cfg  = "\\* Toy\nSPECIFICATION Spec\nINVARIANT Never \\* of all\n"
	)
	for _, tt := range []struct {
		name, table, cfg string
		why              string // "" when the table is good
	}{
		{"good", good, cfg, ""},
		{"no row", "", cfg, "no row for cases/toy.cfg"},
		{"no cfg", good + strings.ReplaceAll(good, "toy", "toy2"), cfg, "toy2.cfg: file does not exist"},
		{"no module", strings.Replace(good, "Toy", "Tow", 1), cfg, "Tow.tla: file does not exist"},
		{"same name", good + good, cfg, "a second row"},
		{"empty column", strings.Replace(good, "4", "", 1), cfg, "column 5 is empty"},
		{"empty protocol", strings.Replace(good, "-\t-", "\t-", 1), cfg, "column 9 is empty"},
		{"missing column", strings.Replace(good, "\tquick", "", 1), cfg, "10 columns, want 11"},
		{"no number", strings.Replace(good, "4", "four", 1), cfg, "invalid syntax"},
		{"unknown verdict", strings.Replace(good, "invariant Never", "violated", 1), cfg, "none of"},
		{"nameless verdict", strings.Replace(good, "invariant Never", "invariant", 1), cfg, "none of"},
		{"unknown lane", strings.Replace(good, "quick", "fast", 1), cfg, "neither quick nor full"},
		{"unknown engine", strings.Replace(good, "tlc,tla-checker", "spin", 1), cfg, "engines"},
		{"refuted without a counterexample", strings.Replace(good, "\t3\t", "\t0\t", 1), cfg, "counterexample of 0"},
		{"passes with a counterexample", strings.Replace(good, "invariant Never", "pass", 1), cfg,
			"counterexample of 3"},
		{"two claims", good, cfg + "INVARIANT TypeOK\n", "claims [Never TypeOK]"},
		{"other claim", good, strings.Replace(cfg, "Never", "Ever", 1), "claims [Ever]"},
		{"cell of two promises", cell, both, ""},
		{"cell not claimed", cell, strings.Replace(both, "Two", "Three", 1),
			"a cell of Two, which toy.cfg does not claim"},
		{"cell claimed in a comment", cell, strings.Replace(both, "PROPERTY", `\*`, 1), "a cell of Two"},
		{"no cell, not claimed", strings.Replace(cell, "\tToy\tOne", "\t-\tOne", 1), "SPECIFICATION Spec\n", ""},
		{"cell without a promise", strings.Replace(cell, "One,Two", "-", 1), both, "without a promise"},
		{"promise twice", strings.Replace(cell, "Two", "One", 1), both, "a promise twice"},
		{"empty promise", strings.Replace(cell, "Two", "", 1), both, "no list of promises"},
		{"padded promise", strings.Replace(cell, ",", ", ", 1), both, "no list of promises"},
		{"dash in a list", strings.Replace(cell, "Two", "-", 1), both, "no list of promises"},
		{"refutation of two promises", strings.Replace(good, "-\t-", "Toy\tNever,Ever", 1), cfg, "of 2 promises"},
		{"refuted cell of another promise", strings.Replace(good, "-\t-", "Toy\tEver", 1), cfg, "a cell of Ever"},
		{"property for tla-checker", good, cfg + "PROPERTY\n Ends", "cannot judge a property"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Cases(fstest.MapFS{
				"cases.tsv":     {Data: []byte(header + "\n" + tt.table)},
				"cases/toy.cfg": {Data: []byte(tt.cfg)},
				"Toy.tla":       {},
			})
			if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
				t.Errorf("Cases: %v, want %q", err, tt.why)
			}
		})
	}
	if _, err := Cases(fstest.MapFS{"cases.tsv": {Data: []byte("name\n")}}); err == nil {
		t.Error("another header passes")
	}
}
