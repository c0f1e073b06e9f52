// Package sany reads TLA+ modules, as SANY, the parser in TLC's jar, understands them.
package sany

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind is a kind of expression, as SANY tells them apart.
type Kind int

const (
	Numeral Kind = iota
	String
	Builtin     // an operator of the language: Name says which
	Defined     // of an operator that a module defines: Def
	Declared    // of a constant or a variable: Name
	Param       // of a parameter or a bound identifier: UID
	Let         // Args[0], with local definitions
	Substituted // Args[0], with Substs: what a module says, of what is put for its names
	At          // @
	Operator    // an operator as an argument: Def, or the parameter UID
	Pair        // of a CASE, an EXCEPT or a record
	Other       // OTHER
	Unread      // what has no place here: Name says what
)

// An Expr is a node of SANY's syntax tree.
type Expr struct {
	Kind   Kind
	Level  int // 0 constant, 1 state, 2 step, 3 behavior
	Name   string
	Value  int64
	UID    int
	Def    *Definition
	Args   []*Expr
	Bounds []Bounded
	Substs []Substitution
	Position
}

// A Position in the text of a module.
type Position struct {
	File string // of the module, without .tla
	Line int
}

func (p Position) String() string { return fmt.Sprintf("%s.tla:%d", p.File, p.Line) }

// A Bounded has identifiers that a quantifier, a set or a function binds, and their set.
type Bounded struct {
	UIDs  []int
	Tuple bool // they are the elements of a tuple
	In    *Expr
}

// A Substitution puts an expression of this module in the place of a name of another.
type Substitution struct {
	UID int
	By  *Expr
}

// A Definition is that of an operator.
type Definition struct {
	Name      string
	Module    string
	Params    []int
	Body      *Expr // nil: of a standard module
	Recursive bool
}

// A Theorem is a THEOREM of a module.
type Theorem struct {
	Name string // "" if it has none
	Text string // as it stands in the module
	At   Position
	Body *Expr
}

// A Module is a TLA+ module, with those that it extends.
type Module struct {
	Name      string
	Defs      map[string]*Definition
	Constants []string
	Variables []string
	Assumes   []*Expr
	Theorems  []Theorem           // of the module itself, not of those that it extends
	Positions map[string]Position // of constants and variables
	Names     map[int]string      // of parameters
}

// Standard has the modules that come with SANY. What they say of their operators is often no more
// than a name: Nat == { }.
var Standard = map[string]bool{"Naturals": true, "Integers": true, "Reals": true, "Sequences": true,
	"FiniteSets": true, "Bags": true, "TLC": true, "RealTime": true, "Randomization": true, "Toolbox": true}

// Is says that the expression is of one of the built-in operators.
func (x *Expr) Is(operators ...string) bool {
	return x.Kind == Builtin && slices.Contains(operators, x.Name)
}

// IsAnd says that the expression is a conjunction.
func (x *Expr) IsAnd() bool { return x.Is("$ConjList", "\\land") }

// OfInstance says that the expression has a name of an instance in it, or in what its names stand
// for.
func (x *Expr) OfInstance(seen map[*Definition]bool) bool {
	if x.Kind == Substituted {
		return true
	}
	for _, y := range x.Args {
		if y.OfInstance(seen) {
			return true
		}
	}
	for _, b := range x.Bounds {
		if b.In != nil && b.In.OfInstance(seen) {
			return true
		}
	}
	if x.Def == nil || x.Def.Body == nil || seen[x.Def] {
		return false
	}
	seen[x.Def] = true
	return x.Def.Body.OfInstance(seen)
}

// Text is what stands for the name of the definition.
func (d *Definition) Text() *Expr {
	switch {
	case d.Body == nil:
		panic(Refuse("%s of module %s", d.Name, d.Module))
	case d.Recursive:
		panic(Refuse("%s, which is recursive", d.Name))
	}
	return d.Body
}

// sumText is what a sum says: Sum(F, S) == IF S = {} THEN 0 ELSE LET t == CHOOSE t \in S : TRUE
// IN F(t) + Sum(F, S \ {t}).
const sumText = "($IfThenElse(=($1)($SetEnumerate))0(+($0($BoundedChoose in($1)(TRUE)))" +
	"(self($0)(\\($1)($SetEnumerate($BoundedChoose in($1)(TRUE)))))))"

// IsSum says that the definition, of whatever name, is that of a sum.
func (d *Definition) IsSum() bool { return d.canonical() == sumText }

// canonical is the definition as one string. Those that say the same are the same, whatever
// they call themselves, their parameters and what they define inside.
func (d *Definition) canonical() string {
	var b strings.Builder
	known := slices.Clone(d.Params)
	var walk func(*Expr)
	walk = func(x *Expr) {
		head := "?"
		switch {
		case x.Kind == Let:
			walk(x.Args[0])
			return
		case x.Kind == Numeral:
			fmt.Fprint(&b, x.Value)
			return
		case x.Kind == Defined && x.Def == d:
			head = "self"
		case x.Kind == Defined && len(x.Def.Params) == 0 && x.Def.Body != nil:
			walk(x.Def.Body)
			return
		case x.Kind == Builtin, x.Kind == Defined && Standard[x.Def.Module]:
			head = x.Name
		case slices.Contains(known, x.UID):
			head = fmt.Sprintf("$%d", slices.Index(known, x.UID))
		}
		b.WriteString("(" + head)
		for _, in := range x.Bounds {
			if b.WriteString(" in"); in.In != nil {
				walk(in.In)
			}
			known = append(known, in.UIDs...)
		}
		for _, y := range x.Args {
			walk(y)
		}
		b.WriteString(")")
	}
	walk(d.Body)
	return b.String()
}
