package tla

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestClaimsOf(t *testing.T) {
	pass := Verdict{Kind: "pass"}
	cases := []Case{
		{Module: "Toy", Cfg: "refuted.cfg", Expect: Verdict{"invariant", "R"}, Lane: "quick"},
		{Module: "Toy", Cfg: "full.cfg", Expect: pass, Lane: "full"},
		{Module: "Tow", Cfg: "other.cfg", Expect: pass, Lane: "quick"},
		{Module: "Toy", Cfg: "a.cfg", Expect: pass, Lane: "quick"},
		{Name: "B", Module: "Toy", Cfg: "b.cfg", Expect: pass, Lane: "quick"},
	}
	dir := fstest.MapFS{
		"cases/refuted.cfg": {Data: []byte("INVARIANT R")},
		"cases/full.cfg":    {Data: []byte("INVARIANT F")},
		"cases/other.cfg":   {Data: []byte("INVARIANT O")},
		"cases/a.cfg": {Data: []byte("\\* a\nCONSTANT N = 1\nINVARIANTS TypeOK Exact\n" +
			"SPECIFICATION Spec\nPROPERTY Ends Goes")},
		"cases/b.cfg": {Data: []byte("CONSTANT N = 2\nINVARIANT Exact\nINVARIANT Never\nSPECIFICATION Fair")},
	}
	for first, want := range map[string]string{
		"": `invariant [Exact] of "CONSTANT N = 1\nSPECIFICATION Spec\n"
property [Ends] of "CONSTANT N = 1\nSPECIFICATION Spec\n"
property [Goes] of "CONSTANT N = 1\nSPECIFICATION Spec\n"
invariant [Never] of "CONSTANT N = 2\nSPECIFICATION Fair\n"
`,
		"B": `invariant [Exact Never] of "CONSTANT N = 2\nSPECIFICATION Fair\n"
property [Ends] of "CONSTANT N = 1\nSPECIFICATION Spec\n"
property [Goes] of "CONSTANT N = 1\nSPECIFICATION Spec\n"
`} {
		claims, err := ClaimsOf(dir, cases, "Toy", first)
		got := ""
		for _, k := range claims {
			got += fmt.Sprintf("%s %s of %q\n", k.kind, k.Names, k.cfg)
		}
		if got != want || err != nil {
			t.Errorf("ClaimsOf with %q first, %v =\n%swant\n%s", first, err, got, want)
		}
	}
}

// TestRefute: a claim falls or is kept, and any other end of TLC is an error of the claim.
func TestRefute(t *testing.T) {
	tlc, err := FindTLC()
	if err != nil {
		t.Skip(err)
	}
	text, err := fs.ReadFile(toy, "Toy.tla")
	if err != nil {
		t.Fatal(err)
	}
	all := Claims{
		Names: []string{"NothingLost", "TypeOK", "Positive"},
		at:    Case{Name: "toy", Module: "Toy", Lane: "quick"},
		kind:  "invariant",
		cfg:   "CONSTANTS Threads = {t1, t2} Atomic = TRUE Ends = FALSE\nSPECIFICATION Spec\n",
	}
	lost := all.Only([]string{"NothingLost", "Other"})
	for _, tt := range []struct {
		name, old, new string
		claims         Claims
		want           string
	}{
		{"falls", "IF Atomic\n", "IF FALSE\n", lost, "NothingLost 5"},
		{"kept", "seen[t] + 1", "seen[t]", lost, "NothingLost 0"},
		{"deadlock", `~Ends /\`, `FALSE /\`, lost, `NothingLost 0 toy: verdict "deadlock"`},
		{"one in the first state, one later, one kept", "IF Atomic\n", "IF FALSE\n",
			all, "Positive 1, NothingLost 5, TypeOK 0"},
	} {
		over, err := Overlay(toy, map[string]string{"Toy.tla": strings.Replace(string(text), tt.old, tt.new, 1)})
		if err != nil {
			t.Fatal(err)
		}
		found, err := tlc.Refute(t.Context(), over, tt.claims)
		var got []string
		for _, f := range found {
			s := fmt.Sprint(f.Claim, " ", f.Length)
			if f.Err != nil {
				first, _, _ := strings.Cut(f.Err.Error(), "\n")
				s += " " + first
			}
			got = append(got, s)
		}
		if said := strings.Join(got, ", "); err != nil || said != tt.want {
			t.Errorf("%s: Refute = %s, %v, want %s", tt.name, said, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found, err := tlc.Refute(ctx, toy, lost); !errors.Is(err, context.Canceled) || found != nil {
		t.Errorf("Refute after the end of ctx = %v, %v", found, err)
	}
}
