package mutants

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"casalloc/linearizability/mutate"
	"casalloc/tla"
)

var cases = sync.OnceValues(func() ([]tla.Case, error) { return tla.Cases(tla.Modules) })

// specTables has a table for each module. Its checks are the claims of the module, which TLC
// judges. A mutant edits one module, and names the claim that must fall ("falls: "), perhaps also
// the case that is asked first ("in: "). It is put to that claim.
func specTables(_ string, mutants []mutate.Mutant) ([]mutate.Table, error) {
	var tables []mutate.Table
	for _, m := range mutants {
		file, falls := m.Edits[0].File, m.Fields["falls"]
		module, isModule := strings.CutSuffix(file, ".tla")
		if !isModule || slices.ContainsFunc(m.Edits, func(e mutate.Edit) bool { return e.File != file }) {
			return nil, fmt.Errorf("%s edits something else than one module", m.ID)
		}
		claims, err := claimsFor(module, m)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(claims, func(k tla.Claims) bool { return slices.Contains(k.Names, falls) })
		if i < 0 {
			return nil, fmt.Errorf("%s must fall to %q, which is an auxiliary, or no passing quick case of %s claims it",
				m.ID, falls, module)
		}
		m.Asked, m.Must = []string{falls}, []string{falls}
		at := slices.IndexFunc(tables, func(t mutate.Table) bool { return t.Name == module })
		if at < 0 {
			t, err := moduleTable(module)
			if err != nil {
				return nil, err
			}
			at = len(tables)
			tables = append(tables, t)
		}
		tables[at].Mutants = append(tables[at].Mutants, m)
	}
	return tables, nil
}

// claimsFor returns the claims of a module, in the order in which a mutant is put to them.
func claimsFor(module string, m mutate.Mutant) ([]tla.Claims, error) {
	cases, err := cases()
	if err != nil {
		return nil, err
	}
	return tla.ClaimsOf(tla.Modules, cases, module, m.Fields["in"])
}

// moduleTable returns the table of a module, without a mutant.
func moduleTable(module string) (mutate.Table, error) {
	t := mutate.Table{Name: module}
	claims, err := claimsFor(module, mutate.Mutant{})
	var all []string
	for _, k := range claims {
		all = append(all, k.Names...)
	}
	for _, name := range all {
		t.Checks = append(t.Checks, mutate.Check{Name: name})
	}
	t.Mutants = []mutate.Mutant{mutate.AsIs(all)}
	t.Try = func(ctx context.Context, m mutate.Mutant, report func(string, mutate.Cell)) error {
		tlc, noTLC := tla.FindTLC()
		files, unfit := m.Apply(tla.Modules)
		dir, unread := tla.Overlay(tla.Modules, files)
		claims, unclaimed := claimsFor(module, m)
		if err := cmp.Or(noTLC, unfit, unread, unclaimed); err != nil {
			return err
		}
		for _, k := range claims {
			found, err := tlc.Refute(ctx, dir, k.Only(m.Asked))
			if err != nil {
				return err
			}
			for _, f := range found {
				report(f.Claim, cellOf(f))
			}
		}
		return nil
	}
	return t, err
}

// cellOf is what TLC found as a cell: a claim that fell has caught the mutant.
func cellOf(f tla.Finding) mutate.Cell {
	c := mutate.Cell{Verdict: mutate.Survived}
	if f.Length > 0 {
		c.Verdict, c.After = mutate.Caught, fmt.Sprint(f.Length)
	}
	if f.Err != nil {
		c.Verdict, c.Evidence = mutate.Broken, f.Err.Error()
	}
	if errors.Is(f.Err, context.DeadlineExceeded) {
		c.Verdict = mutate.TimedOut
	}
	return c
}
