package prove

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A kind of expression, as SANY tells them apart.
type kind int

const (
	numeral kind = iota
	stringOf
	builtin     // an operator of the language: name says which
	defined     // of an operator that a module defines: def
	declared    // of a constant or a variable: name
	param       // of a parameter or a bound identifier: uid
	let         // args[0], with local definitions
	substituted // args[0], with substs: what a module says, of what is put for its names
	at          // @
	operator    // an operator as an argument: def, or the parameter uid
	pair        // of a CASE, an EXCEPT or a record
	otherwise   // OTHER
	unread      // what has no place here: name says what
)

// An expr is a node of SANY's syntax tree.
type expr struct {
	kind   kind
	level  int // 0 constant, 1 state, 2 step, 3 behavior
	name   string
	value  int64
	uid    int
	def    *definition
	args   []*expr
	bounds []bounded
	substs []substitution
	position
}

// A position in the text of a module.
type position struct {
	file string // of the module, without .tla
	line int
}

func (p position) String() string { return fmt.Sprintf("%s.tla:%d", p.file, p.line) }

// What a quantifier, a set or a function is over.
type bounded struct {
	uids  []int
	tuple bool // they are the elements of a tuple
	in    *expr
}

type substitution struct {
	uid int
	by  *expr
}

type definition struct {
	name      string
	module    string
	params    []int
	body      *expr // nil: of a standard module
	recursive bool
}

// A Statement is a THEOREM.
type Statement struct {
	Name string // "" if it has none
	Text string // as it stands in the module
	At   position
	in   *module
	body *expr
}

// A module is what SANY says of a TLA+ module and of those that it extends.
type module struct {
	name      string
	defs      map[string]*definition
	constants []string
	variables []string
	assumes   []*expr
	theorems  []Statement         // of the module itself, not of those that it extends
	positions map[string]position // of constants and variables
	names     map[int]string      // of parameters
}

// An element of SANY's XML.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

func (e *element) child(name string) *element {
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return &e.Children[i]
		}
	}
	return nil
}

func (e *element) text(path ...string) string {
	for _, name := range path {
		if e = e.child(name); e == nil {
			return ""
		}
	}
	return strings.TrimSpace(e.Text)
}

func (e *element) number(path ...string) int {
	n, _ := strconv.Atoi(e.text(path...))
	return n
}

func (e *element) position() position {
	return position{e.text("location", "filename"), e.number("location", "line", "begin")}
}

// parse lets SANY, which is in TLC's jar, read the module in the file.
func parse(ctx context.Context, jar, file string) (*module, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for name := range standard { // known by their names, so they must be TLC's
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), name+".tla")); err == nil {
			return nil, unsupported("%s.tla in the folder of %s, in the place of the standard module", name, file)
		}
	}
	tmp, err := os.MkdirTemp("", "sany") // it puts the standard modules there, and removes them
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", // a second of work
		"-Djava.io.tmpdir="+tmp, "-cp", jar, "tla2sany.xml.XMLExporter", "-o", filepath.Base(file))
	cmd.Dir = filepath.Dir(file)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if bytes.Contains(said.Bytes(), []byte("*** Errors:")) { // it may go on with what it has, and succeed
		why, _, _ := strings.Cut(said.String(), "failed for node")
		return nil, fmt.Errorf("SANY on %s:\n%s", file, why)
	}
	if err != nil {
		return nil, fmt.Errorf("SANY on %s: %w\n%s%s", file, err, said.Bytes(), out)
	}
	start := bytes.Index(out, []byte("<?xml"))
	if start < 0 {
		return nil, fmt.Errorf("SANY on %s: no XML\n%s%s", file, said.Bytes(), out)
	}
	var root element
	if err := xml.Unmarshal(out[start:], &root); err != nil {
		return nil, fmt.Errorf("SANY on %s: %w", file, err)
	}
	return newReader(&root).module(strings.Split(string(text), "\n"))
}

// A reader turns the XML, in which nodes name each other by number, into expressions.
type reader struct {
	root    *element
	entries map[int]*element
	defs    map[int]*definition
}

func newReader(root *element) *reader {
	r := &reader{root: root, entries: map[int]*element{}, defs: map[int]*definition{}}
	context := root.child("context")
	for i := range context.Children {
		entry := &context.Children[i]
		r.entries[entry.number("UID")] = &entry.Children[1]
	}
	return r
}

func (r *reader) module(lines []string) (m *module, err error) {
	defer recoverUnsupported(&err)
	m = &module{name: r.root.text("RootModule"), defs: map[string]*definition{},
		positions: map[string]position{}, names: map[int]string{}}
	for uid, e := range r.entries {
		switch e.XMLName.Local {
		case "UserDefinedOpKind":
			r.definition(uid)
		case "FormalParamNode":
			m.names[uid] = e.text("uniquename")
		}
	}
	for _, e := range r.entries {
		if e.XMLName.Local == "ModuleNode" && e.text("uniquename") == m.name {
			r.contents(m, e, lines)
		}
	}
	slices.SortFunc(m.theorems, func(a, b Statement) int { return a.At.line - b.At.line })
	return m, nil
}

func (r *reader) contents(m *module, e *element, lines []string) {
	for i := range e.Children {
		c := &e.Children[i]
		uid := c.number("UID")
		switch c.XMLName.Local {
		case "UserDefinedOpKindRef":
			m.defs[r.defs[uid].name] = r.defs[uid]
		case "OpDeclNodeRef":
			d := r.entries[uid]
			name := d.text("uniquename")
			switch m.positions[name] = d.position(); {
			case d.text("kind") != "2":
				m.variables = append(m.variables, name)
			case d.number("arity") == 0: // what is an operator is refused where it is used
				m.constants = append(m.constants, name)
			}
		case "AssumeNodeRef":
			m.assumes = append(m.assumes, r.expr(&r.entries[uid].child("body").Children[0]))
		case "TheoremNodeRef":
			if e := r.entries[uid]; e.position().file == m.name {
				m.theorems = append(m.theorems, r.theorem(m, e, lines))
			}
		}
	}
}

func (r *reader) theorem(m *module, e *element, lines []string) Statement {
	s := Statement{in: m, body: r.expr(&e.child("body").Children[0]), At: e.position()}
	s.Text = strings.Join(lines[s.At.line-1:e.number("location", "line", "end")], "\n")
	if d := r.entries[e.number("definition", "TheoremDefRef", "UID")]; d != nil {
		s.Name = d.text("uniquename")
	}
	return s
}

func (r *reader) definition(uid int) *definition {
	if d := r.defs[uid]; d != nil {
		return d
	}
	e := r.entries[uid]
	d := &definition{name: e.text("uniquename"), module: e.text("location", "filename"),
		recursive: e.child("recursive") != nil}
	r.defs[uid] = d
	if params := e.child("params"); params != nil {
		for _, p := range params.Children {
			d.params = append(d.params, p.number("FormalParamNodeRef", "UID"))
		}
	}
	d.recursive = e.child("recursive") != nil
	if body := e.child("body"); body != nil {
		// An INSTANCE places what it defines where it stands itself.
		if in := body.Children[0].text("location", "filename"); standard[in] {
			d.module = in
		} else {
			d.body = r.expr(&body.Children[0])
		}
	}
	return d
}

// The modules that come with SANY. What they say of their operators is often no more than a name:
// Nat == { }.
var standard = map[string]bool{"Naturals": true, "Integers": true, "Reals": true, "Sequences": true,
	"FiniteSets": true, "Bags": true, "TLC": true, "RealTime": true, "Randomization": true, "Toolbox": true}

func (r *reader) exprs(e *element) []*expr {
	var out []*expr
	for i := range e.Children {
		out = append(out, r.expr(&e.Children[i]))
	}
	return out
}

func (r *reader) expr(e *element) *expr {
	x := &expr{level: e.number("level"), position: e.position()}
	switch tag := e.XMLName.Local; tag {
	case "NumeralNode":
		n, err := strconv.ParseInt(e.text("IntValue"), 10, 64)
		if x.kind, x.value = numeral, n; err != nil {
			x.kind, x.name = unread, "the numeral "+e.text("IntValue")
		}
	case "StringNode":
		x.kind = otherwise
		if s := e.child("StringValue"); s != nil {
			x.kind, x.name = stringOf, s.Text
		}
	case "LetInNode":
		x.kind, x.args = let, r.exprs(e.child("body"))
	case "AtNode":
		x.kind = at
	case "SubstInNode":
		x.kind, x.args = substituted, r.exprs(e.child("body"))
		for _, s := range e.child("substs").Children {
			x.substs = append(x.substs, substitution{s.number("OpDeclNodeRef", "UID"), r.expr(&s.Children[1])})
		}
	case "OpArgNode":
		ref := &e.child("argument").Children[0]
		x.kind, x.uid = operator, ref.number("UID")
		x.name = r.entries[x.uid].text("uniquename")
		if ref.XMLName.Local == "UserDefinedOpKindRef" {
			x.def = r.definition(x.uid)
		}
	case "OpApplNode":
		r.application(x, e)
	default:
		x.kind, x.name = unread, "SANY's "+tag
	}
	return x
}

func (r *reader) application(x *expr, e *element) {
	ref := &e.child("operator").Children[0]
	x.uid = ref.number("UID")
	entry := r.entries[x.uid]
	x.name = entry.text("uniquename")
	switch tag := ref.XMLName.Local; tag {
	case "BuiltInKindRef":
		x.kind = builtin
		if x.name == "$Pair" {
			x.kind = pair
		}
	case "UserDefinedOpKindRef":
		x.kind, x.def = defined, r.definition(x.uid)
	case "OpDeclNodeRef":
		x.kind = declared
	case "FormalParamNodeRef":
		x.kind = param
	default:
		x.kind, x.name = unread, "SANY's "+tag
	}
	x.args = r.exprs(e.child("operands"))
	if bounds := e.child("boundSymbols"); bounds != nil {
		for i := range bounds.Children {
			x.bounds = append(x.bounds, r.bounded(&bounds.Children[i]))
		}
	}
}

func (r *reader) bounded(e *element) bounded {
	var b bounded
	for i := range e.Children {
		if c := &e.Children[i]; c.XMLName.Local == "FormalParamNodeRef" {
			b.uids = append(b.uids, c.number("UID"))
		} else if c.XMLName.Local == "tuple" {
			b.tuple = true
		} else if e.XMLName.Local == "bound" {
			b.in = r.expr(c)
		}
	}
	return b
}

// canonical is the definition as one string. Those that say the same are the same, whatever
// they call themselves, their parameters and what they define inside.
func (d *definition) canonical() string {
	var b strings.Builder
	known := slices.Clone(d.params)
	var walk func(*expr)
	walk = func(x *expr) {
		head := "?"
		switch {
		case x.kind == let:
			walk(x.args[0])
			return
		case x.kind == numeral:
			fmt.Fprint(&b, x.value)
			return
		case x.kind == defined && x.def == d:
			head = "self"
		case x.kind == defined && len(x.def.params) == 0 && x.def.body != nil:
			walk(x.def.body)
			return
		case x.kind == builtin, x.kind == defined && standard[x.def.module]:
			head = x.name
		case slices.Contains(known, x.uid):
			head = fmt.Sprintf("$%d", slices.Index(known, x.uid))
		}
		b.WriteString("(" + head)
		for _, in := range x.bounds {
			if b.WriteString(" in"); in.in != nil {
				walk(in.in)
			}
			known = append(known, in.uids...)
		}
		for _, y := range x.args {
			walk(y)
		}
		b.WriteString(")")
	}
	walk(d.body)
	return b.String()
}
