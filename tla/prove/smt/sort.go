package smt

import (
	"casalloc/tla/prove/sany"
	"fmt"
	"slices"
	"strings"
)

// A Sort is the type of a term. Equal sorts of a Builder are one pointer.
type Sort struct {
	Name   string  // as SMT-LIB writes it
	Index  *Sort   // of an array
	Elem   *Sort   // of an array, or of a set
	Domain []int64 // of a function of these numbers; of any other, the domain is all of index
	Fields []Field // of a record, in alphabetical order
	Set    bool    // an array to Bool that stands for a set
	id     int     // from 1
}

// A Field is one of a record.
type Field struct {
	Name string
	Sort *Sort
}

// The sorts that every Builder has.
var (
	BoolSort   = &Sort{Name: "Bool", id: 1}
	IntSort    = &Sort{Name: "Int", id: 2}
	StringSort = &Sort{Name: "Str", id: 3}    // a datatype: the strings that the problem names, and others
	ThreadSort = &Sort{Name: "Thread", id: 4} // of any size
)

func (mk *Builder) sort(s Sort) *Sort {
	key := fmt.Sprint(s.Name, " ", s.Set, s.Domain)
	for _, part := range []*Sort{s.Index, s.Elem} {
		if part != nil {
			key += fmt.Sprint(" ", part.id)
		}
	}
	for _, f := range s.Fields {
		key += fmt.Sprint(" ", f.Sort.id)
	}
	if mk.sorts[key] == nil {
		s.id = len(mk.sorts) + 5
		if s.Fields != nil { // records of other fields with these names are of another sort
			s.Name = fmt.Sprint("Rec", s.id, s.Name)
		}
		mk.sorts[key] = &s
	}
	return mk.sorts[key]
}

func (mk *Builder) arrayOf(index, elem *Sort) *Sort { return mk.FunctionOf(index, nil, elem) }

// FunctionOf is of functions whose domain is these numbers, or all of the sort if it is nil.
func (mk *Builder) FunctionOf(index *Sort, domain []int64, elem *Sort) *Sort {
	index.comparable("a function of")
	elem.comparable("a function to")
	name := "(Array " + index.Name + " " + elem.Name + ")"
	return mk.sort(Sort{Name: name, Index: index, Domain: domain, Elem: elem})
}

// SetOf is of sets of such elements.
func (mk *Builder) SetOf(elem *Sort) *Sort {
	elem.comparable("a set of")
	return mk.sort(Sort{Name: "(Array " + elem.Name + " Bool)", Index: elem, Elem: elem, Set: true})
}

// comparable insists that equality is that of SMT-LIB all through the sort: two arrays may be one
// function of some numbers.
func (s *Sort) comparable(what string) {
	if s.Domain != nil {
		panic(sany.Refuse("%s functions of %v", what, s.Domain))
	}
	for _, f := range s.Fields {
		f.Sort.comparable(what)
	}
}

// RecordOf is of records with these fields, which are in alphabetical order.
func (mk *Builder) RecordOf(fields []Field) *Sort {
	var name strings.Builder
	for _, f := range fields {
		name.WriteString("." + f.Name)
	}
	return mk.sort(Sort{Name: name.String(), Fields: fields})
}

// At says which field of a record has the name, or -1.
func (s *Sort) At(name string) int {
	return slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
}

// String is the sort as an error shows it.
func (s *Sort) String() string {
	switch {
	case s.Set:
		return "set of " + s.Elem.String()
	case s.Index != nil:
		return "function of " + s.Index.String()
	case s.Fields != nil:
		var names []string
		for _, f := range s.Fields {
			names = append(names, f.Name)
		}
		return "record of " + strings.Join(names, ", ")
	}
	return s.Name
}
