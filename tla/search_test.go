package tla

import (
	"context"
	"strings"
)

// A search is one run of TLC. It judges one case, or several that pass and whose configurations
// differ in their claims alone: all claims are kept exactly if those of each case are, in the same
// states.
type search struct {
	cases    []Case
	module   string
	cfg      string // without the claims
	claims   map[string][]string
	coverage bool
}

func searchesOf(cases []Case) ([]search, error) {
	var all []search
	at := make(map[string]int)
	for _, c := range cases {
		text, err := Modules.ReadFile(c.cfgPath())
		if err != nil {
			return nil, err
		}
		cfg, claims := parseCfg(string(text))
		key := c.Name
		if c.Expect.passes() {
			key = c.of() + "\n" + cfg
		}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(all), len(all)
			all = append(all, search{cfg: cfg, claims: make(map[string][]string)})
		}
		s := &all[i]
		s.cases = append(s.cases, c)
		s.module = max(s.module, c.Module) // XInv, or MCX, extends X
		s.coverage = s.coverage || wantsCoverage(c)
		for kind, names := range claims {
			s.claims[kind] = distinct(append(s.claims[kind], names...))
		}
	}
	return all, nil
}

func (s search) name() string {
	var names []string
	for _, c := range s.cases {
		names = append(names, c.Name)
	}
	return strings.Join(names, "+")
}

// run returns the exit code and the log of TLC.
func (s search) run(ctx context.Context, tlc TLC) (int, string, error) {
	c, dir := s.cases[0], Modules
	args := []string{"-workers", c.workers()}
	if s.coverage {
		args = append(args, "-coverage", "1")
	}
	if len(s.cases) == 1 {
		return tlc.exec(ctx, dir, c, nil, args...)
	}
	c.Name, c.Module, c.Cfg = s.name(), s.module, "together.cfg"
	cfg := s.cfg
	for kind, names := range s.claims {
		cfg += strings.ToUpper(kind) + " " + strings.Join(names, " ") + "\n"
	}
	over, err := Overlay(dir, map[string]string{c.cfgPath(): cfg})
	if err != nil {
		return 0, "", err
	}
	return tlc.exec(ctx, over, c, nil, args...)
}
