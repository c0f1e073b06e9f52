//go:build interleave

package explore

import (
	"slices"
	"strings"
)

// canonical is a value as TLC prints it, without breaks of lines, and the fields of records and the
// elements of functions in order: versions of TLC print them in different ones.
func canonical(value string) string {
	r := &valueReader{text: value}
	return r.value()
}

// A valueReader reads a value of TLA+.
type valueReader struct{ text string }

func (r *valueReader) skip(s string) bool {
	r.text = strings.TrimLeft(r.text, " \n")
	rest, ok := strings.CutPrefix(r.text, s)
	if ok {
		r.text = strings.TrimLeft(rest, " \n")
	}
	return ok
}

func (r *valueReader) value() string {
	switch {
	case r.skip("<<"):
		return "<<" + strings.Join(r.list(">>", ","), ", ") + ">>"
	case r.skip("["):
		fields := r.list("]", ",")
		slices.Sort(fields)
		return "[" + strings.Join(fields, ", ") + "]"
	case r.skip("("):
		elements := r.list(")", "@@")
		slices.Sort(elements)
		return "(" + strings.Join(elements, " @@ ") + ")"
	}
	end := strings.IndexAny(r.text, " \n,])>@")
	if end < 0 {
		end = len(r.text)
	}
	atom := r.text[:end]
	if strings.HasPrefix(r.text, `"`) {
		atom = r.text[:strings.Index(r.text[1:], `"`)+2]
	}
	r.text = r.text[len(atom):]
	return atom
}

// list reads the elements up to the end: values, or for each field a name and a value.
func (r *valueReader) list(end, between string) (list []string) {
	for !r.skip(end) {
		v := r.value()
		for _, arrow := range []string{"|->", ":>"} {
			if r.skip(arrow) {
				v += " " + arrow + " " + r.value()
			}
		}
		list = append(list, v)
		if !r.skip(between) && !strings.HasPrefix(r.text, end) {
			panic("explore: no value of TLA+: " + r.text)
		}
	}
	return list
}
