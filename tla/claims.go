package tla

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"
)

// auxiliary are the claims that say nothing about the protocol: each is about how a module is
// written, so that an edit can break it without breaking a promise.
var auxiliary = []string{
	"TypeOK", // the types of the variables
	"Inv",    // what a proof needs; it is as strong as it takes, and speaks of locals
}

// Claims are what TLC can judge at once: invariants of one case, or one property.
type Claims struct {
	Names []string
	at    Case   // whose configuration claims them
	kind  string // invariant or property
	cfg   string // of the case, without its claims
}

// ClaimsOf returns the claims of a module that are no auxiliaries, in the order of the cases. A
// claim is checked in the first passing case of the quick lane, about that module, whose configuration
// claims it: the case named first, or else in the order of the cases.
func ClaimsOf(dir fs.FS, cases []Case, module, first string) ([]Claims, error) {
	var all []Claims
	known := slices.Clone(auxiliary)
	if i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == first }); i >= 0 {
		cases = slices.Concat(cases[i:i+1], cases[:i], cases[i+1:])
	}
	for _, c := range cases {
		if c.of() != module || !c.Expect.passes() || c.Lane != "quick" {
			continue
		}
		text, err := fs.ReadFile(dir, c.cfgPath())
		if err != nil {
			return nil, err
		}
		rest, claimed := parseCfg(string(text))
		for _, kind := range slices.Sorted(maps.Keys(claimed)) {
			names := slices.DeleteFunc(claimed[kind], func(name string) bool { return slices.Contains(known, name) })
			known = append(known, names...)
			together := max(1, len(names))
			if kind == "property" {
				together = 1
			}
			for group := range slices.Chunk(names, together) {
				all = append(all, Claims{group, c, kind, rest})
			}
		}
	}
	return all, nil
}

// Only returns the claims of these names.
func (k Claims) Only(names []string) Claims {
	other := func(name string) bool { return !slices.Contains(names, name) }
	k.Names = slices.DeleteFunc(slices.Clone(k.Names), other)
	return k
}

// A Finding is the answer of TLC to one claim.
type Finding struct {
	Claim  string
	Length int   // of the counterexample, in states; 0 if the claim is kept
	Err    error // TLC found neither that the claim falls nor that it is kept
}

// Refute lets TLC find which of the claims fall in the modules of dir. It asks for all at once, and
// without the one that fell until all others are kept, so the long search, that to the end, is made
// once. The searches are the same on every run. An error is that of ctx.
func (t TLC) Refute(ctx context.Context, dir fs.FS, claims Claims) ([]Finding, error) {
	var found []Finding
	names := slices.Clone(claims.Names)
	for len(names) > 0 {
		r, err := t.refute(ctx, dir, claims, names)
		if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
			return nil, err
		}
		if err != nil || r.Verdict.passes() {
			for _, name := range names {
				found = append(found, Finding{Claim: name, Err: err})
			}
			break
		}
		fell := r.Verdict.Name
		found = append(found, Finding{Claim: fell, Length: max(len(r.Trace), 1)}) // no trace of an initial state
		names = slices.DeleteFunc(names, func(name string) bool { return name == fell })
	}
	return found, nil
}

// refute runs the case of the claims with those of these names. The report says which is violated
// first, or that the case passes. Any other end is an error.
func (t TLC) refute(ctx context.Context, dir fs.FS, claims Claims, names []string) (Report, error) {
	c := Case{Name: claims.at.Name, Module: claims.at.Module, Cfg: "claim.cfg", Lane: claims.at.Lane,
		Expect: Verdict{claims.kind, names[0]}}
	cfg := claims.cfg + strings.ToUpper(claims.kind) + " " + strings.Join(names, " ") + "\n"
	over, err := Overlay(dir, map[string]string{c.cfgPath(): cfg})
	if err != nil {
		return Report{}, err
	}
	return t.run(ctx, over, c, nil, judgeClaim(names...), "-workers", "1")
}

// Overlay returns a copy of dir in which files are in the place of its own.
func Overlay(dir fs.FS, files map[string]string) (fs.FS, error) {
	over := make(fstest.MapFS)
	err := fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dir, path)
		over[path] = &fstest.MapFile{Data: b}
		return err
	})
	for name, text := range files {
		over[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return over, err
}
