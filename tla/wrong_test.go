package tla

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"casalloc/tla/edits"
	"casalloc/tla/readme"

	"github.com/google/go-cmp/cmp"
)

// minMutants is how many wrong specifications there are at least.
const minMutants = 70

// mutantClaims returns the mutants, and of each the claim that must fall.
func mutantClaims(t *testing.T) ([]Mutant, map[string]Claim) {
	t.Helper()
	mutants, err := Mutants()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	falls := make(map[string]Claim)
	for _, m := range mutants {
		claims, err := Claims(Modules, cases, m.Module, m.In)
		if err != nil {
			t.Fatal(err)
		}
		if falls[m.ID], err = m.claim(claims); err != nil {
			t.Error(err)
		}
	}
	return mutants, falls
}

// TestMutantsFit: every mutant fits its module exactly once, and some case claims what must fall.
func TestMutantsFit(t *testing.T) {
	mutants, _ := mutantClaims(t)
	if len(mutants) < minMutants {
		t.Errorf("%d wrong specifications, want %d or more", len(mutants), minMutants)
	}
	for _, m := range mutants {
		if _, err := m.Apply(Modules); err != nil {
			t.Error(err)
		}
	}
}

// TestMutants: each wrong specification falls to its claim. TestCases says that the protocol keeps
// the claim.
func TestMutants(t *testing.T) {
	mutants, falls := mutantClaims(t)
	tlc := findTLC(t, fmt.Sprintf("%d wrong specifications", len(mutants)))
	clock, done := startClock(t, "wrong specifications"), tally{by: make(map[string]int)}
	t.Cleanup(func() { // after the parallel subtests
		summary = append(summary, fmt.Sprintf("%d wrong specifications: %s refuted %d, out of time %d",
			len(mutants), tlcEngine, done.by[tlcEngine], len(clock.left)))
	})
	for _, m := range mutants {
		t.Run(m.ID, func(t *testing.T) {
			t.Parallel()
			clock.judge(t, m.ID, func(ctx context.Context) error {
				trials, err := m.Try(ctx, tlc, Modules, falls[m.ID])
				if err == nil {
					err = trials[0].problem(m.Falls)
				}
				if err == nil {
					done.add(tlcEngine, Report{})
					t.Logf("%s: %s falls in %d states", m.ID, m.Falls, trials[0].Length)
				}
				return err
			})
		})
	}
}

func TestMutantsStrict(t *testing.T) {
	const good = "# A\nx\nfalls: Exact\n@ M.tla\n-a\n+b\n"
	for _, tt := range []struct{ name, text, why string }{
		{"good", good, ""},
		{"falls to nothing", strings.Replace(good, "falls: Exact\n", "", 1), "does not say what falls"},
		{"two modules", good + "@ N.tla\n-a\n+b\n", "something else than one module"},
		{"a configuration", strings.Replace(good, "M.tla", "cases/M.cfg", 1), "something else than one module"},
		{"twice", good + good, "a second mutant A"},
	} {
		_, err := parseMutants(tt.text)
		if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.why)
		}
	}
}

func TestClaims(t *testing.T) {
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
			"SPECIFICATION Spec\nPROPERTY Ends")},
		"cases/b.cfg": {Data: []byte("CONSTANT N = 2\nINVARIANT Exact\nINVARIANT Never\nSPECIFICATION Fair")},
	}
	claims, err := Claims(dir, cases, "Toy", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range claims {
		got = append(got, fmt.Sprintf("%s of %s: %q", k.at.Expect, k.at.Module, k.cfg))
	}
	want := []string{
		`invariant Exact of Toy: "CONSTANT N = 1\nSPECIFICATION Spec\n"`,
		`property Ends of Toy: "CONSTANT N = 1\nSPECIFICATION Spec\n"`,
		`invariant Never of Toy: "CONSTANT N = 2\nSPECIFICATION Fair\n"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("Claims =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if claims, err := Claims(dir, cases, "Toy", "B"); err != nil || len(claims) != 3 || claims[0].Name != "Exact" ||
		claims[0].cfg != "CONSTANT N = 2\nSPECIFICATION Fair\n" {
		t.Errorf("Claims with B first = %v, %v", claims, err)
	}
	whys := map[string]string{"Ends": "", "TypeOK": "is no claim to fall to", "F": "no passing quick case"}
	for falls, why := range whys {
		_, err := Mutant{Falls: falls}.claim(claims)
		if (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("the claim %s: %v, want %q", falls, err, why)
		}
	}
}

// testMatrix is a matrix of two mutants of two claims, with trials as they must be.
func testMatrix(t *testing.T) *Matrix {
	t.Helper()
	dir := fstest.MapFS{
		"cases/a.cfg": {Data: []byte("INVARIANTS One Two")},
		"cases/b.cfg": {Data: []byte("PROPERTY Three")},
	}
	cases := []Case{
		{Module: "A", Cfg: "a.cfg", Expect: Verdict{Kind: "pass"}, Lane: "quick"},
		{Module: "B", Cfg: "b.cfg", Expect: Verdict{Kind: "pass"}, Lane: "quick"},
	}
	x, err := NewMatrix(dir, cases, []Mutant{
		{Mutant: edits.Mutant{ID: "M", Sentence: "Says a | b."}, Module: "A", Falls: "Two"},
		{Mutant: edits.Mutant{ID: "N", Sentence: "Says c."}, Module: "B", Falls: "Three"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Trial{
		{Module: "A", Mutant: "-", Claim: "One"}, {Module: "A", Mutant: "-", Claim: "Two"},
		{Module: "A", Mutant: "M", Claim: "One", Note: "A of One: message 1\n  TLC threw"},
		{Module: "A", Mutant: "M", Claim: "Two", Fell: true, Length: 12},
	} {
		x.Tables[0].Trials[[2]string{r.Mutant, r.Claim}] = r
	}
	x.Tables[1].Trials[[2]string{"-", "Three"}] = Trial{Module: "B", Mutant: "-", Claim: "Three"}
	x.Tables[1].Trials[[2]string{"N", "Three"}] = Trial{Module: "B", Mutant: "N", Claim: "Three", Fell: true, Length: 3}
	return x
}

const testTable = `| ` + "`A`" + ` | what is wrong | ` + "`One` | `Two`" + ` |
|---|---|---|---|
| - | The protocol as it is. | - | - |
| ` + "`M`" + ` | Says a \| b. | ? | **12** |

| ` + "`B`" + ` | what is wrong | ` + "`Three`" + ` |
|---|---|---|
| - | The protocol as it is. | - |
| ` + "`N`" + ` | Says c. | **3** |

- ? ` + "`A` `M` `One`" + `: A of One: message 1
`

func TestMatrix(t *testing.T) {
	x := testMatrix(t)
	if d := cmp.Diff(testTable, x.Markdown()); d != "" {
		t.Errorf("Markdown (-want +got):\n%s", d)
	}
	if err := x.Check(); err != nil {
		t.Errorf("Check = %v", err)
	}
	if _, err := NewMatrix(Modules, nil, []Mutant{{Module: "A", Falls: "One"}}); err == nil {
		t.Error("a matrix of a claim that no case makes")
	}
}

// A table that is not of these mutants and claims is stale. One that is may still show a mutant that
// its claim does not catch.
func TestMatrixStrict(t *testing.T) {
	for _, tt := range []struct{ name, old, new, stale, wrong string }{
		{"as it is", "", "", "", ""},
		{"another length", "12", "13", "", ""},
		{"another sentence", "Says c", "Says d", "stale", ""},
		{"another id", "`N`", "`O`", "no cell for Three of B N", ""},
		{"not asked, and it was", "| ? | **12** |", "| · | **12** |", "stale", ""},
		{"another claim", "`Two`", "`Four`", "stale", ""},
		{"no cell", " **3** |", "", "no cell for Three of B N", ""},
		{"a further cell", "| **3** |", "| **3** | - |", "stale", ""},
		{"a further row", "\n\n- ?", "\n| `O` | Says d. | **3** |\n\n- ?", "stale", ""},
		{"another falls", "| ? | **12** |", "| **12** | ? |", "stale", ""},
		{"no note", "\n- ? `A`", "\n. `A`", "stale", ""},
		{"what must fall is kept", "**12**", "**-**", "", "A M: Two is kept, and must fall"},
		{"the protocol falls", "| - | - |", "| - | 7 |", "", "A as it is: Two falls in 7 states"},
	} {
		x := testMatrix(t)
		clear(x.Tables[0].Trials)
		clear(x.Tables[1].Trials)
		err := x.Read(strings.Replace(testTable, tt.old, tt.new, 1))
		if (err == nil) != (tt.stale == "") || err != nil && !strings.Contains(err.Error(), tt.stale) {
			t.Errorf("%s: Read = %v, want %q", tt.name, err, tt.stale)
		}
		if err != nil {
			continue
		}
		if err := x.Check(); (err == nil) != (tt.wrong == "") || err != nil && err.Error() != tt.wrong {
			t.Errorf("%s: Check = %v, want %q", tt.name, err, tt.wrong)
		}
	}
	unjudged := testMatrix(t)
	unjudged.Tables[0].Trials[[2]string{"M", "Two"}] = Trial{Module: "A", Mutant: "M", Claim: "Two", Note: "timed out"}
	if err := unjudged.Check(); err == nil || err.Error() != "A M: TLC does not judge Two: timed out" {
		t.Errorf("Check of what TLC does not judge = %v", err)
	}
}

// TestMutantTable fails when the README does not show the mutants of mutants.txt and the claims of
// cases.tsv, or shows that a mutant is not caught.
func TestMutantTable(t *testing.T) {
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	mutants, err := Mutants()
	if err != nil {
		t.Fatal(err)
	}
	x, err := NewMatrix(Modules, cases, mutants)
	if err != nil {
		t.Fatal(err)
	}
	text, err := readme.Read("README.md", WrongSection)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Read(text); err != nil {
		t.Errorf("README.md: %v: go run ./tla/cmd/mutants -write", err)
	} else if err := x.Check(); err != nil {
		t.Errorf("README.md: %v", err)
	}
}
