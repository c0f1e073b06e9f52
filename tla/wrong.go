package tla

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"casalloc/tla/edits"
)

// A Mutant is a wrong specification: edits of one module, to which a claim of the module must fall.
type Mutant struct {
	edits.Mutant
	Module string
	Falls  string // the claim
	In     string // the case that is asked first; "" for the order of the cases
}

//go:embed mutants.txt
var mutantsText string

// Mutants returns the wrong specifications.
func Mutants() ([]Mutant, error) { return parseMutants(mutantsText) }

func parseMutants(text string) ([]Mutant, error) {
	read, err := edits.Parse("tla/mutants.txt", text, "falls", "in")
	if err != nil {
		return nil, err
	}
	all := make([]Mutant, 0, len(read))
	for _, m := range read {
		file := m.Edits[0].File
		other := func(e edits.Edit) bool { return e.File != file }
		switch {
		case path.Ext(file) != ".tla" || slices.ContainsFunc(m.Edits, other):
			return nil, fmt.Errorf("tla/mutants.txt: %s edits something else than one module", m.ID)
		case m.Fields["falls"] == "":
			return nil, fmt.Errorf("tla/mutants.txt: %s does not say what falls", m.ID)
		}
		all = append(all, Mutant{Mutant: m, Module: strings.TrimSuffix(file, ".tla"), Falls: m.Fields["falls"],
			In: m.Fields["in"]})
	}
	return all, nil
}

// control is the module as it is: it keeps each claim, or what falls says nothing.
func control(module string) Mutant {
	return Mutant{Mutant: edits.Mutant{ID: edits.Control, Sentence: "The protocol as it is."}, Module: module}
}

// auxiliary are the claims that no mutant may fall to, and why: each is about how a module is
// written, so that an edit can break it and no promise.
var auxiliary = map[string]string{
	"TypeOK":     "the types of the variables",
	"Inv":        "what a proof needs; it is as strong as it takes, and speaks of locals",
	"StockedBit": "the bit in the word against the stocks of the accounts",
}

// A Claim is an invariant or a property of a module, and where it is checked.
type Claim struct {
	Name string
	at   Case   // it expects that the claim is violated
	cfg  string // of the case, without its claims
}

// Claims returns the claims of a module that are no auxiliaries, in the order of the cases. A claim
// is checked in the first passing case of the quick lane, of that module, whose configuration
// claims it: the case named first, or else in the order of the cases.
func Claims(dir fs.FS, cases []Case, module, first string) ([]Claim, error) {
	var claims []Claim
	if i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == first }); i >= 0 {
		cases = slices.Concat(cases[i:i+1], cases[:i], cases[i+1:])
	}
	for _, c := range cases {
		if c.Module != module || !c.Expect.passes() || c.Lane != "quick" {
			continue
		}
		text, err := fs.ReadFile(dir, c.cfgPath())
		if err != nil {
			return nil, err
		}
		rest, claimed := parseCfg(string(text))
		for _, kind := range slices.Sorted(maps.Keys(claimed)) {
			for _, name := range claimed[kind] {
				known := slices.ContainsFunc(claims, func(k Claim) bool { return k.Name == name })
				if _, aux := auxiliary[name]; aux || known {
					continue
				}
				at := Case{Name: c.Name, Module: module, Cfg: "claim.cfg", Expect: Verdict{kind, name}, Lane: c.Lane}
				claims = append(claims, Claim{name, at, rest})
			}
		}
	}
	return claims, nil
}

// A Trial is what TLC says of one claim of one mutant.
type Trial struct {
	Module, Mutant, Claim string
	Fell                  bool
	Length                int // of the counterexample, in states
	Seconds               float64
	// Note is what TLC said, if it said neither that the claim fell nor that it is kept.
	Note string `json:",omitempty"`
}

// String is the trial as a cell of the table.
func (r Trial) String() string {
	switch {
	case r.Note != "":
		return "?"
	case r.Fell:
		return fmt.Sprint(r.Length)
	}
	return "-"
}

// Try asks TLC which claims of the modules in dir fall to the mutant. They are one property, or
// invariants of one case: those are asked together, and without the one that fell until all others
// are kept. So what takes long, a search to the end, is made once. An error is the mutant's, which
// does not fit, or that of ctx; what TLC says is in the trials.
func (m Mutant) Try(ctx context.Context, tlc TLC, dir fs.FS, claims ...Claim) ([]Trial, error) {
	files, err := m.Apply(dir)
	if err != nil {
		return nil, err
	}
	claims = slices.Clone(claims)
	var trials []Trial
	for len(claims) > 0 {
		first := claims[0]
		files[first.at.cfgPath()] = first.cfg
		var names []string
		for _, k := range claims {
			files[first.at.cfgPath()] += strings.ToUpper(k.at.Expect.Kind) + " " + k.Name + "\n"
			names = append(names, k.Name)
		}
		over, err := edits.Overlay(dir, files)
		if err != nil {
			return nil, err
		}
		begin := time.Now()
		said, err := tlc.Refute(ctx, over, first.at, names...)
		r := Trial{Module: m.Module, Mutant: m.ID, Seconds: time.Since(begin).Seconds()}
		if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
			return nil, err
		}
		if err == nil && !said.Verdict.passes() {
			r.Claim, r.Fell = said.Verdict.Name, true
			r.Length = max(len(said.Trace), 1) // none is printed of an initial state
			trials = append(trials, r)
			claims = slices.DeleteFunc(claims, func(k Claim) bool { return k.Name == r.Claim })
			continue
		}
		if err != nil {
			r.Note = err.Error()
		}
		for _, name := range names {
			r.Claim = name
			trials = append(trials, r)
		}
		break
	}
	return trials, nil
}

// claim returns the claim that the mutant must fall to.
func (m Mutant) claim(claims []Claim) (Claim, error) {
	i := slices.IndexFunc(claims, func(k Claim) bool { return k.Name == m.Falls })
	if why, aux := auxiliary[m.Falls]; aux {
		return Claim{}, fmt.Errorf("%s: %s is no claim to fall to: %s", m.ID, m.Falls, why)
	} else if i < 0 {
		return Claim{}, fmt.Errorf("%s: no passing quick case of %s claims %s", m.ID, m.Module, m.Falls)
	}
	return claims[i], nil
}
