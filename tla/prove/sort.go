package prove

import (
	"fmt"
	"slices"
	"strings"
)

// A sort is what an SMT solver calls a type. Sorts are interned: equal sorts are one pointer.
type sort struct {
	name   string  // as SMT-LIB writes it
	index  *sort   // of an array
	elem   *sort   // of an array, or of a set
	domain []int64 // of a function of these numbers; of any other, the domain is all of index
	fields []field // of a record, in alphabetical order
	set    bool    // an array to Bool that stands for a set
	id     int     // from 1
}

type field struct {
	name string
	sort *sort
}

var sorts = map[string]*sort{}

var (
	boolSort   = interned(sort{name: "Bool"})
	intSort    = interned(sort{name: "Int"})
	stringSort = interned(sort{name: "Str"})    // a datatype: the strings that the problem names, and others
	threadSort = interned(sort{name: "Thread"}) // of any size
)

func interned(s sort) *sort {
	key := fmt.Sprint(s.name, " ", s.set, s.domain)
	for _, part := range []*sort{s.index, s.elem} {
		if part != nil {
			key += fmt.Sprint(" ", part.id)
		}
	}
	for _, f := range s.fields {
		key += fmt.Sprint(" ", f.sort.id)
	}
	if sorts[key] == nil {
		s.id = len(sorts) + 1
		if s.fields != nil { // records of other fields with these names are of another sort
			s.name = fmt.Sprint("Rec", s.id, s.name)
		}
		sorts[key] = &s
	}
	return sorts[key]
}

func arrayOf(index, elem *sort) *sort { return functionOf(index, nil, elem) }

// functionOf is of functions whose domain is these numbers, or all of the sort if it is nil.
func functionOf(index *sort, domain []int64, elem *sort) *sort {
	index.comparable("a function of")
	elem.comparable("a function to")
	name := "(Array " + index.name + " " + elem.name + ")"
	return interned(sort{name: name, index: index, domain: domain, elem: elem})
}

func setOf(elem *sort) *sort {
	elem.comparable("a set of")
	return interned(sort{name: "(Array " + elem.name + " Bool)", index: elem, elem: elem, set: true})
}

// comparable insists that equality is that of SMT-LIB all through the sort: two arrays may be one
// function of some numbers.
func (s *sort) comparable(what string) {
	if s.domain != nil {
		panic(unsupported("%s functions of %v", what, s.domain))
	}
	for _, f := range s.fields {
		f.sort.comparable(what)
	}
}

func recordOf(fields []field) *sort {
	var name strings.Builder
	for _, f := range fields {
		name.WriteString("." + f.name)
	}
	return interned(sort{name: name.String(), fields: fields})
}

// at says which field of a record has the name, or -1.
func (s *sort) at(name string) int {
	return slices.IndexFunc(s.fields, func(f field) bool { return f.name == name })
}

// String is the sort as an error shows it.
func (s *sort) String() string {
	switch {
	case s.set:
		return "set of " + s.elem.String()
	case s.index != nil:
		return "function of " + s.index.String()
	case s.fields != nil:
		var names []string
		for _, f := range s.fields {
			names = append(names, f.name)
		}
		return "record of " + strings.Join(names, ", ")
	}
	return s.name
}
