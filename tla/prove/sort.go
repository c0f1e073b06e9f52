package prove

import (
	"fmt"
	"strings"
)

// A sort is what an SMT solver calls a type. Sorts are interned: equal sorts are one pointer.
type sort struct {
	name   string  // as SMT-LIB writes it
	index  *sort   // of an array
	elem   *sort   // of an array, or of a set
	fields []field // of a record, in alphabetical order
	set    bool    // an array to Bool that stands for a set
}

type field struct {
	name string
	sort *sort
}

var (
	boolSort   = &sort{name: "Bool"}
	intSort    = &sort{name: "Int"}
	stringSort = &sort{name: "Str"}    // a datatype: the strings that the module names
	threadSort = &sort{name: "Thread"} // of any size
)

var sorts = map[string]*sort{}

func interned(s sort) *sort {
	key := fmt.Sprint(s.name, s.set)
	if sorts[key] == nil {
		sorts[key] = &s
	}
	return sorts[key]
}

func arrayOf(index, elem *sort) *sort {
	return interned(sort{name: "(Array " + index.name + " " + elem.name + ")", index: index, elem: elem})
}

func setOf(elem *sort) *sort {
	return interned(sort{name: "(Array " + elem.name + " Bool)", index: elem, elem: elem, set: true})
}

func recordOf(fields []field) *sort {
	var name strings.Builder
	name.WriteString("Rec")
	for _, f := range fields {
		name.WriteString("_" + f.name)
	}
	return interned(sort{name: name.String(), fields: fields})
}

// at says which field of a record has the name, or -1.
func (s *sort) at(name string) int {
	for i, f := range s.fields {
		if f.name == name {
			return i
		}
	}
	return -1
}
