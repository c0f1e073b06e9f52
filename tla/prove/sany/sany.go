package sany

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

func (e *element) position() Position {
	return Position{e.text("location", "filename"), e.number("location", "line", "begin")}
}

// Parse lets SANY, which is in TLC's jar, read the module in the file.
func Parse(ctx context.Context, jar, file string) (*Module, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for name := range Standard { // known by their names, so they must be TLC's
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), name+".tla")); err == nil {
			return nil, Refuse("%s.tla in the folder of %s, in the place of the standard module", name, file)
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
	defs    map[int]*Definition
}

func newReader(root *element) *reader {
	r := &reader{root: root, entries: map[int]*element{}, defs: map[int]*Definition{}}
	context := root.child("context")
	for i := range context.Children {
		entry := &context.Children[i]
		r.entries[entry.number("UID")] = &entry.Children[1]
	}
	return r
}

func (r *reader) module(lines []string) (m *Module, err error) {
	defer Recover(&err)
	m = &Module{Name: r.root.text("RootModule"), Defs: map[string]*Definition{},
		Positions: map[string]Position{}, Names: map[int]string{}}
	for uid, e := range r.entries {
		switch e.XMLName.Local {
		case "UserDefinedOpKind":
			r.definition(uid)
		case "FormalParamNode":
			m.Names[uid] = e.text("uniquename")
		}
	}
	for _, e := range r.entries {
		if e.XMLName.Local == "ModuleNode" && e.text("uniquename") == m.Name {
			r.contents(m, e, lines)
		}
	}
	slices.SortFunc(m.Theorems, func(a, b Theorem) int { return a.At.Line - b.At.Line })
	return m, nil
}

func (r *reader) contents(m *Module, e *element, lines []string) {
	for i := range e.Children {
		c := &e.Children[i]
		uid := c.number("UID")
		switch c.XMLName.Local {
		case "UserDefinedOpKindRef":
			m.Defs[r.defs[uid].Name] = r.defs[uid]
		case "OpDeclNodeRef":
			d := r.entries[uid]
			name := d.text("uniquename")
			switch m.Positions[name] = d.position(); {
			case d.text("kind") != "2":
				m.Variables = append(m.Variables, name)
			case d.number("arity") == 0: // what is an operator is refused where it is used
				m.Constants = append(m.Constants, name)
			}
		case "AssumeNodeRef":
			m.Assumes = append(m.Assumes, r.expr(&r.entries[uid].child("body").Children[0]))
		case "TheoremNodeRef":
			if e := r.entries[uid]; e.position().File == m.Name {
				m.Theorems = append(m.Theorems, r.theorem(e, lines))
			}
		}
	}
}

func (r *reader) theorem(e *element, lines []string) Theorem {
	s := Theorem{Body: r.expr(&e.child("body").Children[0]), At: e.position()}
	s.Text = strings.Join(lines[s.At.Line-1:e.number("location", "line", "end")], "\n")
	if d := r.entries[e.number("definition", "TheoremDefRef", "UID")]; d != nil {
		s.Name = d.text("uniquename")
	}
	return s
}

func (r *reader) definition(uid int) *Definition {
	if d := r.defs[uid]; d != nil {
		return d
	}
	e := r.entries[uid]
	d := &Definition{Name: e.text("uniquename"), Module: e.text("location", "filename"),
		Recursive: e.child("recursive") != nil}
	r.defs[uid] = d
	if params := e.child("params"); params != nil {
		for _, p := range params.Children {
			d.Params = append(d.Params, p.number("FormalParamNodeRef", "UID"))
		}
	}
	d.Recursive = e.child("recursive") != nil
	if body := e.child("body"); body != nil {
		// An INSTANCE places what it defines where it stands itself.
		if in := body.Children[0].text("location", "filename"); Standard[in] {
			d.Module = in
		} else {
			d.Body = r.expr(&body.Children[0])
		}
	}
	return d
}

func (r *reader) exprs(e *element) []*Expr {
	var out []*Expr
	for i := range e.Children {
		out = append(out, r.expr(&e.Children[i]))
	}
	return out
}

func (r *reader) expr(e *element) *Expr {
	x := &Expr{Level: e.number("level"), Position: e.position()}
	switch tag := e.XMLName.Local; tag {
	case "NumeralNode":
		n, err := strconv.ParseInt(e.text("IntValue"), 10, 64)
		if x.Kind, x.Value = Numeral, n; err != nil {
			x.Kind, x.Name = Unread, "the numeral "+e.text("IntValue")
		}
	case "StringNode":
		x.Kind = Other
		if s := e.child("StringValue"); s != nil {
			x.Kind, x.Name = String, s.Text
		}
	case "LetInNode":
		x.Kind, x.Args = Let, r.exprs(e.child("body"))
	case "AtNode":
		x.Kind = At
	case "SubstInNode":
		x.Kind, x.Args = Substituted, r.exprs(e.child("body"))
		for _, s := range e.child("substs").Children {
			x.Substs = append(x.Substs, Substitution{s.number("OpDeclNodeRef", "UID"), r.expr(&s.Children[1])})
		}
	case "OpArgNode":
		ref := &e.child("argument").Children[0]
		x.Kind, x.UID = Operator, ref.number("UID")
		x.Name = r.entries[x.UID].text("uniquename")
		if ref.XMLName.Local == "UserDefinedOpKindRef" {
			x.Def = r.definition(x.UID)
		}
	case "OpApplNode":
		r.application(x, e)
	default:
		x.Kind, x.Name = Unread, "SANY's "+tag
	}
	return x
}

func (r *reader) application(x *Expr, e *element) {
	ref := &e.child("operator").Children[0]
	x.UID = ref.number("UID")
	entry := r.entries[x.UID]
	x.Name = entry.text("uniquename")
	switch tag := ref.XMLName.Local; tag {
	case "BuiltInKindRef":
		x.Kind = Builtin
		if x.Name == "$Pair" {
			x.Kind = Pair
		}
	case "UserDefinedOpKindRef":
		x.Kind, x.Def = Defined, r.definition(x.UID)
	case "OpDeclNodeRef":
		x.Kind = Declared
	case "FormalParamNodeRef":
		x.Kind = Param
	default:
		x.Kind, x.Name = Unread, "SANY's "+tag
	}
	x.Args = r.exprs(e.child("operands"))
	if bounds := e.child("boundSymbols"); bounds != nil {
		for i := range bounds.Children {
			x.Bounds = append(x.Bounds, r.bounded(&bounds.Children[i]))
		}
	}
}

func (r *reader) bounded(e *element) Bounded {
	var b Bounded
	for i := range e.Children {
		if c := &e.Children[i]; c.XMLName.Local == "FormalParamNodeRef" {
			b.UIDs = append(b.UIDs, c.number("UID"))
		} else if c.XMLName.Local == "tuple" {
			b.Tuple = true
		} else if e.XMLName.Local == "bound" {
			b.In = r.expr(c)
		}
	}
	return b
}
